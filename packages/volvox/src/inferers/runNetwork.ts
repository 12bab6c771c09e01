import { OptionError } from '../core/errors.ts'
import type { Executor, Session, Tensors } from '../graph/executor.ts'
import { input, nameOf, program, type Program, type Value } from '../graph/ir.ts'
import { fillRandomInputs, forwardPass, outputsOf, type Network } from '../networks/index.ts'
import type { TorchGenerator } from '../rng/index.ts'
import type { Floats } from '../schedulers/index.ts'
import { asOften, type ControlNetPredictor, type DiffusionPredictor, type LatentCoder } from './diffusionModels.ts'
import type { TokenCoder, TokenTransformer } from './vqvaeTransformer.ts'

/** A network that computes: its `forward`, or a method such as `encode`, on whatever it is given. */
export interface RunningNetwork {
  readonly network: Network
  call(method: string, ...inputs: Floats[]): Promise<readonly Floats[]>
  dispose(): Promise<void>
}

/**
 * A network in evaluation mode on an executor. Each method is compiled for each shape of its inputs when it is first
 * called so; `generator` draws the noise of networks that draw some, such as `encodeStage2Inputs` of AutoencoderKL.
 */
export function runNetwork(
  executor: Executor,
  network: Network,
  states: Tensors,
  generator?: TorchGenerator,
): RunningNetwork {
  const compiled = new Map<string, Promise<{ readonly session: Session; readonly own: Program }>>()
  const compile = async (method: string, inputs: readonly Floats[]) => {
    const pass = forwardPass()
    const values = inputs.map(({ shape }, i) => input(`input.${i}`, { dtype: 'float32', shape }))
    const outputs = outputsOf(
      method === 'forward' ? network.forward(pass, ...values) : network.call(method, pass, ...values),
    )
    const own = program(method, Object.fromEntries(outputs.map((output, i) => [`output.${i}`, output])))
    const session = await executor.open([own], Object.fromEntries(own.states.map((value) => stateOf(value))))
    return { session, own }
  }
  const stateOf = (value: Value) => {
    const name = nameOf(value)
    if (name in states) return [name, states[name]] as const
    throw new OptionError(`runNetwork(${network.name})`, `there is no weight ${name}; give the states of the network`)
  }
  return {
    network,
    async call(method, ...inputs) {
      const key = JSON.stringify([method, inputs.map(({ shape }) => shape)])
      const ready = compiled.get(key) ?? compile(method, inputs)
      compiled.set(key, ready)
      const { session, own } = await ready
      const feeds = Object.fromEntries(inputs.map((tensor, i) => [`input.${i}`, tensor]))
      const results = await session.run(own.name, { ...drawn(network.name, own, generator), ...feeds })
      return Object.keys(results).map((_, i) => results[`output.${i}`] as Floats) // networks give float32
    },
    async dispose() {
      for (const { session } of await Promise.all(compiled.values())) await session.dispose()
      compiled.clear()
    },
  }
}

function drawn(name: string, own: Program, generator: TorchGenerator | undefined): Tensors {
  if (generator) return fillRandomInputs(own, generator)
  if (own.inputs.some((value) => nameOf(value).startsWith('random.')))
    throw new OptionError(`runNetwork(${name})`, 'the network draws noise; give a TorchGenerator')
  return {}
}

/** DiffusionModelUNet and its like, for the diffusion inferers; `labels` steer the networks of SPADE (MONAI's `seg`). */
export function diffusionPredictor(running: RunningNetwork, labels: Floats | null = null): DiffusionPredictor {
  return async (images, timesteps, context, residuals = []) => {
    const steering = listed(labels && asOften(labels, images))
    return (await running.call('forward', images, timesOf(timesteps), ...steering, ...listed(context), ...residuals))[0]
  }
}

/** A ControlNet, for the diffusion inferers. */
export function controlNetPredictor(running: RunningNetwork): ControlNetPredictor {
  return (images, timesteps, condition, context) =>
    running.call('forward', images, timesOf(timesteps), condition, ...listed(context))
}

/** AutoencoderKL, VQVAE and their like, for the inferers of latents; `labels` steer the decoder of SPADE. */
export function latentCoder(running: RunningNetwork, labels: Floats | null = null): LatentCoder {
  return {
    encode: async (images) => (await running.call('encodeStage2Inputs', images))[0],
    decode: async (latents) => (await running.call('decodeStage2Outputs', latents, ...listed(labels)))[0],
  }
}

/** A VQVAE, for VQVAETransformerInferer. */
export function tokenCoder(running: RunningNetwork): TokenCoder {
  return {
    numEmbeddings: Number(running.network.options.numEmbeddings),
    indexQuantize: async (images) => (await running.call('indexQuantize', images))[0],
    decodeSamples: async (numbers) => (await running.call('decodeSamples', numbers))[0],
  }
}

/** A DecoderOnlyTransformer, for VQVAETransformerInferer. */
export function tokenTransformer(running: RunningNetwork): TokenTransformer {
  return {
    maxSeqLen: Number(running.network.options.maxSeqLen),
    predict: async (tokens, context) => (await running.call('forward', tokens, ...listed(context)))[0],
  }
}

function timesOf(timesteps: readonly number[]): Floats {
  return { dtype: 'float32', shape: [timesteps.length], data: Float32Array.from(timesteps) }
}

function listed(tensor: Floats | null): Floats[] {
  return tensor ? [tensor] : []
}

import { createOrt, exportOnnx, type Runtime } from '@volvox/ort'
import {
  Adam,
  DiceCELoss,
  DynUNet,
  inferenceProgram,
  SegResNet,
  TorchGenerator,
  trainingProgram,
  UNet,
  type Network,
} from 'volvox'
import { floats, sizeOf, type FloatTensor } from 'volvox/core'

// What Node and the page both compute, from the same sources; weights are drawn from a seed, so none are sent.

const common = { spatialDims: 3, inChannels: 1, outChannels: 3 }
const networks: Readonly<Record<string, () => Network>> = {
  UNet: () => UNet({ ...common, channels: [8, 16, 32], strides: [2, 2], numResUnits: 2, norm: 'batch' }),
  DynUNet: () =>
    DynUNet({
      ...common,
      kernelSize: [3, 3, 3],
      strides: [1, 2, 2],
      upsampleKernelSize: [2, 2],
      filters: [8, 16, 32],
    }) as Network, // without deep supervision it has one output
  SegResNet: () => SegResNet({ ...common, initFilters: 8, blocksDown: [1, 2, 2], blocksUp: [1, 1] }),
}
const shape = [1, 1, 16, 16, 16]

export interface Computed {
  /** Logits through `createOrt`. */
  readonly predicted: number[]
  /** Logits of the exported model, run by ONNX Runtime alone. */
  readonly exported: number[]
  readonly exportedHalf: number[]
  /** Losses of three steps of training. */
  readonly losses: number[]
}

/** Everything, by network. */
export async function compute(runtime: Runtime): Promise<Record<string, Computed>> {
  const results: Record<string, Computed> = {}
  for (const [name, build] of Object.entries(networks)) {
    const network = build()
    const program = inferenceProgram({ network, input: shape })
    const weights = network.init(new TorchGenerator(3))
    const image = wave(1)
    const session = await createOrt({ runtime }).open([program], weights)
    const { output } = await session.run(program.name, { input: image })
    await session.dispose()
    results[name] = {
      predicted: Array.from(output.data, Number),
      exported: await alone(runtime, exportOnnx(program, weights), image),
      exportedHalf: await alone(runtime, exportOnnx(program, weights, { precision: 'float16' }), image),
      losses: await train(runtime, network),
    }
  }
  return results
}

async function alone(runtime: Runtime, model: Uint8Array, { data }: FloatTensor): Promise<number[]> {
  const session = await runtime.InferenceSession.create(model)
  const { output } = await session.run({ input: new runtime.Tensor('float32', data, shape) })
  await session.release()
  return Array.from(output.data as Float32Array)
}

async function train(runtime: Runtime, network: Network): Promise<number[]> {
  const loss = DiceCELoss({ toOnehotY: true, softmax: true })
  const optimizer = Adam({ lr: 1e-3 })
  const training = trainingProgram({ network, loss, optimizer, input: shape, target: shape })
  const random = new TorchGenerator(5)
  const session = await createOrt({ runtime }).open([training.program], training.initial(random))
  const losses: number[] = []
  for (let step = 1; step <= 3; step++) {
    const input = wave(step)
    const target = floats(
      shape,
      input.data.map((value) => Math.round(1 + value)),
    )
    const outputs = await session.run(training.program.name, { input, target, ...training.feeds(step, 1e-3, random) })
    losses.push(Number(outputs.loss.data[0]))
  }
  await session.dispose()
  return losses
}

function wave(phase: number): FloatTensor {
  return floats(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(0.37 * i + phase) * Math.cos(0.011 * i)),
  )
}

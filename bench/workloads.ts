import { createOnednn } from '@volvox/onednn'
import { createOrt } from '@volvox/ort'
import { Adam, DiceCELoss, DynUNet, TorchGenerator, trainingProgram, UNet, VNet, type Network } from 'volvox'
import { sizeOf, type Tensor } from 'volvox/core'
import { RandomState } from 'volvox'
import { timed } from './measure.ts'

export interface Settings {
  readonly threads: number
  readonly reps: number
  readonly steps: number
  readonly executor: string
}

type Workload = (settings: Settings) => Promise<{ times: number[] } & Record<string, unknown>>

/** The networks and shapes of the peer's script. */
const networks: Readonly<Record<string, { build: () => Network; shape: readonly number[] }>> = {
  unet: {
    build: () =>
      UNet({
        spatialDims: 3,
        inChannels: 1,
        outChannels: 3,
        channels: [16, 32, 64, 128, 256],
        strides: [2, 2, 2, 2],
        numResUnits: 2,
        norm: 'batch',
      }),
    shape: [2, 1, 96, 96, 96],
  },
  vnet: {
    build: () => VNet({ spatialDims: 3, inChannels: 1, outChannels: 3, act: ['elu', { inplace: true }] }),
    shape: [1, 1, 64, 64, 64],
  },
  dynunet: {
    build: () =>
      DynUNet({
        spatialDims: 3,
        inChannels: 1,
        outChannels: 3,
        kernelSize: [3, 3, 3, 3, 3],
        strides: [1, 2, 2, 2, 2],
        upsampleKernelSize: [2, 2, 2, 2],
        normName: 'instance',
        resBlock: true,
      }),
    shape: [1, 1, 64, 64, 64],
  },
}

/** Workloads by the names of the peer's script; `memory` is ours: it prints how a long run's memory develops. */
export const workloads: Readonly<Record<string, Workload>> = {
  ...Object.fromEntries(
    Object.keys(networks).map((name) => [`train-${name}`, (settings) => trainingSteps(name, settings)]),
  ),
  memory: longRun,
} as Readonly<Record<string, Workload>>

async function trainingSteps(
  name: string,
  { threads, reps, executor }: Settings,
): Promise<{ times: number[] } & Record<string, unknown>> {
  const network = networks[name].build()
  const { shape } = networks[name]
  const { step, session } = await training(network, shape, threads, executor)
  const times = await timed(reps, step)
  await session.dispose()
  const params = network.weights.filter((w) => w.trainable).reduce((sum, w) => sum + sizeOf(w.shape), 0)
  return { times, shape, params }
}

/** A small network for many steps; resident size at quarters of the run, which must not grow. */
async function longRun({ threads, steps, executor }: Settings): Promise<{ times: number[] } & Record<string, unknown>> {
  const network = UNet({
    spatialDims: 3,
    inChannels: 1,
    outChannels: 3,
    channels: [8, 16, 32],
    strides: [2, 2],
    numResUnits: 1,
    norm: 'instance',
  })
  const { step, session } = await training(network, [2, 1, 32, 32, 32], threads, executor)
  const times: number[] = []
  const residentMib: number[] = []
  for (let i = 0; i <= steps; i++) {
    const start = performance.now()
    await step()
    times.push(performance.now() - start)
    if (i % Math.max(1, Math.floor(steps / 8)) === 0) residentMib.push(Math.round(process.memoryUsage.rss() / 2 ** 20))
  }
  await session.dispose()
  return { times, steps, residentMib }
}

async function training(network: Network, shape: readonly number[], threads: number, executor: string) {
  const { program, initial, feeds } = trainingProgram({
    network,
    loss: DiceCELoss({ toOnehotY: true, softmax: true }),
    optimizer: Adam({ lr: 1e-3 }),
    input: shape,
    target: shape,
  })
  const rng = new TorchGenerator(0)
  const open = executor === 'ort' ? createOrt() : createOnednn()
  const session = await open.open([program], initial(rng), { threads })
  const numbers = new RandomState(0)
  const size = sizeOf(shape)
  const input: Tensor = { dtype: 'float32', shape, data: Float32Array.from(numbers.standardNormal(size)) }
  const target: Tensor = { dtype: 'float32', shape, data: Float32Array.from(numbers.uniform(0, 3, size), Math.floor) }
  let count = 0
  const step = async () => {
    count++
    return session.run(program.name, { input, target, ...feeds(count, 1e-3, rng) })
  }
  return { step, session }
}

import {
  Adam,
  DiceCELoss,
  RandomState,
  sizeOf,
  TorchGenerator,
  trainingProgram,
  UNet,
  type Network,
  type Tensor,
  type TrainingProgram,
} from 'volvox'
import type { Session, Tensors } from 'volvox/graph'
import { networks } from './networks.ts'
import {
  checkPrecision,
  executorFor,
  sessionOptions,
  showProfile,
  timed,
  type Measured,
  type Settings,
  type Workload,
} from './workload.ts'

/** One optimisation step of a network: DiceCE, Adam, as the peer's script does it. */
export const trainingStep =
  (kind: string): Workload =>
  async (settings) => {
    const { build, batch } = networks[kind]
    const network = build()
    const built = buildStep(network, batch)
    const session = await openStep(built, settings)
    const times = await timed(`train-${kind}`, settings.reps, stepper(built, session))
    if (settings.profile) await showProfile(session, settings.reps)
    await session.dispose()
    const params = network.weights.filter((w) => w.trainable).reduce((sum, w) => sum + sizeOf(w.shape), 0)
    return { times, shape: batch, params }
  }

/** A small network for many steps; resident size at eighths of the run, which must not grow. */
export async function longRun(settings: Settings): Promise<Measured> {
  const network = UNet({
    spatialDims: 3,
    inChannels: 1,
    outChannels: 3,
    channels: [8, 16, 32],
    strides: [2, 2],
    numResUnits: 1,
    norm: 'instance',
  })
  const { steps } = settings
  const built = buildStep(network, [2, 1, 32, 32, 32])
  const session = await openStep(built, settings)
  const step = stepper(built, session)
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

/** A training step as a graph, with the weights it starts from. */
export interface BuiltStep {
  readonly training: TrainingProgram
  readonly initial: Tensors
  readonly shape: readonly number[]
  readonly rng: TorchGenerator
}

export function buildStep(network: Network, shape: readonly number[]): BuiltStep {
  const training = trainingProgram({
    network,
    loss: DiceCELoss({ toOnehotY: true, softmax: true }),
    optimizer: Adam({ lr: 1e-3 }),
    input: shape,
    target: targetShape(shape),
  })
  const rng = new TorchGenerator(0)
  return { training, initial: training.initial(rng), shape, rng }
}

export async function openStep({ training, initial }: BuiltStep, settings: Settings): Promise<Session> {
  const executor = await executorFor(settings)
  const session = await executor.open([training.program], initial, sessionOptions(settings))
  checkPrecision(session, settings)
  return session
}

/** Runs the step again and again on one batch: normal noise, and class numbers 0 to 2 by chance. */
export function stepper({ training, shape, rng }: BuiltStep, session: Session): () => Promise<unknown> {
  const numbers = new RandomState(0)
  const noise = Float32Array.from(numbers.standardNormal(sizeOf(shape)))
  const classes = Float32Array.from(numbers.uniform(0, 3, sizeOf(targetShape(shape))), Math.floor)
  const input: Tensor = { dtype: 'float32', shape, data: noise }
  const target: Tensor = { dtype: 'float32', shape: targetShape(shape), data: classes }
  let count = 0
  return async () => {
    count++
    return session.run(training.program.name, { input, target, ...training.feeds(count, 1e-3, rng) })
  }
}

function targetShape([items, , ...spatial]: readonly number[]): number[] {
  return [items, 1, ...spatial]
}

import { keepFreedMemory, nodeKernelThreads } from '@volvox/node'
import { openModel, registry, type Loss, type Model, type Network, type Optimizer } from 'volvox'
import type { Executor, SessionOptions, Tensors } from 'volvox/graph'
import { chooseExecutor, type ExecutorName } from '../executors.ts'
import type { Io } from '../io.ts'
import { inPrecision, type PrecisionName } from '../precision.ts'
import type { Plan } from '../recipes/recipe.ts'
import type { TrainedModel } from './runConfig.ts'
import { paramGroupsOf, type Transfer } from './transfer.ts'

export interface PlannedModelOptions {
  readonly executor: Executor
  readonly threads: number | null
  readonly seed: number
  /** To learn with batches of this size; to predict only when null. */
  readonly batchSize: number | null
  /** Whether activations are computed again in the backward pass, to save memory. */
  readonly recompute?: boolean
  /** State values of a checkpoint. */
  readonly weights?: Tensors
  /** Weights to begin a training with where they are there. */
  readonly pretrained?: Tensors
  /** Which weights learn, and how fast, when not all do alike. */
  readonly transfer?: Transfer | null
  readonly profile?: SessionOptions['profile']
}

/** The network of a plan, ready to learn and to predict class probabilities. */
export async function openPlanned(
  plan: Plan,
  { batchSize, recompute, transfer = null, ...rest }: PlannedModelOptions,
  io: Pick<Io, 'note'>,
): Promise<Model> {
  const { network, loss, optimizer } = partsOf(plan)
  const channels = Number(plan.network.in_channels)
  const model = await openModel({
    ...rest,
    precision: plan.precision,
    network,
    inferenceShape: [plan.inference.swBatchSize, channels, ...plan.inference.roiSize],
    activation: 'softmax',
    ...(batchSize !== null && {
      training: {
        lossFunction: loss,
        optimizer,
        inputShape: [batchSize, channels, ...plan.patchSize],
        ema: { decay: plan.ema },
        clip: plan.clipNorm === null ? null : { norm: plan.clipNorm },
        paramGroups: paramGroupsOf(network, optimizer, transfer),
        checkpoint: recompute,
      },
    }),
  })
  if (plan.precision === 'bfloat16' && model.session.precision === 'float32')
    io.note(
      rest.executor.name === 'onednn'
        ? 'This processor has no bfloat16 units; computing in float32.'
        : `Executor ${rest.executor.name} has no bfloat16; computing in float32.`,
    )
  return model
}

/** What a plan names, made by the registry, which has only networks under networks' names, and so on. */
export function partsOf(plan: Plan): { readonly network: Network; readonly loss: Loss; readonly optimizer: Optimizer } {
  const names = registry()
  return {
    network: names.create(plan.network, 'plan.network') as Network,
    loss: names.create(plan.loss, 'plan.loss') as Loss,
    optimizer: names.create(plan.optimizer, 'plan.optimizer') as Optimizer,
  }
}

export interface TrainedOptions {
  readonly flips: boolean
  readonly executor: ExecutorName | null
  readonly threads: number | null
  /** That of the training when null. */
  readonly precision: PrecisionName | null
}

/** A trained network ready to predict, and its plan as these options have it. */
export async function openTrained(
  { config, checkpoint }: TrainedModel,
  { flips, threads, ...wanted }: TrainedOptions,
  io: Io,
): Promise<{ readonly model: Model; readonly plan: Plan; readonly executor: Executor }> {
  nodeKernelThreads(threads) // this thread transforms the images
  keepFreedMemory()
  const planned = inPrecision(config.plan, wanted.precision)
  const plan = { ...planned, inference: { ...planned.inference, flips } }
  const executor = await chooseExecutor(wanted.executor, io)
  const weights = checkpoint.tensors
  const model = await openPlanned(plan, { executor, threads, seed: config.seed, batchSize: null, weights }, io)
  return { model, plan, executor }
}

import { DataError, ShapeError } from '../core/errors.ts'
import { sameShape, sizeOf, type FloatTensor, type Tensor } from '../core/tensor.ts'
import { tensorOf, type SampleBatch } from '../data/collate.ts'
import type { Executor, Session, SessionOptions, Tensors } from '../graph/executor.ts'
import { nameOf, type Program } from '../graph/ir.ts'
import { fixedBatch } from '../inferers/fixedBatch.ts'
import type { Predictor } from '../inferers/inferer.ts'
import type { Loss } from '../losses/loss.ts'
import type { Network } from '../networks/network.ts'
import type { Clip } from '../optimizers/clip.ts'
import type { EmaOptions } from '../optimizers/ema.ts'
import type { Optimizer } from '../optimizers/optimizer.ts'
import type { ParamGroup } from '../optimizers/paramGroups.ts'
import { TorchGenerator } from '../rng/index.ts'
import type { Learner } from './learner.ts'
import { checkClassNumbers } from './classNumbers.ts'
import { inferenceProgram, trainingProgram, type TrainingProgram } from './programs.ts'

export interface ModelOptions {
  readonly executor: Executor
  readonly network: Network
  /** How it learns; absent for a model that only predicts. */
  readonly training?: TrainingOptions
  /** Shape that the network is run on to predict, `[N, C, ...spatial]`: what an inferer's windows are. */
  readonly inferenceShape: readonly number[]
  /** What is applied to the prediction; probabilities are what may be averaged over flips. */
  readonly activation?: 'softmax' | 'sigmoid' | null
  /** State values to start from, e.g. of a checkpoint; drawn from the seed unless given. */
  readonly weights?: Tensors
  /** Weights to begin a training with, by state name; those that are not there are drawn from the seed. */
  readonly pretrained?: Tensors
  readonly seed?: number
  readonly threads?: number | null
  /** What convolutions and matrix products compute in; `session.precision` says what became of it. */
  readonly precision?: SessionOptions['precision']
  /** Times operations until `session.profile` is called. */
  readonly profile?: SessionOptions['profile']
}

export interface TrainingOptions {
  readonly lossFunction: Loss
  readonly optimizer: Optimizer
  /** Shape of a batch's image, `[N, C, ...spatial]`. */
  readonly inputShape: readonly number[]
  /** Shape of a batch's label; `[N, 1, ...spatial]` unless given. */
  readonly targetShape?: readonly number[]
  readonly clip?: Clip | null
  /** Keeps a running average of the weights, which then predicts. */
  readonly ema?: EmaOptions | null
  /** Weights with learning rates of their own; those in no group stay as they are (`generateParamGroups`). */
  readonly paramGroups?: readonly ParamGroup[] | null
  /** Trades time for memory (`trainingProgram`). */
  readonly checkpoint?: boolean
  readonly imageKey?: string
  readonly labelKey?: string
}

/** A network with weights on an executor. */
export interface Model {
  readonly network: Network
  /** Trained numbers of the network. */
  readonly parameters: number
  /** Throws when the model was opened without `training`. */
  readonly learner: Learner
  readonly predictor: Predictor
  /** The same for inferers that blend windows at once: its next call may write over what it gave. */
  readonly windowPredictor: Predictor
  readonly session: Session
  dispose(): Promise<void>
}

/** Compiles what a network needs to learn and to predict, over one set of weights. */
export async function openModel(options: ModelOptions): Promise<Model> {
  const { executor, network, training, inferenceShape, activation = null, weights, pretrained, seed = 0 } = options
  const ema = training?.ema ?? (weights && hasAverage(weights) ? { decay: 0 } : null)
  const predict = inferenceProgram({
    name: 'predict',
    network,
    input: inferenceShape,
    activation,
    weights: ema ? 'ema' : 'model',
  })
  const learn = training ? learningProgram(network, training, activation) : null
  const programs: Program[] = [predict, ...(learn ? [learn.program] : [])]
  const random = new TorchGenerator(seed)
  const initial = weights ?? begun(network, learn, random, pretrained)
  const { threads, precision, profile } = options
  const takeInitial = weights === undefined && pretrained === undefined // nobody else has them
  const settings: SessionOptions = { threads: threads ?? undefined, precision, profile, takeInitial }
  const session = await executor.open(programs, needed(programs, initial, network.name), settings)
  return {
    network,
    parameters: network.weights.reduce((sum, { trainable, shape }) => sum + (trainable ? sizeOf(shape) : 0), 0),
    get learner() {
      if (!learn || !training)
        throw new DataError(network.name, 'was opened to predict only; give openModel the option training')
      return sessionLearner(session, learn, training)
    },
    predictor: predictor(session, predict, inferenceShape[0], false),
    windowPredictor: predictor(session, predict, inferenceShape[0], true),
    session,
    dispose: () => session.dispose(),
  }
}

/** Everything at its start: weights that are given or drawn, and what learning adds. */
function begun(
  network: Network,
  learn: TrainingProgram | null,
  random: TorchGenerator,
  pretrained: Tensors = {},
): Tensors {
  const first = { ...network.init(random), ...pretrained }
  return learn ? learn.initialFrom(first) : first
}

function predictor(session: Session, { name }: Program, items: number, reuseOutputs: boolean): Predictor {
  return fixedBatch(async (batch) => {
    const { output } = await session.run(name, { input: batch }, { reuseOutputs })
    return output as typeof batch // prediction is float32, as the program says
  }, items)
}

function learningProgram(
  network: Network,
  { lossFunction, optimizer, inputShape, targetShape, clip, ema, paramGroups, checkpoint }: TrainingOptions,
  softDice: ModelOptions['activation'],
): TrainingProgram {
  const [items, , ...spatial] = inputShape
  return trainingProgram({
    name: 'learn',
    network,
    loss: lossFunction,
    optimizer,
    input: inputShape,
    target: targetShape ?? [items, 1, ...spatial],
    clip,
    ema,
    paramGroups,
    softDice,
    checkpoint,
  })
}

function sessionLearner(
  session: Session,
  training: TrainingProgram,
  { optimizer, imageKey = 'image', labelKey = 'label' }: TrainingOptions,
): Learner {
  const { program, classes } = training
  return {
    learningRate: optimizer.lr,
    async step(batch, { step, learningRate, seed }) {
      const input = fed(batch, imageKey, program, 'input')
      const target = fed(batch, labelKey, program, 'target')
      if (classes !== null) checkClassNumbers(`batch.${labelKey}`, target.data, classes)
      const outputs = await session.run(program.name, {
        input,
        target,
        ...training.feeds(step, learningRate, new TorchGenerator(seed)),
      })
      return numbersOf(outputs)
    },
    read: () => session.read(),
    write: (tensors) => session.write(tensors),
  }
}

/** A tensor of the batch as a program takes it: of its shape, in float32. */
function fed(batch: SampleBatch, key: string, program: Program, name: string): FloatTensor {
  const tensor = tensorOf(batch, key)
  const wanted = program.inputs.find((value) => nameOf(value) === name)!
  if (!sameShape(tensor.shape, wanted.shape))
    throw new ShapeError(
      `batch.${key}`,
      `is [${tensor.shape.join(', ')}], the network was compiled for [${wanted.shape.join(', ')}]; crop or pad samples to one size, and drop the last batch of an epoch when it is not full`,
    )
  const data =
    tensor.data instanceof Float32Array ? tensor.data : Float32Array.from(tensor.data as ArrayLike<number>, Number)
  return { dtype: 'float32', shape: tensor.shape, data }
}

/** Scalars by name, and as `Dice` the mean soft Dice of the classes, which of several leaves out the first: the background. */
function numbersOf({ softDice, ...scalars }: Record<string, Tensor>): Record<string, number> {
  const numbers = Object.fromEntries(Object.entries(scalars).map(([name, { data }]) => [name, Number(data[0])]))
  if (!softDice) return numbers
  const classes = Array.from(softDice.data, Number)
  const shown = classes.length > 1 ? classes.slice(1) : classes
  return { ...numbers, Dice: shown.reduce((sum, value) => sum + value, 0) / shown.length }
}

function needed(programs: readonly Program[], values: Tensors, owner: string): Record<string, Tensor> {
  const names = new Set(programs.flatMap(({ states }) => states.map(nameOf)))
  return Object.fromEntries(
    [...names].map((name) => {
      if (!(name in values))
        throw new DataError(
          owner,
          `there is no value for "${name}"; the weights are of another network, or of one trained otherwise`,
        )
      return [name, values[name]]
    }),
  )
}

function hasAverage(weights: Tensors): boolean {
  return Object.keys(weights).some((name) => name.startsWith('ema.'))
}

import { OptionError, ShapeError } from '../core/errors.ts'
import { sameShape, type Tensor } from '../core/tensor.ts'
import { gradients } from '../graph/autodiff.ts'
import {
  input,
  nameOf,
  program,
  sorted,
  type GraphDType,
  type Program,
  type TensorType,
  type Value,
} from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { recompute } from '../graph/passes/index.ts'
import type { Loss } from '../losses/loss.ts'
import { onlyOutput, outputsOf, type Network } from '../networks/network.ts'
import type { Output } from '../networks/layer.ts'
import { forwardPass } from '../networks/pass.ts'
import { fillRandomInputs } from '../networks/random.ts'
import { clipGradients, type Clip } from '../optimizers/clip.ts'
import { emaPrefix, emaScalars, emaUpdates, type EmaOptions } from '../optimizers/ema.ts'
import { initialMoments, type Optimizer } from '../optimizers/optimizer.ts'
import type { ParamGroup } from '../optimizers/paramGroups.ts'
import type { TorchGenerator } from '../rng/index.ts'
import { classesOf } from './classNumbers.ts'

type Tensors = Readonly<Record<string, Tensor>>
type Activation = 'softmax' | 'sigmoid'

export interface TrainingProgramOptions {
  readonly name?: string
  readonly network: Network
  readonly loss: Loss
  readonly optimizer: Optimizer
  /** Shape of `input`, `[N, C, ...spatial]`. */
  readonly input: readonly number[]
  /** Shape of `target`, of class numbers `[N, 1, ...spatial]` or of one channel per class. */
  readonly target: readonly number[]
  readonly targetDtype?: GraphDType
  readonly clip?: Clip | null
  readonly ema?: EmaOptions | null
  /** Weights with learning rates of their own (`generateParamGroups`); those in no group stay as they are. All learn alike unless given. */
  readonly paramGroups?: readonly ParamGroup[] | null
  /** Which weights decay: all, as in PyTorch, or the kernels of convolutions and linear layers only. */
  readonly decay?: 'all' | 'kernels'
  /** Adds the output `softDice` `[classes]` of the batch, from the prediction after this activation. */
  readonly softDice?: Activation | null
  /** Trades time for memory: activations between the borders of segments are computed again in the backward pass. */
  readonly checkpoint?: boolean
}

/** One optimisation step as a program, and what to feed it with. */
export interface TrainingProgram {
  /**
   * Inputs `input`, `target` and those of `feeds`; outputs `loss`, `gradientNorm` when clipping, `softDice` when asked
   * for; updates weights, running statistics, moments and averages.
   */
  readonly program: Program
  /** How many classes the numbers in `target` tell apart; null where it holds something else. */
  readonly classes: number | null
  /** Fresh weights, and everything else at its start. */
  initial(rng: TorchGenerator): Record<string, Tensor>
  /** Given weights by state name, and everything else at its start. */
  initialFrom(weights: Tensors): Record<string, Tensor>
  /** All inputs but `input` and `target` of step `step` (1 for the first): scalars, and dropout masks drawn from `rng`. */
  feeds(step: number, lr: number, rng: TorchGenerator): Record<string, Tensor>
}

/** Forward pass, loss, gradients, clipping, optimiser, running statistics and weight average, as one graph. */
export function trainingProgram(options: TrainingProgramOptions): TrainingProgram {
  const {
    network,
    loss,
    optimizer,
    clip,
    ema,
    paramGroups = null,
    decay = 'all',
    softDice,
    checkpoint = false,
  } = options
  const x = input('input', { dtype: 'float32', shape: options.input })
  const y = input('target', { dtype: options.targetDtype ?? 'float32', shape: options.target })
  const pass = forwardPass({ training: true })
  const prediction = network.forward(pass, x)
  const lossValue = loss.forward(prediction, y)
  if (!sameShape(lossValue.shape, []))
    throw new OptionError(
      'trainingProgram.loss',
      `${loss.name} gives shape [${lossValue.shape.join(', ')}]; choose reduction mean or sum`,
    )

  const lrScales = paramGroups && lrScalesOf(paramGroups, network, optimizer)
  const scales = new Set([1, ...(lrScales?.values() ?? [])])
  const params = trainedParameters(network, lossValue, lrScales)
  const raw = new Map(zip([...params.keys()], gradients(lossValue, [...params.values()])))
  const clipped = clip ? clipGradients(raw, clip) : null
  const kernels = new Set(network.weights.flatMap(({ name, role }) => (role === 'kernel' ? [name] : [])))
  const updates = optimizer.update(params, clipped?.grads ?? raw, {
    decays: (name) => decay === 'all' || kernels.has(name),
    lrScale: (name) => lrScales?.get(name) ?? 1,
  })
  for (const [name, next] of pass.updates) updates.set(name, next)
  const averaged = averagedWeights(network)
  if (ema)
    for (const [name, next] of emaUpdates(new Map([...updates].filter(([name]) => averaged.has(name)))))
      updates.set(name, next)

  const outputs: Record<string, Value> = { loss: lossValue }
  if (clipped) outputs.gradientNorm = clipped.norm
  if (softDice) outputs.softDice = softDicePerClass(topLevel(prediction, y), y, softDice)
  const whole = program(options.name ?? 'train', outputs, updates)
  const forward = [lossValue, ...(outputs.softDice ? [outputs.softDice] : []), ...pass.updates.values()]
  const built = checkpoint ? recompute(whole, forward) : whole

  const initialFrom = (weights: Tensors): Record<string, Tensor> => ({
    ...weights,
    ...(ema ? Object.fromEntries([...averaged].map((name) => [emaPrefix + name, copied(weights[name])])) : {}),
    ...initialMoments(built.states),
  })
  return {
    program: built,
    classes: classesOf(sorted([lossValue]), y),
    initialFrom,
    initial: (rng) => initialFrom(network.init(rng)),
    feeds(step, lr, rng) {
      const scalars = { ...optimizer.scalars(step, lr, scales), ...(ema ? emaScalars(step, ema) : {}) }
      const wanted = new Set(built.inputs.map(nameOf))
      return {
        ...Object.fromEntries(Object.entries(scalars).filter(([name]) => wanted.has(name))),
        ...fillRandomInputs(built, rng),
      }
    },
  }
}

export interface InferenceProgramOptions {
  readonly name?: string
  readonly network: Network
  /** Shape of `input`, `[N, C, ...spatial]`; or the types of several inputs by name, in the network's order. */
  readonly input: readonly number[] | Readonly<Record<string, TensorType>>
  /** Whether to read the weights themselves or their running average. */
  readonly weights?: 'model' | 'ema'
  readonly activation?: Activation | null
  /** Gives class numbers `[N, 1, ...spatial]`, int32, in place of one channel per class. */
  readonly argmax?: boolean
  /** Takes networks of several outputs, too: those after the first are `output1`, `output2`, ..., as they are. */
  readonly allOutputs?: boolean
}

/** The network in evaluation mode: its inputs to `output`. */
export function inferenceProgram(options: InferenceProgramOptions): Program {
  const { network, weights = 'model', activation, argmax = false, allOutputs = false } = options
  const types = isShape(options.input) ? { input: { dtype: 'float32', shape: options.input } as const } : options.input
  const inputs = Object.entries(types).map(([name, type]) => input(name, type))
  const pass = forwardPass({ prefix: weights === 'ema' ? emaPrefix : '' })
  const given = network.forward(pass, ...inputs)
  const [logits, ...others] = allOutputs ? outputsOf(given) : [onlyOutput(given, network.name)]
  const y = activation ? activated(logits, activation) : logits
  const rest = Object.fromEntries(others.map((value, i) => [`output${i + 1}`, value]))
  const built = program(options.name ?? 'infer', { output: argmax ? m.argMax(y, 1, true) : y, ...rest })
  const isOwn = new Set(inputs)
  return {
    ...built,
    inputs: [...inputs.filter((x) => built.inputs.includes(x)), ...built.inputs.filter((x) => !isOwn.has(x))],
  }
}

function isShape(input: InferenceProgramOptions['input']): input is readonly number[] {
  return Array.isArray(input)
}

/** The weights that learn: trainable, and the loss depends on them; PyTorch, too, leaves the others alone. */
function trainedParameters(
  network: Network,
  loss: Value,
  lrScales: ReadonlyMap<string, number> | null,
): Map<string, Value> {
  const used = new Map(program('loss', { loss }).states.map((value) => [nameOf(value), value]))
  const params = network.weights.flatMap(({ name, trainable }) => {
    const value = used.get(name)
    return trainable && value && (lrScales?.has(name) ?? true) ? [[name, value] as const] : []
  })
  if (params.length === 0) throw new OptionError('trainingProgram', `no weight of ${network.name} learns; freeze fewer`)
  return new Map(params)
}

/** Factors on the learning rate by weight. */
function lrScalesOf(groups: readonly ParamGroup[], network: Network, { lr: own }: Optimizer): Map<string, number> {
  const trainable = new Set(network.weights.flatMap(({ name, trainable }) => (trainable ? [name] : [])))
  return new Map(
    groups.flatMap(({ params, lr }) =>
      params.map((name) => {
        if (!trainable.has(name))
          throw new OptionError('trainingProgram.paramGroups', `"${name}" is no trained weight of ${network.name}`)
        const scale = lr === null || lr === own ? 1 : lr / own
        if (!(scale >= 0 && scale < Infinity))
          throw new OptionError(
            'trainingProgram.paramGroups',
            `a learning rate of ${lr} beside the optimiser's ${own} does not fit; give 0 or more, and the optimiser more than 0`,
          )
        return [name, scale] as const
      }),
    ),
  )
}

/** Counters are not averaged. */
function averagedWeights(network: Network): Set<string> {
  return new Set(network.weights.flatMap(({ name, role }) => (role === 'counter' ? [] : [name])))
}

/** The prediction at full size, of a network that gives several levels (a list, or stacked on axis 1). */
function topLevel(prediction: Output, target: Value): Value {
  const [first] = outputsOf(prediction)
  if (first.shape.length !== target.shape.length + 1) return first
  return m.reshape(m.narrow(first, 1, 0, 1), [first.shape[0], ...first.shape.slice(2)])
}

/** 2 Σpy / (Σp + Σy) of each class over the batch. */
function softDicePerClass(logits: Value, target: Value, activation: Activation): Value {
  const p = activated(logits, activation)
  const classes = p.shape[1]
  const y = target.shape[1] === classes ? m.cast(target, p.dtype) : m.oneHot(target, classes)
  if (!sameShape(p.shape, y.shape))
    throw new ShapeError(
      'trainingProgram.softDice',
      `prediction [${p.shape.join(', ')}] and target [${target.shape.join(', ')}] do not match; give a target of the prediction's spatial shape`,
    )
  const axes = p.shape.map((_, axis) => axis).filter((axis) => axis !== 1)
  return m.div(m.mul(2, m.sum(m.mul(p, y), axes)), m.add(m.add(m.sum(p, axes), m.sum(y, axes)), 1e-5))
}

function activated(x: Value, activation: Activation): Value {
  return activation === 'softmax' ? m.softmax(x, 1) : m.sigmoid(x)
}

function copied(tensor: Tensor): Tensor {
  return { ...tensor, data: tensor.data.slice() }
}

function zip<A, B>(a: readonly A[], b: readonly B[]): [A, B][] {
  return a.map((item, i) => [item, b[i]])
}

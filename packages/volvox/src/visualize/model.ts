import { DataError, OptionError, ShapeError, didYouMean, shown } from '../core/errors.ts'
import { sizeOf, type FloatTensor } from '../core/tensor.ts'
import { gradients, type GradientRule } from '../graph/autodiff.ts'
import type { Executor, Session, Tensors } from '../graph/executor.ts'
import { input, nameOf, program } from '../graph/ir.ts'
import { greater, mul } from '../graph/math.ts'
import { outputList, type Predictor } from '../inferers/inferer.ts'
import { checkImage } from '../inferers/volume.ts'
import { onlyOutput, outputsOf, type Network } from '../networks/network.ts'
import { forwardPass } from '../networks/pass.ts'

export interface VisualModelOptions {
  readonly executor: Executor
  readonly network: Network
  /** Values of the network's weights by name, as `fromStateDict` or a checkpoint gives them. */
  readonly weights: Tensors
  readonly threads?: number
}

/** Of which class an explanation speaks: one for all items, one for each, or the most probable when null. */
export type ClassIndex = number | readonly number[] | null

/** What a network computed on the way to its scores, and how the scores depend on it. */
export interface Explanation {
  /** `[batch, classes]`, or with spatial axes behind. */
  readonly logits: FloatTensor
  /** What each of the layers gave, and the gradient of the class's score with respect to that. */
  readonly activations: readonly FloatTensor[]
  readonly gradients: readonly FloatTensor[]
  /** The gradient with respect to the image. */
  readonly inputGradient: FloatTensor
  /** The score of the class, for each item. */
  readonly scores: readonly number[]
  /** The class, for each item. */
  readonly classes: readonly number[]
}

export interface ExplainOptions {
  readonly layers?: readonly string[]
  readonly classIdx?: ClassIndex
  /** Whether only positive gradients pass ReLUs (guided backpropagation). */
  readonly guided?: boolean
}

/**
 * A network with weights whose inner layers can be looked at, on any executor: what MONAI's `ModelWithHooks` is. It is
 * compiled anew for each shape of image; called with one, it predicts.
 */
export interface VisualModel extends Predictor {
  readonly network: Network
  readonly weights: Tensors
  explain(image: FloatTensor, options?: ExplainOptions): Promise<Explanation>
  dispose(): Promise<void>
}

export function visualModel({ executor, network, weights, threads }: VisualModelOptions): VisualModel {
  const sessions = new Map<string, Promise<Session>>()
  const sessionFor = (shape: readonly number[], layers: readonly string[], guided: boolean): Promise<Session> => {
    const key = JSON.stringify([shape, layers, guided])
    const known = sessions.get(key) ?? open(executor, network, weights, { shape, layers, guided, threads })
    sessions.set(key, known)
    return known
  }
  const predict: Predictor = async (image) => {
    checkImage(network.name, image)
    const { logits } = await (await sessionFor(image.shape, [], false)).run('predict', { input: image })
    return logits as FloatTensor // float32, as the network's input
  }
  return Object.assign(predict, {
    network,
    weights,
    async explain(image: FloatTensor, { layers = [], classIdx = null, guided = false }: ExplainOptions = {}) {
      const [found] = outputList(await predict(image))
      const { seed, classes } = seedFor(network.name, found, classIdx)
      const session = await sessionFor(image.shape, layers, guided)
      const results = await session.run('explain', { input: image, seed })
      const all = results as Readonly<Record<string, FloatTensor>> // float32, as the network's input
      return {
        logits: all.logits,
        activations: layers.map((_, i) => all[`activation.${i}`]),
        gradients: layers.map((_, i) => all[`gradient.${i}`]),
        inputGradient: all.inputGradient,
        scores: classes.map((c, item) => scoreOf(all.logits, item, c)),
        classes,
      }
    },
    async dispose() {
      for (const session of sessions.values()) await (await session).dispose()
      sessions.clear()
    },
  })
}

export function isVisualModel(value: unknown): value is VisualModel {
  return typeof value === 'function' && 'explain' in value
}

interface Compiled {
  readonly shape: readonly number[]
  readonly layers: readonly string[]
  readonly guided: boolean
  readonly threads?: number
}

/** The network as a program that predicts, and as one that tells what its layers gave and their gradients. */
function open(executor: Executor, network: Network, weights: Tensors, how: Compiled): Promise<Session> {
  const x = input('input', { dtype: 'float32', shape: how.shape })
  const pass = forwardPass()
  const logits = onlyOutput(network.forward(pass, x), network.name)
  const initial: Record<string, Tensors[string]> = {}
  for (const name of pass.states.keys()) {
    if (!(name in weights))
      throw new DataError(network.name, `there is no value for weight "${name}"; give the weights of this network`)
    initial[name] = weights[name]
  }
  const seed = input('seed', { dtype: 'float32', shape: logits.shape })
  const targets = how.layers.map((layer) => layerOutput(network.name, pass.layers, layer))
  const [inputGradient, ...inner] = gradients(logits, [x, ...targets], seed, how.guided ? guidedRule : undefined)
  const named = (name: string, values: typeof targets) =>
    Object.fromEntries(values.map((value, i) => [`${name}.${i}`, value]))
  const programs = [
    program('predict', { logits }),
    program('explain', { logits, inputGradient, ...named('activation', targets), ...named('gradient', inner) }),
  ]
  // A program may need no input when gradients are zero everywhere; both are fed all the same.
  const used = programs.map((p) => p.inputs.map(nameOf))
  if (!used[1].includes('seed') || !used[0].includes('input'))
    throw new ShapeError(network.name, 'has scores that do not depend on the image; there is nothing to explain')
  return executor.open(programs, initial, { threads: how.threads })
}

function layerOutput(owner: string, layers: ReadonlyMap<string, Parameters<typeof outputsOf>[0]>, path: string) {
  const output = layers.get(path)
  if (!output) {
    const hint = didYouMean(path, layers.keys())
    const some = [...layers.keys()].filter((name) => !name.includes('.')).join(', ')
    throw new OptionError(
      'targetLayers',
      `${shown(path)} is no layer of this ${owner}; ${hint ? `did you mean "${hint}"?` : `it has ${some} and what is in them`}`,
    )
  }
  return onlyOutput(output, `${owner}.${path}`)
}

/** Where a ReLU is a layer of its own with "relu" in its path, as MONAI finds them: only what is positive passes back. */
const guidedRule: GradientRule = ({ op, scope, inputs: [x] }, [g]) =>
  op === 'relu' && g && scope.slice(scope.indexOf('.')).includes('relu')
    ? [mul(mul(g, greater(x, 0)), greater(g, 0))]
    : null

/** What is differentiated, as a weight for each score: torch's `logits[:, classes]`, which for a list takes every one of it for every item. */
function seedFor(where: string, { shape, data }: FloatTensor, classIdx: ClassIndex) {
  const [items, channels, ...spatial] = shape
  const voxels = sizeOf(spatial)
  if (classIdx === null && voxels > 1)
    throw new ShapeError(where, `gives [${shape.join(', ')}], many scores for an image; say of which class by classIdx`)
  const each = typeof classIdx === 'number' ? Array.from({ length: items }, () => classIdx) : (classIdx ?? highest())
  if (each.length !== items)
    throw new OptionError(`${where}.classIdx`, `[${each.join(', ')}] has ${each.length} values for ${items} images`)
  const bad = each.find((c) => !Number.isInteger(c) || c < 0 || c >= channels)
  if (bad !== undefined)
    throw new OptionError(`${where}.classIdx`, `${bad} is no class of the network; give 0 to ${channels - 1}`)
  const seed = new Float32Array(data.length)
  const counted = typeof classIdx === 'number' ? [classIdx] : each
  for (let item = 0; item < items; item++)
    for (const c of counted) for (let i = 0; i < voxels; i++) seed[(item * channels + c) * voxels + i]++
  return { seed: { dtype: 'float32', shape, data: seed } satisfies FloatTensor, classes: each }

  function highest(): number[] {
    return Array.from({ length: items }, (_, item) => {
      const own = data.subarray(item * channels, (item + 1) * channels)
      return own.indexOf(own.reduce((most, x) => Math.max(most, x), -Infinity))
    })
  }
}

function scoreOf({ shape, data }: FloatTensor, item: number, c: number): number {
  const voxels = sizeOf(shape.slice(2))
  const from = (item * shape[1] + c) * voxels
  return data.subarray(from, from + voxels).reduce((sum, x) => sum + x, 0)
}

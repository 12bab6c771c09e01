import { concat } from '../graph/math.ts'
import { scoped, type Value } from '../graph/ir.ts'
import type { Init } from './init.ts'

/**
 * What a weight is for; optimisers and initialisation tell weights apart by it. An `embedding` is a learnt table, a
 * `fixed` one keeps the values that it starts with, and an `index` holds whole numbers that follow from the options: it
 * is part of state dicts, but a constant of graphs rather than a state.
 */
export type Role =
  'kernel' | 'bias' | 'scale' | 'shift' | 'slope' | 'embedding' | 'fixed' | 'statistic' | 'counter' | 'index'

/**
 * A tensor that a layer owns: a trained parameter, or a buffer (`fixed`, `statistic`, `counter`, `index`). Its identity
 * is the object.
 */
export interface Weight {
  readonly shape: readonly number[]
  readonly init: Init
  readonly role: Role
}

/** What layers may ask of the forward pass that they are part of. */
export interface Context {
  /** Whether batch statistics are used and dropout drops. */
  readonly training: boolean
  /** The value of a weight before the run. */
  read(weight: Weight): Value
  /** What this pass has made so far of a buffer, given as it was read; a layer may be used several times. */
  latest(buffer: Value): Value
  /** The value after the run of a buffer, given as it was read. */
  update(buffer: Value, next: Value): void
  /** A fresh input of 0 (with probability `p`) and 1/(1-p), which the runtime draws for every run. */
  dropoutMask(shape: readonly number[], p: number): Value
  /** The same as EfficientNets draw it, for whole samples (`drop_connect`). */
  sampleMask(shape: readonly number[], p: number): Value
  /** Called by every layer with what it gives, in the scope of its path. */
  reached?(output: Output): void
  /** A fresh input of standard normal numbers, which the runtime draws for every run. */
  normalNoise(shape: readonly number[]): Value
  /** The same for a tensor `[N, C, ...]` whose channels torch keeps last in memory: it draws in that order, and otherwise. */
  normalNoiseChannelsLast(shape: readonly number[]): Value
}

/** What a network computes: one tensor, or several (e.g. one per level). */
export type Output = Value | readonly Value[]

/** A part of a network. The paths of its weights through `children` are MONAI's state-dict names. */
export interface Layer<O extends Output = Value> {
  readonly weights: Readonly<Record<string, Weight>>
  readonly children: Readonly<Record<string, Layer<Output>>>
  /** How weights below start where that is not as they say; what encloses it has the last word. */
  readonly initOf?: (weight: Weight) => Init
  /** Whether no weight below is trained. */
  readonly isFrozen?: boolean
  /** Whether no weight below is ever read; checkpoints may lack those. */
  readonly isUnused?: boolean
  /** The same with another layer in place of a child. */
  readonly withChild?: (name: string, child: Layer<Output>) => Layer<O>
  forward(context: Context, inputs: readonly Value[]): O
  /** What else it computes with its weights, by name, such as `encode` and `decode` of an autoencoder. */
  readonly methods?: Readonly<Record<string, Layer<Output>['forward']>>
}

type Weights = Readonly<Record<string, Weight | undefined>>
type Children = Readonly<Record<string, Layer<Output> | readonly Layer[] | undefined>>
interface Apply<O extends Output = Value> {
  (...inputs: Value[]): O
  readonly methods: Readonly<Record<string, (...inputs: Value[]) => Output>>
}

/** What `forward` of a layer sees: its weights as values, its children as functions. Absent ones stay absent. */
export type Parts<W extends Weights, C extends Children> = {
  readonly [K in keyof W]: W[K] extends Weight ? Value : Value | undefined
} & {
  readonly [K in keyof C]: C[K] extends readonly Layer[]
    ? readonly Apply[]
    : C[K] extends Layer<infer O>
      ? Apply<O>
      : C[K] extends readonly Layer[] | undefined
        ? readonly Apply[] | undefined
        : C[K] extends Layer<infer O> | undefined
          ? Apply<O> | undefined
          : Apply | undefined
}

type Compute<W extends Weights, C extends Children, O extends Output> = (
  parts: Parts<W, C>,
  inputs: readonly Value[],
  context: Context,
) => O

/**
 * Makes a layer. `forward` gets weights and children ready to use: `({ conv, residual }, [x]) => add(conv(x), residual(x))`.
 * A list of layers (torch.nn.ModuleList), whose paths are 0, 1, ..., comes as a list of functions.
 */
export function layer<W extends Weights = {}, C extends Children = {}, O extends Output = Value>(definition: {
  readonly weights?: W
  readonly children?: C
  readonly forward: Compute<W, C, O>
  readonly methods?: Readonly<Record<string, Compute<W, C, Output>>>
}): Layer<O> {
  const weights = present<Weight>(definition.weights ?? {})
  const children = present<Layer<Output> | readonly Layer[]>(definition.children ?? {})
  const withParts =
    <R extends Output>(compute: Compute<W, C, R>) =>
    (context: Context, inputs: readonly Value[]): R => {
      const apply = (path: string, child: Layer<Output>) => {
        const bound =
          (run: Layer<Output>['forward']) =>
          (...given: Value[]) =>
            scoped(path, () => {
              const output = run(context, given)
              context.reached?.(output)
              return output
            })
        const methods = Object.entries(child.methods ?? {}).map(([name, run]) => [name, bound(run)] as const)
        return Object.assign(bound(child.forward), { methods: Object.fromEntries(methods) })
      }
      const parts: Record<string, unknown> = {}
      for (const [name, weight] of Object.entries(weights)) parts[name] = context.read(weight)
      for (const [name, child] of Object.entries(children))
        parts[name] = isList(child) ? child.map((item, i) => apply(`${name}.${i}`, item)) : apply(name, child)
      return compute(parts as Parts<W, C>, inputs, context) // one part was made for every weight and child
    }
  return {
    withChild: (name, child) => layer({ ...definition, children: { ...children, [name]: child } as unknown as C }), // of the same use
    weights,
    children: Object.fromEntries(
      Object.entries(children).map(([name, child]) => [name, isList(child) ? sequential(child) : child]),
    ),
    forward: withParts(definition.forward),
    methods:
      definition.methods &&
      Object.fromEntries(Object.entries(definition.methods).map(([name, compute]) => [name, withParts(compute)])),
  }
}

/** A layer that owns nothing. */
export function pure(compute: (x: Value, context: Context) => Value): Layer {
  return layer({ forward: (_, [x], context) => compute(x, context) })
}

export const identity: Layer = pure((x) => x)

/** One layer after the other, named as given, or 0, 1, ... for a list. Absent ones are left out. */
export function sequential(layers: readonly Layer[] | Readonly<Record<string, Layer | undefined>>): Layer {
  const children = present<Layer>(Object.fromEntries(Object.entries(layers)))
  return layer({ children, forward: (parts, [x]) => Object.keys(children).reduce((y, name) => parts[name](y), x) })
}

/** The layer with another one at a dotted path; null where it has nothing there. */
export function replacedAt<O extends Output>(whole: Layer<O>, path: string, part: Layer<Output>): Layer<O> | null {
  const dot = path.indexOf('.')
  const name = dot < 0 ? path : path.slice(0, dot)
  const child = whole.children[name]
  const next = child && dot >= 0 ? replacedAt(child, path.slice(dot + 1), part) : part
  if (!child || !next || !whole.withChild) return null
  return { ...whole.withChild(name, next), initOf: whole.initOf }
}

/** The same layer with weights of its own, which start with the values of the first one's (Python's deepcopy). */
export function copied<O extends Output>(whole: Layer<O>): Layer<O> {
  const copies = new Map<Weight, Weight>()
  const copyOf = (weight: Weight): Weight => {
    const copy: Weight = copies.get(weight) ?? { ...weight, init: { kind: 'copy', of: weight } }
    copies.set(weight, copy)
    return copy
  }
  const copiedTree = <P extends Output>(part: Layer<P>): Layer<P> => ({
    ...part,
    initOf: undefined,
    withChild: undefined,
    weights: Object.fromEntries(Object.entries(part.weights).map(([name, weight]) => [name, copyOf(weight)])),
    children: Object.fromEntries(Object.entries(part.children).map(([name, child]) => [name, copiedTree(child)])),
  })
  const reading =
    <R extends Output>(run: Layer<R>['forward']): Layer<R>['forward'] =>
    (context, inputs) =>
      run({ ...context, read: (weight) => context.read(copies.get(weight) ?? weight) }, inputs)
  return {
    ...copiedTree(whole),
    forward: reading(whole.forward),
    methods:
      whole.methods && Object.fromEntries(Object.entries(whole.methods).map(([name, run]) => [name, reading(run)])),
  }
}

/** The input beside what `submodule` makes of it, along the channel axis (MONAI SkipConnection). */
export function skip(submodule: Layer): Layer {
  return layer({ children: { submodule }, forward: (inner, [x]) => concat([x, inner.submodule(x)], 1) })
}

function present<T>(entries: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).filter((entry): entry is [string, T] => entry[1] !== undefined))
}

function isList(child: Layer<Output> | readonly Layer[]): child is readonly Layer[] {
  return Array.isArray(child)
}

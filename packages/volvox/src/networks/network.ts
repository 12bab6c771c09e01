import { OptionError, ShapeError, VolvoxError } from '../core/errors.ts'
import { instance, parseOptions, type Given, type Kind, type Schema, type Values } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import type { Tensor } from '../core/tensor.ts'
import { constant, currentScope, nameOf as stateName, scoped, type Value } from '../graph/ir.ts'
import { transpose } from '../graph/math.ts'
import type { TorchGenerator } from '../rng/index.ts'
import { drawn, type Init } from './init.ts'
import { checkInput, type InputRule } from './inputRule.ts'
import { checkInputs, fitting, oneImage, type NetworkInput } from './inputs.ts'
import type { Context, Layer, Output, Role, Weight } from './layer.ts'
import { randomInput, readState, type Pass } from './pass.ts'

/** A weight of a network under its state-dict name. */
export interface NamedWeight {
  readonly name: string
  readonly shape: readonly number[]
  readonly init: Init
  readonly role: Role
  /** Whether an optimiser changes it; false for buffers. */
  readonly trainable: boolean
  /** Whether it has no effect, so that checkpoints may lack it. */
  readonly isUnused: boolean
  /** Further state-dict names of the same tensor. */
  readonly aliases: readonly string[]
}

/** A buffer of whole numbers that follows from a network's options: in state dicts (as int64), but never a state. */
export interface NamedIndex {
  readonly name: string
  readonly value: Tensor<Int32Array>
  readonly aliases: readonly string[]
}

/** An architecture with its options settled: what it is made of, and how it computes. It holds no numbers. */
export interface Network<O extends Output = Output> {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  /** In state-dict order. */
  readonly weights: readonly NamedWeight[]
  readonly indices: readonly NamedIndex[]
  /** What `forward` takes, in order. */
  readonly inputs: readonly NetworkInput[]
  /** What the first of them must be, where that is an image; `forward` refuses others. */
  readonly inputRule: InputRule | null
  /** Initial weights by name; drawn in state-dict order, so that one seed gives the same weights everywhere. */
  init(rng: TorchGenerator): Record<string, Tensor>
  /** Adds the network's operations to a graph. Most networks take one input `[N, C, ...spatial]`. */
  forward(pass: Pass, ...inputs: Value[]): O
  /** Adds what else the network computes, such as `encode` and `decode` of an autoencoder. */
  call(method: string, pass: Pass, ...inputs: Value[]): Output
  /** The bare layer, for use inside another network. */
  readonly layer: Layer<O>
}

/** A kind of network, called with options under MONAI's names in camelCase. */
export interface NetworkComponent<S extends Schema, O extends Output> extends Component {
  (options: Given<S>): Network<O>
  readonly schema: S
  /** The bare layer, for use inside another network. */
  layer(options: Given<S>): Layer<O>
}

/** Defines a kind of network. */
export function network<S extends Schema, O extends Output = Value>(definition: {
  readonly name: string
  readonly options: S
  /** Throws where options do not fit each other; types and ranges were already checked. */
  check?(options: Values<S>): void
  /** What the first input must be; `forward` refuses others. */
  input?(options: Values<S>): InputRule | null
  /** What the inputs are, where that is not one image; `forward` refuses fewer than are needed. */
  inputs?(options: Values<S>): readonly NetworkInput[]
  build(options: Values<S>): Layer<O>
  /** Initial values that differ from PyTorch's defaults. */
  init?(weight: Weight, options: Values<S>): Init
  /** Throws where the options ask for weights that cannot be drawn; the network can still be built and loaded. */
  checkInit?(options: Values<S>): void
}): NetworkComponent<S, O> {
  const { name, options: schema } = definition
  const settle = (given: Given<S>) => parseOptions(name, schema, given)
  const build = (options: Values<S>): Layer<O> =>
    under(name, () => {
      definition.check?.(options)
      const root = definition.build(options)
      const initOf = (weight: Weight): Init => {
        const init = root.initOf?.(weight) ?? weight.init
        return definition.init?.({ ...weight, init }, options) ?? init
      }
      return { ...root, initOf }
    })
  const create = (given: Given<S>): Network<O> => {
    const options = settle(given)
    const layer = build(options)
    const takes = {
      inputs: definition.inputs?.(options) ?? oneImage,
      inputRule: definition.input?.(options) ?? null,
    }
    return networkOf(name, options, layer, takes, () => under(name, () => definition.checkInit?.(options)))
  }
  return Object.assign(create, { componentName: name, schema, layer: (given: Given<S>) => build(settle(given)) })
}

/** Refuses an option: `check: (o) => o.strides.length > 1 || optionError('strides', ...)`. */
export function optionError(option: string, problem: string): never {
  throw new OptionError(option, problem)
}

/** A network as an option of another. */
export const networkOption: Kind<Network> = instance(
  'a network',
  (value) => typeof value === 'object' && value !== null && 'layer' in value && 'weights' in value,
)

/** The layer of a network that gives one tensor; refuses to compute where it gives several. */
export function singleLayer({ layer, name }: Network): Layer {
  return {
    weights: layer.weights,
    children: layer.children,
    initOf: layer.initOf,
    forward: (context, inputs) => onlyOutput(layer.forward(context, inputs), name),
  }
}

/** Makes a list of what a forward pass gave. */
export function outputsOf(output: Output): readonly Value[] {
  return 'node' in output ? [output] : output
}

/** The only output; throws when there are several. */
export function onlyOutput(output: Output, where: string): Value {
  const values = outputsOf(output)
  if (values.length !== 1) throw new ShapeError(where, `got ${values.length} outputs where one is needed`)
  return values[0]
}

function networkOf<O extends Output>(
  name: string,
  options: Readonly<Record<string, unknown>>,
  root: Layer<O>,
  { inputs, inputRule }: Pick<Network, 'inputs' | 'inputRule'>,
  checkInit: () => void,
): Network<O> {
  const places = [...statePlaces(root)]
  const nameOf = new Map(places.map(([weight, { paths }]) => [weight, paths[0]]))
  const weights = places.flatMap(([weight, { paths, init, isFrozen, isUnused }]): NamedWeight[] => {
    const [first, ...aliases] = paths
    const { shape, role } = weight
    return role === 'index'
      ? []
      : [{ name: first, shape, init, role, trainable: !isFrozen && !buffers.has(role), isUnused, aliases }]
  })
  const indices = places.flatMap(([weight, { paths }]): NamedIndex[] => {
    const [first, ...aliases] = paths
    return weight.role === 'index' ? [{ name: first, value: indexOf(weight), aliases }] : []
  })
  return {
    name,
    options,
    weights,
    indices,
    inputs,
    inputRule,
    init: (rng) => {
      checkInit()
      const values: Record<string, Tensor> = {}
      for (const { name, init, shape } of weights) if (init.kind !== 'copy') values[name] = drawn(init, shape, rng)
      for (const { name, init } of weights)
        if (init.kind === 'copy') {
          const source = values[nameOf.get(init.of)!]
          values[name] = { ...source, data: source.data.slice() }
        }
      return values
    },
    layer: root,
    forward(pass, ...given) {
      checkInputs(name, given, inputs)
      if (inputRule) checkInput(name, given[0], inputRule)
      return fitting(name, given, inputs, () => scoped(name, () => root.forward(contextOf(pass, nameOf), given)))
    },
    call(method, pass, ...given) {
      const compute = root.methods?.[method]
      if (!compute) {
        const known = Object.keys(root.methods ?? {})
        throw new OptionError(
          name,
          `has no "${method}"; ${known.length > 0 ? `it has ${known.join(', ')}` : 'use forward'}`,
        )
      }
      return fitting(name, given, [], () => scoped(name, () => compute(contextOf(pass, nameOf), given)))
    },
  }
}

const buffers: ReadonlySet<Role> = new Set<Role>(['fixed', 'statistic', 'counter', 'index'])

/** How layers see the pass; to be called in the network's own scope. */
function contextOf(pass: Pass, nameOf: ReadonlyMap<Weight, string>): Context {
  const above = currentScope().length + 1
  return {
    reached: (output) => void pass.layers.set(currentScope().slice(above), output),
    training: pass.training,
    read: (weight) =>
      weight.role === 'index'
        ? constant(indexOf(weight))
        : readState(pass, nameOf.get(weight)!, weight.shape, weight.role),
    latest: (buffer) => pass.updates.get(stateName(buffer)) ?? buffer,
    update: (buffer, next) => void pass.updates.set(stateName(buffer), next),
    dropoutMask: (shape, p) => randomInput(pass, shape, { kind: 'dropout', p }),
    sampleMask: (shape, p) => randomInput(pass, shape, { kind: 'drop', p }),
    normalNoise: (shape) => randomInput(pass, shape, { kind: 'normal' }),
    normalNoiseChannelsLast([samples, channels, ...spatial]) {
      const drawn = randomInput(pass, [samples, ...spatial, channels], { kind: 'scatteredNormal' })
      return transpose(drawn, [0, spatial.length + 1, ...spatial.map((_, i) => i + 1)])
    },
  }
}

function indexOf({ shape, init }: Weight): Tensor<Int32Array> {
  if (init.kind !== 'values' || !(init.values instanceof Int32Array))
    throw new OptionError('index', 'starts at random; a weight of that role holds given whole numbers')
  return { dtype: 'int32', shape, data: init.values }
}

/** Where a weight is found, and how it starts. */
interface Place {
  readonly paths: string[]
  readonly init: Init
  readonly isFrozen: boolean
  readonly isUnused: boolean
}

/** Every weight with all of its paths, in PyTorch's state-dict order: a layer's own, then its children's. */
function statePlaces(root: Layer<Output>): Map<Weight, Place> {
  const places = new Map<Weight, Place>()
  const walk = (
    part: Layer<Output>,
    prefix: string,
    outside: (weight: Weight) => Init,
    frozenOutside: boolean,
    unusedOutside: boolean,
  ): void => {
    const { initOf } = part
    const isFrozen = frozenOutside || part.isFrozen === true
    const isUnused = unusedOutside || part.isUnused === true
    const initial = initOf ? (weight: Weight) => outside({ ...weight, init: initOf(weight) }) : outside
    for (const [name, weight] of Object.entries(part.weights)) {
      const known = places.get(weight)
      if (known) known.paths.push(prefix + name)
      else places.set(weight, { paths: [prefix + name], init: initial(weight), isFrozen, isUnused })
    }
    for (const [name, child] of Object.entries(part.children))
      walk(child, `${prefix}${name}.`, initial, isFrozen, isUnused)
  }
  walk(root, '', (weight) => weight.init, false, false)
  return places
}

/** Names the component in errors that come from its parts. */
function under<T>(name: string, build: () => T): T {
  try {
    return build()
  } catch (error) {
    if (!(error instanceof VolvoxError) || error.where.startsWith(name)) throw error
    throw new OptionError(`${name}.${error.where}`, error.message.slice(error.where.length + 2))
  }
}

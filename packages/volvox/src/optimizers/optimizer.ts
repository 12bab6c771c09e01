import { OptionError } from '../core/errors.ts'
import { parseOptions, type Given, type Schema, type Values } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { floats, sizeOf, tensor, type Tensor } from '../core/tensor.ts'
import { input, nameOf, scoped, state, type Value } from '../graph/ir.ts'

/** What one update sees of one parameter. */
export interface ParameterUpdate<Scalar extends string> {
  readonly param: Value
  readonly grad: Value
  /** Whether weight decay applies to it. */
  readonly decays: boolean
  /**
   * A moment of this parameter before the step, zero at first; `optimizer.<param>.<name>` among the states. Of the
   * parameter's shape unless given.
   */
  moment(name: string, shape?: readonly number[]): Value
  /** The value of a moment after the step. */
  keep(name: string, next: Value): void
  /** A number that the host works out for every step. */
  scalar(name: Scalar): Value
}

export interface UpdateOptions {
  /** Which parameters weight decay applies to; all unless given, as in PyTorch. */
  decays?(name: string): boolean
  /** Factor on the learning rate of a parameter; 1 unless given. */
  lrScale?(name: string): number
}

/** An optimiser with its options settled: how a step changes parameters, as part of a graph. */
export interface Optimizer {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  /** Learning rate unless a schedule gives another. */
  readonly lr: number
  /** Next values by state name: of the parameters, and of the moments `optimizer.<param>.<name>`. */
  update(
    params: ReadonlyMap<string, Value>,
    grads: ReadonlyMap<string, Value>,
    options?: UpdateOptions,
  ): Map<string, Value>
  /**
   * Inputs of step `step` (1 for the first) at a learning rate, and at it times each of `lrScales`: all that changes from
   * step to step.
   */
  scalars(step: number, lr?: number, lrScales?: Iterable<number>): Record<string, Tensor>
}

/** A kind of optimiser, called with options under PyTorch's names in camelCase. */
export interface OptimizerComponent<S extends Schema> extends Component {
  (options?: Given<S>): Optimizer
  readonly schema: S
}

/** Set before the names of everything that belongs to an optimiser. */
export const optimizerPrefix = 'optimizer.'

/** Defines an optimiser. */
export function optimizer<S extends Schema, Scalar extends string>(definition: {
  readonly name: string
  readonly options: S
  check?(options: Values<S>): void
  /** Numbers of step `step`, in float64; they reach the graph in float32. */
  scalars(step: number, lr: number, options: Values<S>): Readonly<Record<Scalar, number>>
  /** The parameter after the step. */
  update(parameter: ParameterUpdate<Scalar>, options: Values<S>): Value
}): OptimizerComponent<S> {
  const { name, options: schema } = definition
  const create = (given: Given<S> | Record<string, never> = {}): Optimizer => {
    const options = parseOptions(name, schema, given)
    definition.check?.(options)
    const lr = learningRateOf(name, options)
    return {
      name,
      options,
      lr,
      update(params, grads, { decays = () => true, lrScale = () => 1 } = {}) {
        const updates = new Map<string, Value>()
        const scalars = new Map<string, Value>()
        const scalarFor = (key: Scalar, scale: number) =>
          cached(scalars, scalarName(key, scale), () => input(scalarName(key, scale), { dtype: 'float32', shape: [] }))
        for (const [path, param] of params) {
          const grad = grads.get(path)
          if (!grad) throw new OptionError(name, `parameter "${path}" has no gradient; give one for each parameter`)
          const moments = new Map<string, Value>()
          const nameOf = (key: string) => `${optimizerPrefix}${path}.${key}`
          const next = scoped(`${name}.${path}`, () =>
            definition.update(
              {
                param,
                grad,
                decays: decays(path),
                moment: (key, shape = param.shape) =>
                  cached(moments, key, () => state(nameOf(key), { dtype: param.dtype, shape })),
                keep: (key, value) => void updates.set(nameOf(key), value),
                scalar: (key) => scalarFor(key, lrScale(path)),
              },
              options,
            ),
          )
          updates.set(path, next)
        }
        return updates
      },
      scalars: (step, rate = lr, lrScales = [1]) =>
        Object.fromEntries(
          [...lrScales].flatMap((scale) =>
            Object.entries<number>(definition.scalars(step, rate * scale, options)).map(([key, value]) => [
              scalarName(key, scale),
              floats([], [value]),
            ]),
          ),
        ),
    }
  }
  return Object.assign(create, { componentName: name, schema })
}

/** The moments among the states of a program, at their start: zeros, which share memory. */
export function initialMoments(states: readonly Value[]): Record<string, Tensor> {
  const moments = states.filter((value) => nameOf(value).startsWith(optimizerPrefix))
  const zeros = new Float32Array(Math.max(0, ...moments.map(({ shape }) => sizeOf(shape))))
  return Object.fromEntries(
    moments.map((value) => [nameOf(value), tensor('float32', value.shape, zeros.subarray(0, sizeOf(value.shape)))]),
  )
}

/** The input that holds a number of the step, for the parameters whose learning rate has this factor. */
function scalarName(key: string, lrScale: number): string {
  return optimizerPrefix + key + (lrScale === 1 ? '' : `*${lrScale}`)
}

function learningRateOf(name: string, options: Readonly<Record<string, unknown>>): number {
  if (typeof options.lr !== 'number')
    throw new OptionError(`${name}.lr`, 'is not declared; an optimiser has a learning rate')
  return options.lr
}

function cached<V>(known: Map<string, V>, key: string, make: () => V): V {
  const found = known.get(key)
  if (found !== undefined) return found
  const made = make()
  known.set(key, made)
  return made
}

import { makeNode, state, type Value } from '../graph/ir.ts'
import type { Output, Role } from './layer.ts'

/**
 * What is drawn for each element: 0 with probability `p`, else 1/(1-p), by torch's dropout or (`drop`) as EfficientNets
 * round uniform numbers; or a standard normal number, `scattered` where torch fills a tensor with other strides.
 */
export type Distribution =
  { readonly kind: 'dropout' | 'drop'; readonly p: number } | { readonly kind: 'normal' | 'scatteredNormal' }

/** The first of the numbers below `of` in random order. */
export interface Permutation {
  readonly kind: 'permutation'
  readonly of: number
}

/** What the runtime must draw for an input before every run, and its place in the forward pass, in whose order torch draws. */
export type RandomFeed = (Distribution | Permutation) & { readonly order: number }

/**
 * One walk of a network (or several) through a graph that is being built: how weights are read, and what the walk
 * found out on the way.
 */
export interface Pass {
  /** Whether batch statistics are used, and reported in `updates`, and dropout drops. */
  readonly training: boolean
  /** Set before the state names of weights, e.g. `ema.`, except for counters. */
  readonly prefix: string
  /** The states that were read, by state name. */
  readonly states: Map<string, Value>
  /** Next values of running statistics, by state name. */
  readonly updates: Map<string, Value>
  /** What each layer gave (last, if it ran several times), by its path: MONAI's `named_modules`. */
  readonly layers: Map<string, Output>
  /** Inputs to be drawn for every run (`fillRandomInputs`). */
  readonly randomInputs: Value[]
}

export function forwardPass(options: { training?: boolean; prefix?: string } = {}): Pass {
  return {
    training: options.training ?? false,
    prefix: options.prefix ?? '',
    states: new Map(),
    updates: new Map(),
    layers: new Map(),
    randomInputs: [],
  }
}

/** The state that holds a weight; one node per name and pass. */
export function readState(pass: Pass, name: string, shape: readonly number[], role: Role): Value {
  const key = role === 'counter' ? name : pass.prefix + name
  const known = pass.states.get(key)
  if (known) return known
  const value = state(key, { dtype: 'float32', shape })
  pass.states.set(key, value)
  return value
}

/** A new input that the runtime draws for every run. */
export function randomInput(pass: Pass, shape: readonly number[], distribution: Distribution): Value {
  const order = pass.randomInputs.length
  const name = `random.${order}`
  const random: RandomFeed = { ...distribution, order }
  const value = drawnInput(name, shape, random)
  pass.randomInputs.push(value)
  return value
}

let picked = 0

/** `count` different numbers below `of`, drawn for every run after all that networks want. */
export function randomPick(count: number, of: number): Value {
  const number = picked++ // names must differ within a program
  return drawnInput(`random.pick.${number}`, [count], { kind: 'permutation', of, order: 1e6 + number })
}

function drawnInput(name: string, shape: readonly number[], random: RandomFeed): Value {
  return makeNode('input', [], { name, random }, [{ dtype: 'float32', shape }]).outputs[0]
}

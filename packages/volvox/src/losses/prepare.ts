import { z } from 'zod'
import { OptionError, ShapeError, shown } from '../core/errors.ts'
import { Kind, bool, type Schema, type Values } from '../core/options.ts'
import { sameShape } from '../core/tensor.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'

const namedActivations = {
  abs: m.abs,
  elu: (x: Value) => m.elu(x),
  exp: m.exp,
  gelu: (x: Value) => m.gelu(x),
  relu: m.relu,
  sigmoid: m.sigmoid,
  softplus: m.softplus,
  sqrt: m.sqrt,
  square: m.square,
  tanh: m.tanh,
} as const

/** A function of graph values, or the name of one. */
export type OtherAct = ((x: Value) => Value) | keyof typeof namedActivations

const otherAct: Kind<OtherAct> = new Kind(
  `a function of a value, or one of ${Object.keys(namedActivations).join(', ')}`,
  () =>
    z.custom<OtherAct>(
      (given) => typeof given === 'function' || (typeof given === 'string' && Object.hasOwn(namedActivations, given)),
    ),
)

/** How class numbers become channels, and which channels count. */
export const channelOptions = {
  includeBackground: bool.opt('Whether channel 0 counts; without effect on a single channel.', true),
  toOnehotY: bool.opt(
    'Whether the target holds class numbers in one channel; without effect for a single predicted channel.',
    false,
  ),
} satisfies Schema

/** How predictions become probabilities. */
export const activationOptions = {
  sigmoid: bool.opt('Apply a sigmoid to the prediction.', false),
  softmax: bool.opt('Apply a softmax over the channels of the prediction; without effect on a single channel.', false),
  otherAct: otherAct.opt('Apply this function to the prediction.', null),
} satisfies Schema

/** The options that MONAI's overlap losses begin with. */
export const overlapOptions = { ...channelOptions, ...activationOptions } satisfies Schema

/** Throws when more than one activation is asked for. */
export function oneActivation(name: string, o: Values<typeof activationOptions>): void {
  const set = Object.entries({ sigmoid: o.sigmoid, softmax: o.softmax, otherAct: o.otherAct !== null }).flatMap(
    ([option, on]) => (on ? [option] : []),
  )
  if (set.length > 1)
    throw new OptionError(`${name}.${set[1]}`, `${set.join(' and ')} are given together; choose one activation`)
}

/** Activation, one-hot and background channel: gives prediction and target of one shape `[N, C, ...spatial]`. */
export function prepare(where: string, input: Value, target: Value, o: Values<typeof overlapOptions>): [Value, Value] {
  return channels(where, activated(input, o), target, o)
}

/** Class numbers to channels, and the background dropped, as `o` asks. */
export function channels(where: string, input: Value, target: Value, o: Values<typeof channelOptions>): [Value, Value] {
  const single = input.shape[1] === 1
  const classes = o.toOnehotY && !single ? oneHotTarget(where, target, input.shape[1]) : target
  const [p, y] = o.includeBackground || single ? [input, classes] : [foreground(input), foreground(classes)]
  if (!sameShape(p.shape, y.shape))
    throw new ShapeError(
      where,
      `target ${shown(target.shape)} does not match prediction ${shown(input.shape)}; give one channel per class, or class numbers in one channel and toOnehotY`,
    )
  return [p, m.cast(y, input.dtype)]
}

/** One channel of 0 and 1 per class. */
export function oneHotTarget(where: string, target: Value, classes: number): Value {
  if (target.shape[1] !== 1)
    throw new ShapeError(
      `${where}.toOnehotY`,
      `target ${shown(target.shape)} has ${target.shape[1]} channels; class numbers take one channel`,
    )
  return m.oneHot(target, classes)
}

/** Throws unless the target has as many axes as the prediction, and one channel or as many. */
export function checkTarget(where: string, input: Value, target: Value): void {
  if (input.shape.length !== target.shape.length)
    throw new ShapeError(
      where,
      `target ${shown(target.shape)} and prediction ${shown(input.shape)} differ in rank; class numbers take [N, 1, ...]`,
    )
  if (target.shape[1] !== 1 && target.shape[1] !== input.shape[1])
    throw new ShapeError(
      where,
      `target ${shown(target.shape)} has ${target.shape[1]} channels; give 1 or, as predicted, ${input.shape[1]}`,
    )
}

function activated(input: Value, o: Values<typeof activationOptions>): Value {
  if (o.sigmoid) return m.sigmoid(input)
  if (o.softmax) return input.shape[1] === 1 ? input : m.softmax(input, 1)
  if (o.otherAct === null) return input
  return (typeof o.otherAct === 'string' ? namedActivations[o.otherAct] : o.otherAct)(input)
}

function foreground(x: Value): Value {
  return m.narrow(x, 1, 1, x.shape[1] - 1)
}

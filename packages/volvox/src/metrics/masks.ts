import { OptionError, ShapeError, shown } from '../core/errors.ts'
import { sameShape, sizeOf, type FloatTensor, type Tensor } from '../core/tensor.ts'
import { floats } from '../core/tensor.ts'
import type { BatchFacts } from './metric.ts'

/** The voxels of one channel of one item. */
export interface Channel {
  readonly data: ArrayLike<number | bigint>
  readonly offset: number
  readonly length: number
}

export function channelOf({ shape, data }: Tensor, item: number, channel: number): Channel {
  const length = sizeOf(shape.slice(2))
  return { data, offset: (item * shape[1] + channel) * length, length }
}

/** A binary object: 1 inside. */
export interface Mask {
  readonly shape: readonly number[]
  readonly data: Uint8Array
}

/** Where a channel equals `label`. */
export function maskOf(tensor: Tensor, item: number, channel: number, label = 1): Mask {
  const { data, offset, length } = channelOf(tensor, item, channel)
  const out = new Uint8Array(length)
  for (let i = 0; i < length; i++) out[i] = Number(data[offset + i]) === label ? 1 : 0
  return { shape: tensor.shape.slice(2), data: out }
}

export function isEmpty({ data }: Mask): boolean {
  return !data.includes(1)
}

/** Scores `[batch, channel]` of one-hot batches of one shape, channel by channel; the first is left out unless `includeBackground`. */
export function scoreMasks(
  where: string,
  yPred: Tensor,
  y: Tensor,
  includeBackground: boolean,
  score: (prediction: Mask, truth: Mask, item: number, index: number) => number,
): FloatTensor {
  if (!sameShape(yPred.shape, y.shape))
    throw new ShapeError(
      where,
      `prediction [${yPred.shape.join(', ')}] and truth [${y.shape.join(', ')}] differ in shape; both must be one-hot`,
    )
  const [batch, channels] = y.shape
  const first = includeBackground || channels === 1 ? 0 : 1
  const scores: number[] = []
  for (let item = 0; item < batch; item++)
    for (let c = first; c < channels; c++)
      scores.push(score(maskOf(yPred, item, c), maskOf(y, item, c), item, c - first))
  return floats([batch, channels - first], scores)
}

/** Millimetres between voxels along each axis, for one item of a batch. */
export function spacingOf(
  where: string,
  { spacing }: BatchFacts,
  item: number,
  axes: number,
): readonly number[] | null {
  if (spacing === undefined) return null
  const own = typeof spacing === 'number' ? spacing : isNested(spacing) ? spacing[item] : spacing
  const list = typeof own === 'number' ? [own] : own
  const full = list?.length === 1 ? new Array<number>(axes).fill(list[0]) : list
  if (full?.length === axes && full.every((mm) => mm > 0)) return full
  throw new OptionError(
    `${where}.spacing`,
    `${shown(spacing)} does not fit; give one number above 0 or one for each of the ${axes} axes`,
  )
}

function isNested(
  spacing: readonly number[] | readonly (readonly number[])[],
): spacing is readonly (readonly number[])[] {
  return Array.isArray(spacing[0])
}

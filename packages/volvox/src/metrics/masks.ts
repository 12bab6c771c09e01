import { asFloats } from '../core/convert.ts'
import { DataError, OptionError, ShapeError, shown } from '../core/errors.ts'
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

/** Where a channel is 1; `side` is the prediction or the truth, for the error when there is NaN. */
export function maskOf(where: string, side: Side, tensor: Tensor, item: number, channel: number): Mask {
  const { data, offset, length } = channelOf(tensor, item, channel)
  const out = new Uint8Array(length)
  const valid = data instanceof Float32Array ? markFloats(data, offset, out) : markOnes(data, offset, out)
  if (!valid) throw nanIn(where, side, item, channel)
  return { shape: tensor.shape.slice(2), data: out }
}

/** Marks in `out` where elements from `offset` on are 1; false where any is NaN. */
function markOnes(data: ArrayLike<number | bigint>, offset: number, out: Uint8Array): boolean {
  let valid = true
  for (let i = 0; i < out.length; i++) {
    const x = data[offset + i]
    out[i] = x === 1 || x === 1n ? 1 : 0
    valid &&= x === x
  }
  return valid
}

/** The same by the bits of float32, which is four times as fast. */
function markFloats(data: Float32Array, offset: number, out: Uint8Array): boolean {
  const bits = new Int32Array(data.buffer, data.byteOffset + 4 * offset, out.length)
  let largest = 0
  for (let i = 0; i < out.length; i++) {
    out[i] = bits[i] === oneBits ? 1 : 0
    largest = Math.max(largest, bits[i] & 0x7fffffff)
  }
  return largest <= infinityBits
}

const oneBits = 0x3f800000
/** Beyond it, but for the sign, all is NaN. */
const infinityBits = 0x7f800000

/** Which of the two inputs of a metric. */
export type Side = 'prediction' | 'truth'

export function nanIn(where: string, side: Side, item: number, channel: number): DataError {
  return new DataError(where, `${side} holds NaN (item ${item}, channel ${channel}); give 0 and 1, or class numbers`)
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
    for (let c = first; c < channels; c++) {
      const prediction = maskOf(where, 'prediction', yPred, item, c)
      scores.push(score(prediction, maskOf(where, 'truth', y, item, c), item, c - first))
    }
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

/** Batch first values as float32, without the first of several channels unless it counts. */
export function channelsOf(where: string, given: Tensor, includeBackground: boolean): FloatTensor {
  const { shape } = given
  if (shape.length < 2)
    throw new ShapeError(where, `prediction ${shown(shape)} has no channels; give [batch, channel, ...spatial]`)
  const { data: numbers } = asFloats(given)
  const [batch, channels, ...spatial] = shape
  if (includeBackground || channels === 1) return floats(shape, numbers)
  const size = sizeOf(spatial)
  const kept = new Float32Array(batch * (channels - 1) * size)
  for (let item = 0; item < batch; item++)
    kept.set(numbers.subarray((item * channels + 1) * size, (item + 1) * channels * size), item * (channels - 1) * size)
  return floats([batch, channels - 1, ...spatial], kept)
}

import { ShapeError, shown } from '../core/errors.ts'
import { floats, sameShape, type FloatTensor, type Tensor } from '../core/tensor.ts'

/** Buffers that grow batch by batch, several side by side (MONAI Cumulative). */
export interface Cumulative {
  /** Adds the items of batches: one batch for each buffer. */
  extend(...batches: readonly Tensor[]): void
  /** Adds one item to each buffer. */
  append(...items: readonly Tensor[]): void
  /** What was added to each buffer, `[items, ...]`; null before the first. */
  getBuffer(): readonly FloatTensor[] | null
  /** Items so far. */
  readonly length: number
  reset(): void
}

/** Makes empty buffers; `where` is named in errors. */
export function Cumulative(where = 'Cumulative'): Cumulative {
  let buffers: FloatTensor[][] | null = null
  const extend = (...batches: readonly Tensor[]): void => {
    buffers ??= batches.map(() => [])
    if (batches.length !== buffers.length)
      throw new ShapeError(where, `got ${batches.length} batches where ${buffers.length} are kept; give one for each`)
    batches.forEach(({ shape, data }, i) => {
      const [first] = buffers?.[i] ?? []
      if (shape.length === 0 || (first && !sameShape(first.shape.slice(1), shape.slice(1))))
        throw new ShapeError(
          where,
          `a batch has shape ${shown(shape)}${first ? `, those before ${shown(first.shape)}` : ''}; items must be alike`,
        )
      buffers?.[i].push(floats(shape, Float32Array.from(data as ArrayLike<number | bigint>, Number)))
    })
  }
  return {
    extend,
    append: (...items) => extend(...items.map((item) => ({ ...item, shape: [1, ...item.shape] }))),
    getBuffer: () => buffers && buffers.map(joinedBatches),
    get length() {
      return Math.max(0, ...(buffers ?? []).map((parts) => parts.reduce((n, { shape }) => n + shape[0], 0)))
    },
    reset: () => void (buffers = null),
  }
}

/** Batches one after the other along their first axis. */
export function joinedBatches(parts: readonly FloatTensor[]): FloatTensor {
  const [first] = parts
  if (parts.length === 1) return first
  const items = parts.reduce((n, { shape }) => n + shape[0], 0)
  const data = new Float32Array(parts.reduce((n, part) => n + part.data.length, 0))
  let at = 0
  for (const part of parts) {
    data.set(part.data, at)
    at += part.data.length
  }
  return floats([items, ...first.shape.slice(1)], data)
}

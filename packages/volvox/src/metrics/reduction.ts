import { floats, sizeOf, type FloatTensor, type Tensor } from '../core/tensor.ts'

/** How scores `[batch, channel]` become fewer (MONAI MetricReduction); scores that are NaN do not count. */
export type Reduction = (typeof reductions)[number]

export const reductions = ['none', 'mean', 'sum', 'mean_batch', 'sum_batch', 'mean_channel', 'sum_channel'] as const

/** A reduced score, and how many scores that were not NaN went into each element of it. */
export interface Aggregate {
  readonly value: FloatTensor
  readonly notNans: FloatTensor
  /** The scores by the names of their classes, rounded to four digits, where the metric was asked for them. */
  readonly byClass?: Readonly<Record<string, number>>
}

interface Line {
  readonly sum: number
  readonly count: number
}

/**
 * Reduces scores `[batch, channel, ...]`. A mean over nothing is 0. `mean` first averages the channels of each item,
 * then the items that have a score.
 */
export function reduceScores(scores: Tensor, reduction: Reduction): Aggregate {
  const { shape } = scores
  const data = Float64Array.from(scores.data as ArrayLike<number>)
  if (reduction === 'none')
    return {
      value: floats(shape, data),
      notNans: floats(
        shape,
        data.map((x) => (Number.isNaN(x) ? 0 : 1)),
      ),
    }
  const perItem = () => lines(data, shape, 1)
  const perChannel = () => lines(data, shape, 0)
  switch (reduction) {
    case 'mean': {
      const items = perItem()
      const rest = shape.slice(2)
      const valued = lines(
        Float64Array.from(items, (item) => (item.count > 0 ? item.sum / item.count : NaN)),
        [shape[0], ...rest],
        0,
      )
      return aggregate(valued, rest.length > 0 ? rest : [1], mean, rest)
    }
    case 'sum': {
      const all = lines(
        Float64Array.from(perItem(), ({ sum }) => sum),
        [shape[0], ...shape.slice(2)],
        0,
      )
      const counts = lines(
        Float64Array.from(perItem(), ({ count }) => count),
        [shape[0], ...shape.slice(2)],
        0,
      )
      return aggregate(
        all.map(({ sum }, i) => ({ sum, count: counts[i].sum })),
        shape.slice(2),
        total,
      )
    }
    case 'mean_batch':
      return aggregate(perChannel(), shape.slice(1), mean)
    case 'sum_batch':
      return aggregate(perChannel(), shape.slice(1), total)
    case 'mean_channel':
      return aggregate(perItem(), [shape[0], ...shape.slice(2)], mean)
    case 'sum_channel':
      return aggregate(perItem(), [shape[0], ...shape.slice(2)], total)
    default:
      return reduction satisfies never
  }
}

const mean = ({ sum, count }: Line): number => (count > 0 ? sum / count : 0)
const total = ({ sum }: Line): number => sum

function aggregate(
  all: readonly Line[],
  shape: readonly number[],
  value: (line: Line) => number,
  countShape = shape,
): Aggregate {
  return {
    value: floats(shape, all.map(value)),
    notNans: floats(
      countShape,
      all.map(({ count }) => count),
    ),
  }
}

/** Sum and number of the scores along `axis` (0 or 1) that are not NaN. */
function lines(data: Float64Array, shape: readonly number[], axis: number): Line[] {
  const inner = sizeOf(shape.slice(axis + 1))
  const length = shape[axis]
  return Array.from({ length: sizeOf(shape) / (length || 1) }, (_, line) => {
    const start = Math.floor(line / inner) * inner * length + (line % inner)
    let sum = 0
    let count = 0
    for (let i = 0; i < length; i++) {
      const x = data[start + i * inner]
      if (Number.isNaN(x)) continue
      sum += x
      count++
    }
    return { sum, count }
  })
}

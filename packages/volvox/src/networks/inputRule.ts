import { ShapeError } from '../core/errors.ts'
import type { TensorType } from '../graph/ir.ts'
import { perAxis } from './named.ts'

/** What the first input `[N, channels, ...spatial]` of a network must be; spatial sizes for all axes or one per axis. */
export interface InputRule {
  readonly channels: number
  readonly spatialDims: number
  /** What must divide the sizes, as they are or as `entered` gives them. */
  readonly divisor?: number | readonly number[]
  /** The size that is left of an axis after a first block that steps, where sizes need not divide by that step. */
  readonly entered?: (size: number, axis: number) => number
  /** The smallest sizes. */
  readonly least?: number | readonly number[]
  /** The only sizes. */
  readonly size?: number | readonly number[]
}

/** What sizes must divide by so that every one of these steps, one after the other, divides them. */
export function stepsOf(strides: readonly (number | readonly number[])[], spatialDims: number): number[] {
  return strides.reduce<number[]>(
    (product, stride) => perAxis(stride, spatialDims, 'strides').map((step, i) => step * product[i]),
    new Array<number>(spatialDims).fill(1),
  )
}

/** Refuses an input that does not keep to the rule, in one sentence that names the axis. */
export function checkInput(name: string, { shape }: TensorType, rule: InputRule): void {
  const { channels, spatialDims } = rule
  const wrong = (problem: string): never => {
    throw new ShapeError(name, problem)
  }
  if (shape.length !== spatialDims + 2)
    wrong(
      `the input [${shape.join(', ')}] has ${shape.length} axes; give [N, ${channels}, ...] with ${spatialDims} spatial axes`,
    )
  if (shape[1] !== channels) wrong(`axis 1 of the input has ${shape[1]} channels; this network takes ${channels}`)
  const divisors = perAxis(rule.divisor ?? 1, spatialDims, 'divisor')
  const least = perAxis(rule.least ?? 1, spatialDims, 'least')
  const sizes = rule.size === undefined ? undefined : perAxis(rule.size, spatialDims, 'size')
  shape.slice(2).forEach((n, i) => {
    const axis = `axis ${i + 2} of the input has ${n} voxels`
    if (sizes && n !== sizes[i]) wrong(`${axis}; this network takes ${sizes[i]}`)
    if (n < least[i]) wrong(`${axis}; this network needs ${least[i]} or more`)
    const entered = (size: number) => rule.entered?.(size, i) ?? size
    const fits = (size: number) => entered(size) > 0 && entered(size) % divisors[i] === 0
    const inside = rule.entered ? `, ${entered(n)} after the first block` : ''
    if (!fits(n)) wrong(`${axis}${inside}, not a multiple of ${divisors[i]}; ${remedy(n, fits)}`)
  })
}

/** The nearest sizes that fit. */
function remedy(n: number, fits: (size: number) => boolean): string {
  let [below, above] = [n - 1, n + 1]
  while (below > 0 && !fits(below)) below--
  while (!fits(above)) above++
  return below > 0 ? `crop or pad it to ${below} or ${above}` : `pad it to ${above}`
}

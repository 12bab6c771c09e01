import { ShapeError, shown } from '../core/errors.ts'
import { bool, type Schema } from '../core/options.ts'
import { floats } from '../core/tensor.ts'
import { constant, type Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { spatialAxes } from './check.ts'
import { regularizer } from './loss.ts'
import { reducedParts, reduction } from './reduce.ts'

const fieldOptions = {
  normalize: bool.opt('Measure displacements and distances by the length of their axis instead of voxels.', false),
  reduction,
} satisfies Schema

/** Sum of the squared first derivatives of a displacement field `[N, axes, ...spatial]` (MONAI DiffusionLoss). */
export const DiffusionLoss = regularizer({
  name: 'DiffusionLoss',
  options: fieldOptions,
  forward(field, { normalize, reduction }) {
    const axes = fieldAxes('DiffusionLoss', field, 3)
    const parts = axes.map((axis) => m.square(slope(field, field, axis, normalize)))
    return reducedParts(
      parts.reduce((total, part) => m.add(total, part)),
      reduction,
    )
  },
})

/** Sum of the squared second derivatives of a displacement field `[N, axes, ...spatial]` (MONAI BendingEnergyLoss). */
export const BendingEnergyLoss = regularizer({
  name: 'BendingEnergyLoss',
  options: fieldOptions,
  forward(field, { normalize, reduction }) {
    const axes = fieldAxes('BendingEnergyLoss', field, 5)
    const parts = axes.flatMap((first) => {
      const g = slope(field, field, first, normalize)
      return axes
        .filter((second) => second >= first)
        .map((second) => {
          const change = derivative(g, second)
          const energy = m.square(normalize ? m.mul(change, field.shape[second]) : change)
          return second === first ? energy : m.mul(2, energy) // mixed derivatives count in both orders
        })
    })
    return reducedParts(
      parts.reduce((total, part) => m.add(total, part)),
      reduction,
    )
  },
})

/** The first derivative along an axis; normalised, of displacements and places as shares of their axes. */
function slope(x: Value, field: Value, axis: number, normalize: boolean): Value {
  if (!normalize) return derivative(x, axis)
  const lengths = field.shape.slice(2)
  const scales = lengths.map((length) => field.shape[axis] / length)
  const perComponent = m.cast(constant(floats([1, lengths.length, ...lengths.map(() => 1)], scales)), field.dtype)
  return m.mul(derivative(x, axis), perComponent)
}

/** Central differences along `axis`, away from the border of every axis: (x[i + 1] - x[i - 1]) / 2. */
function derivative(x: Value, axis: number): Value {
  const sizes = x.shape.map((n, i) => (i < 2 ? n : n - 2))
  const at = (offset: number) =>
    m.slice(
      x,
      x.shape.map((_, i) => (i < 2 ? 0 : i === axis ? 1 + offset : 1)),
      sizes,
    )
  return m.div(m.sub(at(1), at(-1)), 2)
}

function fieldAxes(where: string, field: Value, least: number): number[] {
  const rank = spatialAxes(where, field, [1, 2, 3])
  if (field.shape[1] !== rank)
    throw new ShapeError(
      where,
      `field ${shown(field.shape)} has ${field.shape[1]} components for ${rank} spatial axes; give one for each`,
    )
  if (field.shape.slice(2).some((n) => n < least))
    throw new ShapeError(
      where,
      `field ${shown(field.shape)} is too small for derivatives; give at least ${least} voxels an axis`,
    )
  return field.shape.map((_, axis) => axis).slice(2)
}

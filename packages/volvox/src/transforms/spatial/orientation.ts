import { z } from 'zod'
import { resized } from '../../core/affine.ts'
import { OptionError, ShapeError } from '../../core/errors.ts'
import { Kind, bool } from '../../core/options.ts'
import {
  orientationFrom,
  orientationOf,
  orientationTransform,
  rasLabels,
  type AxisDirection,
  type AxisLabels,
} from '../../core/orientation.ts'
import type { Grid } from '../../core/plan.ts'
import { spatial } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { reorientation } from '../plan.ts'

const axcodesKind = new Kind<string | readonly string[]>('letters such as "RAS", one per axis', () =>
  z.union([z.string(), z.array(z.string()).readonly()]),
)
const labelsKind = new Kind<AxisLabels>('pairs of letters, one pair per world axis', () =>
  z.array(z.tuple([z.string(), z.string()]).readonly()).readonly(),
)

/** Reorders and reverses axes so that they run in the asked directions. */
export const Orientation = spatial({
  name: 'Orientation',
  handsOver: true,
  options: {
    axcodes: axcodesKind.opt('The direction in which each axis shall run, e.g. "RAS".', null),
    asClosestCanonical: bool.opt('Take the nearest to RAS and ignore `axcodes`.', false),
    labels: labelsKind.opt('Letters of the two ends of each world axis.', rasLabels),
  },
  plan: (grid, { axcodes, asClosestCanonical, labels }) =>
    reorientation(grid.shape, asClosestCanonical ? closestCanonical(grid) : moveTo(grid, axcodes, labels)),
})

function closestCanonical({ shape, affine }: Grid): readonly AxisDirection[] {
  return orientationOf(resized(affine, shape.length), shape.length).map((direction, axis) => {
    if (direction) return direction
    throw new ShapeError(
      'Orientation',
      `axis ${axis} has no direction of its own in the world; check the image's affine`,
    )
  })
}

function moveTo(
  { shape, affine }: Grid,
  axcodes: string | readonly string[] | null,
  labels: AxisLabels,
): readonly AxisDirection[] {
  const rank = shape.length
  if (axcodes === null)
    throw new OptionError('Orientation.axcodes', 'is missing; give letters such as "RAS", or set asClosestCanonical')
  const wanted = orientationFrom([...axcodes].slice(0, rank), labels, 'Orientation.axcodes')
  return orientationTransform(orientationOf(resized(affine, rank), rank), wanted, 'Orientation')
}

export const Orientationd = dictionary(Orientation)

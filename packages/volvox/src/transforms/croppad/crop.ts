import { z } from 'zod'
import { OptionError, ShapeError } from '../../core/errors.ts'
import { Kind, intOrInts, numberOrNumbers } from '../../core/options.ts'
import type { AffinePlan } from '../../core/plan.ts'
import { spatial } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { box } from '../plan.ts'
import { forAxes, sizesOr } from '../spatial/options.ts'

/** From the first voxel to before the last, per axis. */
interface Range {
  readonly start: readonly number[]
  readonly end: readonly number[]
}

type Slice = readonly (number | null)[]

/** A range of voxels per axis. */
export const slicesKind: Kind<readonly Slice[]> = new Kind<readonly Slice[]>(
  'a list of [start, stop] pairs as in Python, null where a side is open',
  () => z.array(z.array(z.int().nullable()).min(2).max(3).readonly()).readonly(),
)

/** The part of the range that the image has; axes that the range does not name stay whole. */
export function cropTo(where: string, shape: readonly number[], { start, end }: Range): AffinePlan {
  const first = shape.map((n, axis) => Math.min(Math.max(start[axis] ?? 0, 0), n))
  const size = shape.map((n, axis) => Math.min(Math.max(end[axis] ?? n, first[axis]), n) - first[axis])
  if (size.some((n) => n === 0))
    throw new ShapeError(
      where,
      `the box from [${start.join(', ')}] to [${end.join(', ')}] holds no voxel of [${shape.join(', ')}]; choose one inside the image`,
    )
  return box(first, size)
}

/** The range of a size about a centre voxel, moved up where it would start before the image. */
export function aroundCentre(centre: readonly number[], size: readonly number[]): Range {
  const start = centre.map((c, axis) => Math.max(c - Math.floor(size[axis] / 2), 0))
  return { start, end: start.map((s, axis) => s + Math.max(size[axis], 0)) }
}

const listed = (value: number | readonly number[]) => (typeof value === 'number' ? [value] : value)

/** Cuts out a box, given by centre and size, by start and end, or by slices. */
export const SpatialCrop = spatial({
  name: 'SpatialCrop',
  handsOver: true,
  options: {
    roiCenter: intOrInts.opt('Centre voxel; goes with `roiSize`.', null),
    roiSize: intOrInts.opt('Size of the box.', null),
    roiStart: intOrInts.opt('First voxel; goes with `roiEnd`.', null),
    roiEnd: intOrInts.opt('One past the last voxel.', null),
    roiSlices: slicesKind.opt('Slices as in Python.', null),
  },
  plan({ shape }, { roiCenter, roiSize, roiStart, roiEnd, roiSlices }) {
    if (roiSlices) return cropTo('SpatialCrop', shape, sliced('SpatialCrop.roiSlices', shape, roiSlices))
    if (roiCenter !== null && roiSize !== null)
      return cropTo('SpatialCrop', shape, aroundCentre(listed(roiCenter), listed(roiSize)))
    if (roiStart !== null && roiEnd !== null)
      return cropTo('SpatialCrop', shape, { start: listed(roiStart), end: listed(roiEnd) })
    throw new OptionError('SpatialCrop', 'has no box; give roiCenter and roiSize, roiStart and roiEnd, or roiSlices')
  },
})

/** Indices below 0 count from the end, as in Python. */
export function sliced(where: string, shape: readonly number[], slices: readonly Slice[]): Range {
  const side = (value: number | null, axis: number, open: number) =>
    value === null ? open : value < 0 ? Math.max(value + shape[axis], 0) : value
  if (slices.length > shape.length || slices.some(([, , step]) => step !== undefined && step !== null && step !== 1))
    throw new OptionError(
      where,
      `${slices.length} slices for ${shape.length} axes; give one per axis, with a step of 1`,
    )
  return {
    start: slices.map(([start], axis) => side(start, axis, 0)),
    end: slices.map(([, end], axis) => side(end, axis, shape[axis])),
  }
}

/** Cuts out the middle. */
export const CenterSpatialCrop = spatial({
  name: 'CenterSpatialCrop',
  handsOver: true,
  options: { roiSize: intOrInts.req('Size of the box; values below 1 leave an axis alone.') },
  plan: ({ shape }, { roiSize }) =>
    cropTo('CenterSpatialCrop', shape, middle(shape, sizesOr('CenterSpatialCrop.roiSize', roiSize, shape))),
})

/** The range of a size about the middle voxel. */
export function middle(shape: readonly number[], size: readonly number[]): Range {
  return aroundCentre(shape.map((n) => Math.floor(n / 2)), size) // prettier-ignore
}

/** Cuts out the middle, in proportion to the image. */
export const CenterScaleCrop = spatial({
  name: 'CenterScaleCrop',
  handsOver: true,
  options: { roiScale: numberOrNumbers.req('Part of each axis to keep, 0 to 1.') },
  plan: ({ shape }, { roiScale }) =>
    cropTo('CenterScaleCrop', shape, middle(shape, scaledSize('CenterScaleCrop.roiScale', shape, roiScale))),
})

/** Sizes in proportion to those of the image, rounded up; parts of 0 or less leave an axis whole. */
export function scaledSize(where: string, shape: readonly number[], scale: number | readonly number[]): number[] {
  return forAxes(where, scale, shape.length).map((part, axis) =>
    part > 0 ? Math.ceil(part * shape[axis]) : shape[axis],
  )
}

export const SpatialCropd = dictionary(SpatialCrop)
export const CenterSpatialCropd = dictionary(CenterSpatialCrop)
export const CenterScaleCropd = dictionary(CenterScaleCrop)

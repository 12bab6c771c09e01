import { OptionError, ShapeError, shown } from '../../core/errors.ts'
import { spacingMm } from '../../core/affine.ts'
import { bool, numberOrNumbers, oneOf } from '../../core/options.ts'
import type { Grid, ScaleMode, ScalePlan, Span } from '../../core/plan.ts'
import { spatial } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { spanMatrix } from '../plan.ts'
import { random } from '../random.ts'
import { chance, pairKind } from '../shared.ts'
import { forAxes } from './options.ts'

const filter = oneOf('nearest', 'linear', 'triangular', 'cubic', 'lanczos3', 'gaussian')
type Filter = ReturnType<(typeof filter)['parse']>

const shared = {
  mode: filter.opt('How values between voxels are found; "triangular" is "linear".', 'linear', { perKey: true }),
  minFilter: filter.opt('The same for axes that shrink; `mode` when null.', null, { perKey: true }),
  magFilter: filter.opt('The same for axes that do not shrink; `mode` when null.', null, { perKey: true }),
  antialias: bool.opt('Along axes that shrink, take the mean of all voxels that an output voxel covers.', true),
  subpixelScale: bool.opt(
    'Where a size is no whole number, keep the factor and cover a little more or less of the image; else adjust the factor.',
    true,
  ),
  labels: bool.opt(
    'Values are classes: the share of each is scaled, and a voxel belongs to the one with the largest.',
    false,
    { perKey: true },
  ),
}

/** Scales the image, or a region of it, by factors or to sizes, each axis by itself, and smooths those that shrink (DALI `Resize`). */
export const ResizePerAxis = spatial({
  name: 'ResizePerAxis',
  options: {
    size: numberOrNumbers.opt('Voxels per axis, or one for all; 0: by `resizeMode`; below 0: reversed.', null),
    scale: numberOrNumbers.opt('Factor per axis, or one for all, instead of sizes; below 0: reversed.', null),
    spacing: numberOrNumbers.opt(
      'Voxel size in mm per axis, or one for all, instead of sizes; 0: by `resizeMode`.',
      null,
    ),
    resizeMode: oneOf('default', 'stretch', 'not_larger', 'not_smaller').opt(
      'Factors of axes without size: the geometric mean of the others, or 1 ("stretch"). "not_larger", "not_smaller": one factor for all, the smallest or the largest.',
      'default',
    ),
    maxSize: numberOrNumbers.opt('The largest size per axis.', null),
    roiStart: numberOrNumbers.opt('Where the region begins, in voxels from the outer face of the first.', null),
    roiEnd: numberOrNumbers.opt('Where it ends; before its start: reversed. Both or none are given.', null),
    roiRelative: bool.opt('The region is given in shares of the sizes of the image.', false),
    ...shared,
  },
  plan(
    grid,
    { resizeMode, maxSize, mode, minFilter, magFilter, antialias, subpixelScale, labels, ...where },
  ): ScalePlan {
    const { shape } = grid
    if (shape.includes(0))
      throw new ShapeError(
        'ResizePerAxis',
        `was given an image of [${shape.join(', ')}] voxels; there is nothing to scale`,
      )
    const region = regionOf(shape, where)
    const extents = region.map(([start, end]) => Math.abs(end - start))
    const given = givenFactors(grid, extents, where)
    const limits =
      maxSize === null ? shape.map(() => Infinity) : forAxes('ResizePerAxis.maxSize', maxSize, shape.length)
    const factors = factorsFor(given, resizeMode, extents, limits)
    const wanted = factors.map((f, axis) => f * extents[axis])
    const sizes = wanted.map((n) => Math.max(1, Math.round(n)))
    const spans = region.map((span, axis) => {
      const covered = subpixelScale ? widened(span, sizes[axis] / wanted[axis]) : span
      return given[axis] < 0 ? ([covered[1], covered[0]] as const) : covered
    })
    const filters = sizes.map((n, axis) => {
      const shrinks = n < extents[axis]
      return modeOf((shrinks ? minFilter : magFilter) ?? mode, shrinks && antialias)
    })
    const whole = spans.every(([start, end], axis) => start === 0 && end === shape[axis])
    return {
      kind: 'scale',
      shape: sizes,
      matrix: spanMatrix(spans, sizes),
      mode: filters,
      alignCorners: false,
      antiAliasingSigma: null,
      ...(!whole && { region: spans }),
      ...(labels && { labels }),
    }
  },
})

type Given = number | readonly number[] | null

/** The least that a region is wide, in voxels, as in DALI. */
const leastExtent = 1e-3

function regionOf(
  shape: readonly number[],
  { roiStart, roiEnd, roiRelative }: { roiStart: Given; roiEnd: Given; roiRelative: boolean },
): Span[] {
  if (roiStart === null || roiEnd === null) {
    if (roiStart === roiEnd) return shape.map((n) => [0, n])
    throw new OptionError('ResizePerAxis.roiStart', 'and roiEnd belong together; give both or none of them')
  }
  const [from, to] = [
    forAxes('ResizePerAxis.roiStart', roiStart, shape.length),
    forAxes('ResizePerAxis.roiEnd', roiEnd, shape.length),
  ]
  return shape.map((n, axis) => {
    const [start, end] = [from[axis], to[axis]].map((x) => (roiRelative ? x * n : x))
    if (Math.abs(end - start) >= leastExtent) return [start, end]
    const [middle, half] = [(start + end) / 2, end < start ? -leastExtent / 2 : leastExtent / 2]
    return [middle - half, middle + half]
  })
}

/** The same region about its middle, `factor` times as wide. */
function widened([start, end]: Span, factor: number): Span {
  if (factor === 1) return [start, end]
  const [middle, half] = [(start + end) / 2, ((end - start) / 2) * factor]
  return [middle - half, middle + half]
}

function givenFactors(
  { shape, affine }: Grid,
  extents: readonly number[],
  { size, scale, spacing }: { size: Given; scale: Given; spacing: Given },
): number[] {
  const ways = Object.entries({ size, scale, spacing }).filter(([, given]) => given !== null)
  if (ways.length === 0) throw new OptionError('ResizePerAxis.size', 'is missing; give it, or scale, or spacing')
  if (ways.length > 1) {
    const [first, ...others] = ways.map(([name]) => name)
    throw new OptionError(`ResizePerAxis.${first}`, `and ${others.join(' and ')} exclude each other; give one of them`)
  }
  const [[way, given]] = ways
  const values = forAxes(`ResizePerAxis.${way}`, given ?? 0, shape.length)
  if (way === 'scale') return values
  if (way === 'size') return values.map((n, axis) => n / extents[axis])
  const current = spacingMm(affine, shape.length)
  return values.map((mm, axis) => (mm === 0 ? 0 : current[axis] / mm))
}

function modeOf(name: Filter, wide: boolean): ScaleMode {
  if (name === 'nearest') return 'nearest-exact'
  const window = name === 'linear' || name === 'triangular' ? 'triangle' : name
  return wide ? `wide-${window}` : window
}

/** Positive factors of all axes, from those of some (0: not given). */
function factorsFor(
  given: readonly number[],
  resizeMode: string,
  extents: readonly number[],
  limits: readonly number[],
): number[] {
  const known = given.map(Math.abs).filter((f) => f > 0)
  if (known.length === 0)
    throw new OptionError('ResizePerAxis.size', `${shown(given)} gives no axis a size; give one of them more than 0`)
  const most = extents.map((n, axis) => limits[axis] / n)
  if (resizeMode === 'not_larger' || resizeMode === 'not_smaller') {
    const chosen = resizeMode === 'not_larger' ? Math.min(...known) : Math.max(...known)
    return extents.map(() => Math.min(chosen, ...most))
  }
  const rest = resizeMode === 'stretch' ? 1 : known.reduce((a, b) => a * b, 1) ** (1 / known.length)
  return given.map((f, axis) => Math.min(Math.abs(f) || rest, most[axis]))
}

/** Scales each axis by a drawn factor, or not. */
export const RandResizePerAxis = random(ResizePerAxis, {
  options: {
    prob: chance(),
    scaleRange: pairKind.opt('Range of the factors.', [0.8, 1.25]),
    ...shared,
    lazy: ResizePerAxis.schema.lazy,
  },
  draw: (source, { prob, scaleRange, ...rest }, { grid }) =>
    source.rand() < prob ? { ...rest, scale: Array.from(source.uniform(...scaleRange, grid.shape.length)) } : null,
})

export const ResizePerAxisd = dictionary(ResizePerAxis)
export const RandResizePerAxisd = dictionary(RandResizePerAxis)

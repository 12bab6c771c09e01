import { ShapeError, shown } from '../core/errors.ts'
import { bool, count, int, ints, parseOptions, type Given, type Schema, type Values } from '../core/options.ts'
import { floats, sameShape, type FloatTensor } from '../core/tensor.ts'
import { outputList, type Predictor } from './inferer.ts'
import { checkImage, cropSpatial, forEachRun, paddingTo, padSpatial } from './volume.ts'

const where = 'pointWindowInference'

const schema = {
  roiSize: ints
    .where((size) => size.length === 3 && size.every((n) => n > 0), 'three whole numbers of 1 or more')
    .req('Window size.'),
  pointStart: int
    .where((n) => n >= 0, 'a whole number of 0 or more')
    .opt('The first point around which windows are computed.', 0),
  centerOnly: bool.opt('Whether there is one window around each point, rather than three along each axis.', true),
  margin: count.opt('Voxels from a point to the border of the outer windows.', 5),
} satisfies Schema

/** What points are asked about. */
export interface PointWindowOptions extends Given<typeof schema> {
  /** Points of one object, `[1, N, 3]` in voxels of the image. */
  readonly pointCoords: FloatTensor
  /** Logits `[1, 1, ...spatial]` that stay where no window lies. */
  readonly prevMask?: FloatTensor | null
}

/**
 * Runs a predictor, such as that of `vista3dPredictor`, on windows around points of one object (MONAI
 * point_based_window_inferer): `[1, C, D, H, W]` to logits `[1, 1, D, H, W]`. Where windows overlap their logits are summed, as
 * in MONAI; where none lies are those of `prevMask`, or NaN.
 */
export async function pointWindowInference(
  inputs: FloatTensor,
  predictor: Predictor,
  { pointCoords, prevMask = null, ...given }: PointWindowOptions,
): Promise<FloatTensor> {
  const options = parseOptions(where, schema, given)
  checkPointsAndImage(inputs, pointCoords)
  const size = inputs.shape.slice(2)
  const { before, after } = paddingTo(options.roiSize, size)
  const image = padSpatial(inputs, before, after, 'constant', 0)
  const whole = image.shape.slice(2)
  const sums = floats([1, 1, ...whole])
  const covered = floats([1, 1, ...whole])
  for (const [start, stop] of windowsAround(pointCoords, before, whole, options)) {
    const extent = stop.map((end, axis) => end - start[axis])
    const [logits] = outputList(await predictor(cropSpatial(image, start, extent), [{ item: 0, start, stop }], before))
    if (!sameShape(logits.shape, [1, 1, ...extent]))
      throw new ShapeError(
        where,
        `the predictor gave ${shown(logits.shape)} for a window ${shown(extent)}; give [1, 1, ...window]`,
      )
    forEachRun(extent, whole, start, (from, to, run) => {
      for (let i = 0; i < run; i++) sums.data[to + i] += logits.data[from + i]
      covered.data.fill(1, to, to + run)
    })
  }
  const [found, known] = [sums, covered].map((map) => cropSpatial(map, before, size))
  return { ...found, data: found.data.map((x, i) => (known.data[i] ? x : (prevMask?.data[i] ?? NaN))) }
}

/** First and last corners of the windows around points; those that would reach beyond the image are moved into it. */
function windowsAround(
  { shape, data }: FloatTensor,
  padding: readonly number[],
  whole: readonly number[],
  { roiSize, pointStart, centerOnly, margin }: Values<typeof schema>,
): (readonly [start: readonly number[], stop: readonly number[]])[] {
  const points = Array.from({ length: shape[1] }, (_, n) => padding.map((pad, axis) => data[3 * n + axis] + pad))
  return points.slice(pointStart).flatMap((point) => {
    const [xs, ys, zs] = point.map((p, axis) => {
      const [roi, size] = [roiSize[axis], whole[axis]]
      const within = (start: number): Span => {
        const inside = Math.trunc(Math.min(Math.max(start, 0), size - roi))
        return [inside, inside + roi]
      }
      const middle = centred(p, roi, size)
      return centerOnly ? [middle] : [within(p - roi + margin), within(p - margin), middle]
    })
    return xs.flatMap(
      (x) =>
      ys.flatMap((y) => zs.map((z) => [[x[0], y[0], z[0]], [x[1], y[1], z[1]]] as const)), // prettier-ignore
    )
  })
}

type Span = readonly [start: number, stop: number]

/** A window along one axis with a point in its middle; of an odd size, as in MONAI, only at the border. */
function centred(point: number, roi: number, size: number): Span {
  const half = Math.floor(roi / 2)
  if (point - half < 0) return [0, roi]
  if (point + half > size) return [size - roi, size]
  return [Math.trunc(point) - half, Math.trunc(point) + half]
}

function checkPointsAndImage(inputs: FloatTensor, points: FloatTensor): void {
  checkImage(where, inputs)
  if (inputs.shape.length !== 5 || inputs.shape[0] !== 1)
    throw new ShapeError(
      where,
      `was given ${shown(inputs.shape)}; it takes one image with 3 spatial axes, [1, C, D, H, W]`,
    )
  if (points.shape.length !== 3 || points.shape[0] !== 1 || points.shape[2] !== 3)
    throw new ShapeError(where, `was given points ${shown(points.shape)}; it takes those of one object, [1, N, 3]`)
}

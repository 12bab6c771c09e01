import { toFloats } from '../../core/convert.ts'
import { DataError } from '../../core/errors.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import { placeOf, sizeOf, stridesOf } from '../../core/tensor.ts'
import { gaussianFilter, labelComponents, statistics, stepsTo } from '../../kernels/index.ts'
import type { RandomSource } from '../random.ts'
import { voxelsPerChannel, maskWhere } from '../shared.ts'
import { elementsAt } from '../utility/axes.ts'

/** A mask of one channel, and the shape that its places are told in. */
export interface Region {
  readonly inside: Uint8Array
  readonly shape: readonly number[]
}

/** Voxels of an image above a half. */
export function regionOf(img: Image): Region {
  return regionWhere(img, (x) => x > 0.5)
}

/** Voxels of an image that satisfy a test. */
export function regionWhere(img: Image, test: (x: number) => boolean): Region {
  return { inside: maskWhere(toFloats(img.dtype, img.data), test), shape: img.shape }
}

/** Where one region is and another is not, and the other way round, as masks like an image. */
export function discrepancies(img: Image, a: Region, b: Region): readonly [Image, Image] {
  const only = (one: Region, other: Region) =>
    withVoxels(img, {
      dtype: 'float32',
      data: new Float32Array(maskWhere(one.inside, (x, i) => x > other.inside[i])),
    })
  return [only(a, b), only(b, a)]
}

/** How many voxels a region has. */
export function extent({ inside }: Region): number {
  return inside.reduce((sum, x) => sum + x, 0)
}

/** The place of a voxel of the region, drawn with weights exp(distance to the outside) - 1, and that distance; null when it is empty. */
export function drawnPlace(
  source: RandomSource,
  { inside, shape }: Region,
): { distance: number; place: number[] } | null {
  const outside = maskWhere(inside, (x) => x === 0)
  // SciPy's distance is -1 where there is no outside.
  const distances = stepsTo(outside, shape, 'chessboard').map((d) => (d === Infinity ? -1 : d))
  const candidates: number[] = []
  inside.forEach((x, i) => x > 0 && candidates.push(i))
  if (candidates.length === 0) return null
  const weights = candidates.map((i) => Math.exp(distances[i]) - 1)
  const total = weights.reduce((a, b) => a + b, 0)
  const [voxel] = source.choice(candidates, 1, { p: weights.map((weight) => weight / total) })
  return { distance: distances[voxel], place: placeOf(voxel, shape) }
}

/** A click in a region of [1, ...spatial]: the distance to its outside in place of the channel, then the place. */
export function drawnClick(source: RandomSource, region: Region): number[] | null {
  const drawn = drawnPlace(source, region)
  return drawn && [drawn.distance, ...drawn.place.slice(1)]
}

/** What stands for no click. */
export function noClick(axes: number): number[] {
  return new Array<number>(axes + 1).fill(-1)
}

/** Which slice of a volume is looked at, along which axis of its shape [1, ...spatial]. */
export interface Slice {
  readonly axis: number
  readonly at: number
}

/**
 * First clicks in a label of [1, ...spatial]: one in each of the first `regions` parts of a plane, or one in a volume; null
 * when the label is empty.
 */
export function firstClicks(
  source: RandomSource,
  label: Region,
  slice: Slice | null,
  regions: number,
): number[][] | null {
  const axes = label.shape.length - 1
  const seen = slice ? sliced(label, slice) : label
  if (extent(seen) === 0) return null
  if (seen.shape.length > 3) return [drawnClick(source, seen) ?? noClick(axes)]
  const parts = labelComponents(seen.inside, seen.shape.slice(1)).labels
  return Array.from({ length: regions }, (_, i) => {
    const click = drawnClick(source, { ...seen, inside: maskWhere(parts, (part) => part === i + 1) })
    if (!click) return noClick(axes)
    return slice ? click.toSpliced(slice.axis, 0, slice.at) : click
  })
}

/** One slice, of [1, ...the other axes]; places below 0 count from the end, and beyond the others there is nothing. */
function sliced({ inside, shape }: Region, { axis, at }: Slice): Region {
  const place = at < 0 ? at + shape[axis] : at
  const isThere = place >= 0 && place < shape[axis]
  const plane = isThere ? elementsAt({ dtype: 'uint8', shape, data: inside }, axis, place) : new Uint8Array(0)
  return { shape: shape.toSpliced(axis, 1), inside: plane as Uint8Array } // as given
}

/** The image's first channels, and for each list of clicks a channel with a Gaussian at each of them, from 0 to 1. */
export function withClicks(
  where: string,
  img: Image,
  channels: number,
  groups: readonly (readonly (readonly number[])[])[],
  sigma: number,
): Image {
  const shape = img.shape.slice(1)
  const size = voxelsPerChannel(img)
  const kept = Math.min(channels, img.shape[0])
  const type = img.dtype === 'float64' ? Float64Array : Float32Array
  const data = new type((kept + groups.length) * size)
  const values = toFloats(img.dtype, img.data)
  for (let i = 0; i < kept * size; i++) data[i] = values[i]
  groups.forEach((clicks, i) => data.set(clickSignal(where, clicks, shape, sigma), (kept + i) * size))
  return withVoxels(img, {
    dtype: type === Float64Array ? 'float64' : 'float32',
    shape: [kept + groups.length, ...shape],
    data,
  })
}

/** Gaussians at clicks, stretched to 0 to 1; clicks with numbers below 0 stand for none, those outside move to the border. */
function clickSignal(
  where: string,
  clicks: readonly (readonly number[])[],
  shape: readonly number[],
  sigma: number,
): Float32Array {
  const strides = stridesOf(shape)
  const signal = new Float32Array(sizeOf(shape))
  for (const click of clicks) {
    if (click.length < shape.length)
      throw new DataError(
        where,
        `the click [${click.join(', ')}] has ${click.length} numbers in an image of ${shape.length} axes; give as many`,
      )
    if (click.some((x) => x < 0)) continue
    const place = click.slice(-shape.length).map((x, axis) => Math.min(Math.trunc(x), shape[axis] - 1))
    signal[place.reduce((sum, at, axis) => sum + at * strides[axis], 0)] = 1
  }
  if (!signal.includes(1)) return signal
  const smooth = gaussianFilter(signal, [1, ...shape], shape.map(() => sigma)) // prettier-ignore
  const { min, max } = statistics(smooth)
  const range = Math.fround(max - min)
  return smooth.map((x) => Math.fround(x - min) / range)
}

/** Points scaled along each axis, and cut to whole numbers as NumPy cuts them. */
export function scaledPoints(points: readonly (readonly number[])[], factors: readonly number[]): number[][] {
  return points.map((point) => point.map((x, axis) => Math.trunc(x * factors[axis])))
}

/** Guidance is kept as text, as MONAI keeps it, so that batches may hold any number of clicks. */
export function asText(clicks: readonly unknown[]): string {
  return JSON.stringify(clicks)
}

import { castArray, toFloats } from '../../../core/convert.ts'
import { DataError, ShapeError } from '../../../core/errors.ts'
import { image, withVoxels, type Image } from '../../../core/image.ts'
import { bool, count, instance, number } from '../../../core/options.ts'
import { sameShape } from '../../../core/tensor.ts'
import { statistics } from '../../../kernels/index.ts'
import { boundingBox } from '../../croppad/foreground.ts'
import { FillHoles } from '../../post/fillHoles.ts'
import { cast, dtypeKind, distinctValues, maskWhere } from '../../shared.ts'
import { calculation } from '../../calculation.ts'
import { rowOf } from '../entries.ts'
import { contoursOf, type Place } from './contours.ts'
import {
  discretePrediction,
  GenerateDistanceMap,
  GenerateInstanceBorder,
  GenerateWatershedMarkers,
  GenerateWatershedMask,
  predictionOptions,
} from './generate.ts'
import { succinctContour } from './succinct.ts'
import { Watershed } from './watershed.ts'

/** Corner pixels of an outline, as [column, row]. */
export type Outline = readonly (readonly number[])[]

/** What is known about a nucleus, by its number in the instance map. */
export type InstanceInfo = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** The corner pixels of contours in an image of a size; null when they do not begin at its border (MONAI `GenerateSuccinctContour`). */
export const GenerateSuccinctContour = calculation({
  name: 'GenerateSuccinctContour',
  options: { height: count.req('Rows of the image.'), width: count.req('Columns of the image.') },
  apply: ({ height, width }, contours: readonly (readonly Place[])[]): Outline | null =>
    succinctContour(contours, height, width),
})

/** A mask of one channel as a plane. */
function planeOf(name: string, mask: Image): Image {
  const shape = mask.shape.length === 3 && mask.shape[0] === 1 ? mask.shape.slice(1) : mask.shape
  if (shape.length !== 2)
    throw new ShapeError(name, `the mask has the shape [${mask.shape.join(', ')}]; it must be [1, height, width]`)
  return withVoxels(mask, { shape })
}

export const contourOptions = {
  minNumPoints: count.opt('Outlines of fewer pixels are left out.', 3),
  contourLevel: number.opt('Level of the outline; halfway between the extremes when null.', null),
}

/** The outline of a mask [1, height, width], moved by an offset [column, row]; null when it has too few corners (MONAI `GenerateInstanceContour`). */
export const GenerateInstanceContour = calculation({
  name: 'GenerateInstanceContour',
  options: contourOptions,
  apply({ minNumPoints, contourLevel }, mask: Image, offset: readonly number[] = [0, 0]): Outline | null {
    const { shape, dtype, data } = planeOf('GenerateInstanceContour', mask)
    const { min, max } = statistics(data, dtype)
    const lines = contoursOf(toFloats(dtype, data), shape, contourLevel ?? (min + max) / 2)
    const outline = succinctContour(lines, shape[0], shape[1])
    if (!outline || outline.length < minNumPoints) return null
    return outline.map(([column, row]) => [column + offset[0], row + offset[1]])
  },
})

/** The centre of a mask [1, ...spatial], to which an offset is added (MONAI `GenerateInstanceCentroid`). */
export const GenerateInstanceCentroid = calculation({
  name: 'GenerateInstanceCentroid',
  options: { dtype: dtypeKind.nullable().opt('Element type of the result; null keeps fractions.', 'int64') },
  apply(
    { dtype },
    { shape: [channels, ...shape], data, dtype: own }: Image,
    offset: number | readonly number[] = 0,
  ): number[] {
    const name = 'GenerateInstanceCentroid'
    if (channels !== 1) throw new ShapeError(name, `the mask has ${channels} channels; it must have one`)
    const values = toFloats(own, data)
    const sums = shape.map(() => 0)
    let total = 0
    values.forEach((value: number, i: number) => {
      total += value
      for (let axis = shape.length - 1, rest = i; axis >= 0; rest = Math.floor(rest / shape[axis--]))
        sums[axis] += value * (rest % shape[axis])
    })
    if (total === 0) throw new DataError(name, 'the mask is empty; it must have a pixel that is not 0')
    const moved = sums.map((sum, axis) => sum / total + (typeof offset === 'number' ? offset : offset[axis]))
    return dtype === null ? moved : Array.from(toFloats(dtype, castArray(Float64Array.from(moved), 'float64', dtype)))
  },
})

/** Rows from, to, columns from, to. */
type Bounds = readonly number[]

/**
 * The most frequent class in one instance, the background only where there is no other, and its share (MONAI
 * `GenerateInstanceType`).
 */
export const GenerateInstanceType = calculation({
  name: 'GenerateInstanceType',
  options: {},
  apply(_, classes: Image, instances: Image, bounds: unknown, id: number): readonly [number, number] {
    const [rowStart, rowEnd, columnStart, columnEnd]: Bounds = rowOf(bounds)
    const name = 'GenerateInstanceType'
    if (classes.shape.length !== 3 || !sameShape(classes.shape.slice(1), instances.shape.slice(1)))
      throw new ShapeError(
        name,
        `the classes have the shape [${classes.shape.join(', ')}], the instances [${instances.shape.join(', ')}]; both must be [1, height, width]`,
      )
    const [types, numbers] = [classes, instances].map((img) => toFloats(img.dtype, img.data))
    const counts = new Map<number, number>()
    let total = 0
    for (let row = rowStart; row < rowEnd; row++)
      for (let column = columnStart; column < columnEnd; column++) {
        const i = row * classes.shape[2] + column
        if (numbers[i] !== id) continue
        counts.set(types[i], (counts.get(types[i]) ?? 0) + 1)
        total++
      }
    if (total === 0)
      throw new DataError(name, `instance ${id} has no pixel in [${[rowStart, rowEnd, columnStart, columnEnd].join(', ')}]; check the bounding box`) // prettier-ignore
    const ranked = [...counts].sort(([a, m], [b, n]) => n - m || a - b)
    const [type, pixels] = ranked[0][0] === 0 && ranked.length > 1 ? ranked[1] : ranked[0]
    return [Math.trunc(type), pixels / (total + 1e-6)]
  },
})

const { minObjectSize, postprocessFn, radius, threshold: markerThreshold } = GenerateWatershedMarkers.schema
const deviceOption = instance<unknown>('a device', () => true).opt(
  "As in MONAI's configs; there is one device here.",
  null,
)

export const instanceMapOptions = {
  activation: predictionOptions.activation,
  maskThreshold: predictionOptions.threshold,
  minObjectSize,
  sobelKernelSize: GenerateInstanceBorder.schema.kernelSize,
  distanceSmoothFn: GenerateDistanceMap.schema.smoothFn,
  markerThreshold,
  markerRadius: radius,
  markerPostprocessFn: postprocessFn,
  watershedConnectivity: Watershed.schema.connectivity,
  ...contourOptions,
  device: deviceOption,
}

/** Nuclei from HoVerNet's predictions of nuclei and of distances: what is known about each, and a map of them (MONAI `HoVerNetInstanceMapPostProcessing`). */
export const HoVerNetInstanceMapPostProcessing = calculation({
  name: 'HoVerNetInstanceMapPostProcessing',
  options: instanceMapOptions,
  apply(options, nuclei: Image, hoverMap: Image): readonly [InstanceInfo, Image] {
    const { activation, minObjectSize, minNumPoints, contourLevel } = options
    const mask = GenerateWatershedMask({ activation, threshold: options.maskThreshold, minObjectSize })(nuclei)
    const border = GenerateInstanceBorder({ kernelSize: options.sobelKernelSize })(mask, hoverMap)
    const distances = GenerateDistanceMap({ smoothFn: options.distanceSmoothFn })(mask, border)
    const markers = GenerateWatershedMarkers({
      threshold: options.markerThreshold,
      radius: options.markerRadius,
      postprocessFn: options.markerPostprocessFn,
      minObjectSize,
    })(mask, border)
    const map = Watershed({ connectivity: options.watershedConnectivity })(distances, mask, markers)
    const labels = toFloats(map.dtype, map.data)
    const ids = distinctValues(labels).filter((id) => id !== 0)
    const found = ids.flatMap((id) => {
      const info = instanceInfo(labels, map.shape.slice(1), id, { minNumPoints, contourLevel })
      return info ? [[String(id), info] as const] : []
    })
    return [Object.fromEntries(found), map]
  },
})

function instanceInfo(
  labels: ArrayLike<number>,
  [height, width]: readonly number[],
  id: number,
  options: { readonly minNumPoints: number; readonly contourLevel: number | null },
): Readonly<Record<string, unknown>> | null {
  const own = maskWhere(labels, (label) => label === id)
  const box = boundingBox(own, [height, width])
  if (!box) return null
  const [[top, left], [bottom, right]] = [box.start, box.end]
  const size = [bottom - top, right - left]
  const cut = Uint8Array.from({ length: size[0] * size[1] }, (_, i) => own[(top + Math.floor(i / size[1])) * width + left + (i % size[1])]) // prettier-ignore
  const plane = (data: Uint8Array) => image('uint8', [1, ...size], data)
  const contour = GenerateInstanceContour(options)(FillHoles()(plane(cut)), [left, top])
  if (!contour) return null
  // As in MONAI, the offset [column, row] is added to a centre [row, column].
  const centroid = GenerateInstanceCentroid()(plane(cut), [left, top])
  return { bounding_box: [[top, bottom, left, right]], centroid, contour }
}

export const nuclearTypeOptions = {
  ...predictionOptions,
  returnTypeMap: bool.opt('Give a map of the types as well.', true),
  device: deviceOption,
}

/** Types of nuclei from HoVerNet's prediction of them: further facts about each, and a map (MONAI `HoVerNetNuclearTypePostProcessing`). */
export const HoVerNetNuclearTypePostProcessing = calculation({
  name: 'HoVerNetNuclearTypePostProcessing',
  options: nuclearTypeOptions,
  apply(
    { activation, threshold, returnTypeMap },
    prediction: Image,
    info: InstanceInfo,
    map: Image,
  ): readonly [InstanceInfo, Image | null] {
    const classes = discretePrediction(prediction, activation, threshold)
    const typeOf = GenerateInstanceType()
    const types = new Map<number, number>()
    const typed = Object.entries(info).map(([id, known]) => {
      const [type, share] = typeOf(classes, map, known.bounding_box, Number(id))
      types.set(Number(id), type)
      return [id, { ...known, type_prob: share, type }]
    })
    const labels = toFloats(map.dtype, map.data)
    const data = Float32Array.from(labels, (label) => types.get(label) ?? 0)
    const typeMap = returnTypeMap ? cast(withVoxels(map, { dtype: 'float32', data }), map.dtype) : null
    return [Object.fromEntries(typed), typeMap]
  },
})

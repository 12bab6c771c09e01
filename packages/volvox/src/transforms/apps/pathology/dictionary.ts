import { DataError, shown } from '../../../core/errors.ts'
import type { Image } from '../../../core/image.ts'
import {
  present,
  sampleOptions,
  type Sample,
  refuseTaken,
  valueAt,
  settledAt,
  withEachImage,
  type SampleKeys,
} from '../../sample.ts'
import { text } from '../../../core/options.ts'
import { dtypeKind } from '../../shared.ts'
import { numberAt, recordAt, rowOf } from '../entries.ts'
import { wholeSample } from '../../wholeSample.ts'
import type { Place } from './contours.ts'
import {
  GenerateDistanceMap,
  GenerateInstanceBorder,
  GenerateWatershedMarkers,
  GenerateWatershedMask,
} from './generate.ts'
import {
  contourOptions,
  GenerateInstanceCentroid,
  GenerateInstanceContour,
  GenerateInstanceType,
  GenerateSuccinctContour,
  HoVerNetInstanceMapPostProcessing,
  HoVerNetNuclearTypePostProcessing,
  instanceMapOptions,
  nuclearTypeOptions,
  type InstanceInfo,
} from './instances.ts'
import { Watershed } from './watershed.ts'

const byte = dtypeKind.opt('Element type of the result.', 'uint8')
const maskKey = text.opt('Key of the mask.', 'mask')
const borderKey = text.opt('Key of the border map.', 'border')

/** As `Watershed` (MONAI `Watershedd`). */
export const Watershedd = wholeSample({
  name: 'Watershedd',
  options: {
    ...sampleOptions,
    maskKey: text.nullable().opt('Key of the mask.', 'mask'),
    markersKey: text.opt('Key of the markers; minima when null.', null),
    connectivity: Watershed.schema.connectivity,
    dtype: byte,
  },
  apply(sample, { keys, allowMissingKeys, maskKey, markersKey, connectivity, dtype }) {
    const name = 'Watershedd'
    const flood = Watershed({ connectivity, dtype })
    const at = (key: string | null) => (key === null ? null : settledAt(name, sample, key))
    const [mask, markers] = [at(maskKey), at(markersKey)]
    return withEachImage(name, sample, { keys, allowMissingKeys }, (map) => flood(map, mask, markers))
  },
})

/** The sample with what is found for each image under another key, which must be free. */
function eachNew(
  name: string,
  sample: Sample,
  { keys, allowMissingKeys }: SampleKeys,
  stored: (key: string) => string,
  find: (img: Image) => unknown,
): Sample {
  return present(name, sample, keys, allowMissingKeys).reduce((out, [key]) => {
    const value = find(settledAt(name, sample, key))
    refuseTaken(name, out, stored(key))
    return { ...out, [stored(key)]: value }
  }, sample)
}

/** As `GenerateWatershedMask`; stored under `maskKey` (MONAI `GenerateWatershedMaskd`). */
export const GenerateWatershedMaskd = wholeSample({
  name: 'GenerateWatershedMaskd',
  options: { ...sampleOptions, maskKey: text.opt('Key for the mask.', 'mask'), ...GenerateWatershedMask.schema },
  apply(sample, { keys, allowMissingKeys, maskKey, ...given }) {
    const generate = GenerateWatershedMask(given)
    return eachNew(
      'GenerateWatershedMaskd',
      sample,
      { keys, allowMissingKeys },
      () => maskKey,
      (img) => generate(img),
    )
  },
})

/** The sample with what is made of two of its images under a key that must be free. */
function withResult(
  name: string,
  sample: Sample,
  [first, second]: readonly [string, string],
  key: string,
  make: (first: Image, second: Image) => Image,
): Sample {
  refuseTaken(name, sample, key)
  return { ...sample, [key]: make(settledAt(name, sample, first), settledAt(name, sample, second)) }
}

/** As `GenerateInstanceBorder`; stored under `borderKey` (MONAI `GenerateInstanceBorderd`). */
export const GenerateInstanceBorderd = wholeSample({
  name: 'GenerateInstanceBorderd',
  options: {
    maskKey,
    hoverMapKey: text.opt('Key of the hover map.', 'hover_map'),
    borderKey: text.opt('Key for the border map.', 'border'),
    ...GenerateInstanceBorder.schema,
    kernelSize: { ...GenerateInstanceBorder.schema.kernelSize, fallback: 21 }, // as in MONAI's dictionary form
  },
  apply(sample, { maskKey, hoverMapKey, borderKey, ...given }) {
    return withResult(
      'GenerateInstanceBorderd',
      sample,
      [maskKey, hoverMapKey],
      borderKey,
      GenerateInstanceBorder(given),
    )
  },
})

/** As `GenerateDistanceMap`; stored under `distMapKey` (MONAI `GenerateDistanceMapd`). */
export const GenerateDistanceMapd = wholeSample({
  name: 'GenerateDistanceMapd',
  options: {
    maskKey,
    borderKey,
    distMapKey: text.opt('Key for the distance map.', 'dist_map'),
    ...GenerateDistanceMap.schema,
  },
  apply(sample, { maskKey, borderKey, distMapKey, ...given }) {
    return withResult('GenerateDistanceMapd', sample, [maskKey, borderKey], distMapKey, GenerateDistanceMap(given))
  },
})

/** As `GenerateWatershedMarkers`; stored under `markersKey` (MONAI `GenerateWatershedMarkersd`). */
export const GenerateWatershedMarkersd = wholeSample({
  name: 'GenerateWatershedMarkersd',
  options: {
    maskKey,
    borderKey,
    markersKey: text.opt('Key for the markers.', 'markers'),
    ...GenerateWatershedMarkers.schema,
    dtype: byte,
  },
  apply(sample, { maskKey, borderKey, markersKey, ...given }) {
    return withResult(
      'GenerateWatershedMarkersd',
      sample,
      [maskKey, borderKey],
      markersKey,
      GenerateWatershedMarkers(given),
    )
  },
})

/** As `GenerateSuccinctContour` (MONAI `GenerateSuccinctContourd`). */
export const GenerateSuccinctContourd = wholeSample({
  name: 'GenerateSuccinctContourd',
  options: { ...sampleOptions, ...GenerateSuccinctContour.schema },
  apply(sample, { keys, allowMissingKeys, ...given }) {
    const name = 'GenerateSuccinctContourd'
    const generate = GenerateSuccinctContour(given)
    const found = present(name, sample, keys, allowMissingKeys).map(([key]) => {
      const contours = sample[key]
      if (!Array.isArray(contours) || !contours.every(Array.isArray))
        throw new DataError(name, `"${key}" holds ${shown(contours)}; it must hold contours, lists of [row, column]`)
      return [key, generate(contours as Place[][])] // lists of lists, just checked
    })
    return { ...sample, ...Object.fromEntries(found) }
  },
})

/** Where results for masks are stored, and what they are moved by. */
interface Beside extends SampleKeys {
  readonly postfix: string
  readonly offsetKey: string | null
}

/** The sample with what is found for each mask, given the offset, under the mask's key with a postfix. */
function besideEach(
  name: string,
  sample: Sample,
  { postfix, offsetKey, ...keys }: Beside,
  find: (mask: Image, offset?: readonly number[]) => unknown,
): Sample {
  const offset = offsetKey === null ? undefined : rowOf(valueAt(name, sample, offsetKey))
  const stored = (key: string) => `${key}_${postfix}`
  return eachNew(name, sample, keys, stored, (mask) => find(mask, offset))
}

/** As `GenerateInstanceContour`; stored under `key_contour` (MONAI `GenerateInstanceContourd`). */
export const GenerateInstanceContourd = wholeSample({
  name: 'GenerateInstanceContourd',
  options: {
    ...sampleOptions,
    contourKeyPostfix: text.opt('End of the keys of the results, after an underscore.', 'contour'),
    offsetKey: text.opt('Key of the offset, [column, row]; none when null.', null),
    minNumPoints: contourOptions.minNumPoints,
    level: contourOptions.contourLevel,
  },
  apply(sample, { contourKeyPostfix: postfix, minNumPoints, level, ...where }) {
    const generate = GenerateInstanceContour({ minNumPoints, contourLevel: level })
    return besideEach('GenerateInstanceContourd', sample, { ...where, postfix }, generate)
  },
})

/** As `GenerateInstanceCentroid`; stored under `key_centroid` (MONAI `GenerateInstanceCentroidd`). */
export const GenerateInstanceCentroidd = wholeSample({
  name: 'GenerateInstanceCentroidd',
  options: {
    ...sampleOptions,
    centroidKeyPostfix: text.opt('End of the keys of the results, after an underscore.', 'centroid'),
    offsetKey: text.opt('Key of the offset, one number for each axis; none when null.', null),
    ...GenerateInstanceCentroid.schema,
  },
  apply(sample, { centroidKeyPostfix: postfix, dtype, ...where }) {
    return besideEach('GenerateInstanceCentroidd', sample, { ...where, postfix }, GenerateInstanceCentroid({ dtype }))
  },
})

/** As `GenerateInstanceType`; stored as `{ inst_type, type_prob }` (MONAI `GenerateInstanceTyped`). */
export const GenerateInstanceTyped = wholeSample({
  name: 'GenerateInstanceTyped',
  options: {
    ...sampleOptions,
    typeInfoKey: text.opt('Key for the type.', 'type_info'),
    bboxKey: text.opt('Key of the bounding box: rows from, to, columns from, to.', 'bbox'),
    segPredKey: text.opt('Key of the instance map.', 'seg'),
    instanceIdKey: text.opt('Key of the number of the instance.', 'id'),
  },
  apply(sample, { keys, allowMissingKeys, typeInfoKey, bboxKey, segPredKey, instanceIdKey }) {
    const name = 'GenerateInstanceTyped'
    const find = (classes: Image) => {
      const instances = settledAt(name, sample, segPredKey)
      const id = numberAt(name, sample, instanceIdKey)
      const [type, share] = GenerateInstanceType()(classes, instances, valueAt(name, sample, bboxKey), id)
      return { inst_type: type, type_prob: share }
    }
    return eachNew(name, sample, { keys, allowMissingKeys }, () => typeInfoKey, find)
  },
})

const infoKey = text.opt('Key of what is known about the nuclei.', 'instance_info')
const mapKey = text.opt('Key of the instance map.', 'instance_map')

/** As `HoVerNetInstanceMapPostProcessing` (MONAI `HoVerNetInstanceMapPostProcessingd`). */
export const HoVerNetInstanceMapPostProcessingd = wholeSample({
  name: 'HoVerNetInstanceMapPostProcessingd',
  options: {
    nuclearPredictionKey: text.opt('Key of the prediction of nuclei.', 'nucleus_prediction'),
    hoverMapKey: text.opt('Key of the prediction of distances.', 'horizontal_vertical'),
    instanceInfoKey: infoKey,
    instanceMapKey: mapKey,
    ...instanceMapOptions,
  },
  apply(sample, { nuclearPredictionKey, hoverMapKey, instanceInfoKey, instanceMapKey, ...given }) {
    const name = 'HoVerNetInstanceMapPostProcessingd'
    for (const key of [instanceInfoKey, instanceMapKey]) refuseTaken(name, sample, key)
    const [nuclei, hover] = [nuclearPredictionKey, hoverMapKey].map((key) => settledAt(name, sample, key))
    const [info, map] = HoVerNetInstanceMapPostProcessing(given)(nuclei, hover)
    return { ...sample, [instanceInfoKey]: info, [instanceMapKey]: map }
  },
})

/** As `HoVerNetNuclearTypePostProcessing` (MONAI `HoVerNetNuclearTypePostProcessingd`). */
export const HoVerNetNuclearTypePostProcessingd = wholeSample({
  name: 'HoVerNetNuclearTypePostProcessingd',
  options: {
    typePredictionKey: text.opt('Key of the prediction of types.', 'type_prediction'),
    instanceInfoKey: infoKey,
    instanceMapKey: mapKey,
    typeMapKey: text.opt('Key for the map of types.', 'type_map'),
    ...nuclearTypeOptions,
  },
  apply(sample, { typePredictionKey, instanceInfoKey, instanceMapKey, typeMapKey, ...given }) {
    const name = 'HoVerNetNuclearTypePostProcessingd'
    const [prediction, map] = [typePredictionKey, instanceMapKey].map((key) => settledAt(name, sample, key))
    const known = recordAt(name, sample, instanceInfoKey) as InstanceInfo // of HoVerNetInstanceMapPostProcessingd
    const [info, types] = HoVerNetNuclearTypePostProcessing(given)(prediction, known, map)
    if (!types) return { ...sample, [instanceInfoKey]: info }
    refuseTaken(name, sample, typeMapKey)
    return { ...sample, [instanceInfoKey]: info, [typeMapKey]: types }
  },
})

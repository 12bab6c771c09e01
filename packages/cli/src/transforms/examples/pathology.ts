import {
  AsDiscrete,
  ComputeHoVerMaps,
  GenerateDistanceMap,
  GenerateInstanceBorder,
  GenerateWatershedMarkers,
  HoVerNetInstanceMapPostProcessing,
  image,
  type Image,
} from 'volvox'
import type { Subjects } from '../subjects.ts'
import { changed, coloursLast } from '../voxels.ts'
import { probabilities } from './post.ts'
import type { Examples } from './example.ts'

const up = { up: false }
const ofNuclei = 'Of what HoVerNet would say about tissue if it knew the nuclei.'

const maskOf = ({ nuclei }: Subjects) => AsDiscrete({ threshold: 1, dtype: 'uint8' })(nuclei)
const hoverOf = ({ nuclei }: Subjects) => ComputeHoVerMaps()(nuclei)
const borderOf = (subjects: Subjects) => GenerateInstanceBorder({})(maskOf(subjects), hoverOf(subjects)) as Image
const distanceOf = (subjects: Subjects) => GenerateDistanceMap({})(maskOf(subjects), borderOf(subjects)) as Image
const markersOf = (subjects: Subjects) => GenerateWatershedMarkers({})(maskOf(subjects), borderOf(subjects)) as Image

/** Logits of background and nuclei, [2, 128, 128]. */
function predictionOf(subjects: Subjects): Image {
  const { data } = maskOf(subjects)
  const logits = Float32Array.from({ length: 2 * data.length }, (_, i) => {
    const inside = data[i % data.length] === 1
    return inside === i >= data.length ? 3 : -3
  })
  return image('float32', [2, 128, 128], logits)
}

/** One nucleus as a mask. */
function oneNucleus({ nuclei }: Subjects): Image {
  return changed(nuclei, (x) => (x === 1 ? 1 : 0), 'uint8')
}

const photograph = ({ tissue }: Subjects) => coloursLast(tissue)
const facts = (subjects: Subjects) =>
  HoVerNetInstanceMapPostProcessing()(predictionOf(subjects), hoverOf(subjects)) as readonly [object, Image]

export const pathologyExamples: Examples = {
  ExtractHEStains: { show: 'entries', options: {}, of: photograph, note: 'On stained tissue [128, 128, 3].' },
  NormalizeHEStains: { show: 'photograph', options: {}, of: photograph, note: 'On stained tissue [128, 128, 3].' },
  GenerateWatershedMask: {
    show: 'classes',
    options: { activation: 'softmax' },
    of: predictionOf,
    view: up,
    note: ofNuclei,
  },
  GenerateInstanceBorder: {
    show: 'channels',
    options: {},
    of: maskOf,
    also: (subjects) => [hoverOf(subjects)],
    view: up,
    note: 'Of the mask of nuclei and their horizontal and vertical distances.',
  },
  GenerateDistanceMap: {
    show: 'channels',
    options: {},
    of: maskOf,
    also: (subjects) => [borderOf(subjects)],
    view: up,
    note: 'Of the mask of nuclei and their borders.',
  },
  GenerateWatershedMarkers: {
    show: 'classes',
    options: {},
    of: maskOf,
    also: (subjects) => [borderOf(subjects)],
    view: up,
    note: 'Of the mask of nuclei and their borders.',
  },
  Watershed: {
    show: 'classes',
    options: {},
    of: distanceOf,
    also: (subjects) => [maskOf(subjects), markersOf(subjects)],
    view: up,
    note: 'Of the map of distances, with mask and markers.',
  },
  GenerateInstanceContour: { show: 'entries', options: {}, of: oneNucleus, note: 'Of the mask of one nucleus.' },
  GenerateInstanceCentroid: { show: 'entries', options: {}, of: oneNucleus, note: 'Of the mask of one nucleus.' },
  GenerateSuccinctContour: {
    show: 'entries',
    options: { height: 6, width: 6 },
    of: () => [
      [
        [2, 0],
        [1.5, 0.5],
        [1.5, 1.5],
        [2.5, 2],
        [3, 1.5],
        [3, 0.5],
        [2, 0],
      ],
    ],
    note: 'Of one contour as an algorithm that follows edges gives it.',
  },
  GenerateInstanceType: {
    show: 'entries',
    options: {},
    of: (subjects) => maskOf(subjects),
    also: ({ nuclei }) => [nuclei, [0, 128, 0, 128], 1],
    note: 'Of a map of types, the numbered nuclei, a box and a number.',
  },
  HoVerNetInstanceMapPostProcessingd: {
    show: 'classes',
    options: { nuclearPredictionKey: 'nucleus', hoverMapKey: 'hover' },
    of: (subjects) => ({ nucleus: predictionOf(subjects), hover: hoverOf(subjects) }),
    key: 'nucleus',
    outKey: 'instance_map',
    view: up,
    note: ofNuclei,
  },
  HoVerNetNuclearTypePostProcessingd: {
    show: 'classes',
    options: { typePredictionKey: 'type', instanceInfoKey: 'info', instanceMapKey: 'instances' },
    of: (subjects) => {
      const [info, instances] = facts(subjects)
      return { type: predictionOf(subjects), info, instances }
    },
    key: 'instances',
    outKey: 'type_map',
    view: up,
    note: ofNuclei,
  },
  PathologyProbNMS: {
    show: 'entries',
    options: { probThreshold: 0.9, boxSize: 8 },
    of: ({ slice }) => probabilities(slice),
    also: () => [2],
    note: 'Of a slice of the scan as if it were a map of probabilities at level 2.',
  },
}

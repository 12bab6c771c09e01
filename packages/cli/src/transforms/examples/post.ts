import { AsDiscrete, Compose, Flipd, GaussianSmooth, LabelToContour, withVoxels, type Image } from 'volvox'
import type { Subjects } from '../subjects.ts'
import { changed } from '../voxels.ts'
import type { Examples } from './example.ts'

interface Floats {
  readonly data: Float32Array
}

const ofScores = 'Of what a network might say about three classes.'
const ofMask = "On a mask of a slice's bright voxels."
const ofLabel = 'Of the label.'
const threeModels = 'Of three predictions of the label: as it is, smoothed, and smoothed more.'

const scores = ({ scores }: Subjects) => scores
const mask = ({ slice }: Subjects) => changed(slice, (x) => (x > 400 ? 1 : 0), 'uint8')
const label = ({ label }: Subjects) => label

/** A label as it is and as two networks of little use might see it. */
const predictions = ({ label }: Subjects) => [0, 2, 4].map((sigma) => smoothed(label, sigma))
const masks = (subjects: Subjects) => predictions(subjects).map((one) => AsDiscrete({ threshold: 0.5 })(one))
const byKey = (images: readonly Image[]) => Object.fromEntries(images.map((one, i) => [`pred${i}`, one]))

function smoothed(label: Image, sigma: number): Image {
  const foreground = AsDiscrete({ threshold: 1 })(label)
  return sigma === 0 ? foreground : GaussianSmooth({ sigma })(foreground)
}

export const postExamples: Examples = {
  Activations: { show: 'channels', options: { softmax: true }, of: scores, note: ofScores },
  AsDiscrete: { show: 'classes', options: { argmax: true }, of: scores, note: ofScores },
  DistanceTransformEDT: { show: 'channels', options: {}, of: label, note: ofLabel },
  Ensembled: {
    show: 'channels',
    options: {
      keys: ['pred0', 'pred1'],
      outputKey: 'pred',
      ensemble: (images: readonly Floats[]) => ({
        ...images[0],
        data: images[0].data.map((x, i) => Math.max(x, images[1].data[i])),
      }),
    },
    of: (subjects) => byKey(predictions(subjects)),
    key: 'pred1',
    outKey: 'pred',
    note: 'With a function that takes the larger of two values.',
  },
  FillHoles: {
    show: 'classes',
    options: {},
    of: ({ sliceLabel }) => LabelToContour()(AsDiscrete({ threshold: 1 })(sliceLabel)),
    note: 'On the outline of the label in a slice.',
  },
  Invertd: {
    show: 'classes',
    options: { transform: Flipd({ keys: ['image'], spatialAxis: 1 }), origKeys: 'image', keys: 'pred' },
    of: ({ scan, label }) =>
      Compose([Flipd({ keys: ['image', 'pred'], spatialAxis: 1 })])({ image: scan, pred: label }),
    key: 'pred',
    outKey: 'pred',
    note: 'A prediction for a flipped scan, brought back.',
  },
  KeepLargestConnectedComponent: { show: 'classes', options: { appliedLabels: [1] }, of: mask, note: ofMask },
  LabelToContour: {
    show: 'classes',
    options: {},
    of: ({ label }) => AsDiscrete({ threshold: 1 })(label),
    note: ofLabel,
  },
  MeanEnsemble: {
    show: 'channels',
    options: {},
    of: predictions,
    note: threeModels,
  },
  ProbNMS: {
    show: 'entries',
    options: { spatialDims: 2, probThreshold: 0.9, boxSize: 8 },
    of: ({ slice }) => probabilities(slice),
    note: 'Of a slice of the scan as if it were a map of probabilities [35, 52].',
  },
  RemoveSmallObjects: { show: 'classes', options: { minSize: 20 }, of: mask, note: ofMask },
  SaveClassificationd: {
    show: 'entries',
    options: { keys: ['pred'], outputDir: 'out' },
    of: ({ scan }) => ({ image: scan, pred: [0.1, 0.7, 0.2], pred_meta_dict: { filename_or_obj: 'case.nii.gz' } }),
  },
  SobelGradients: { show: 'channels', options: { kernelSize: 3 } },
  VoteEnsemble: { show: 'classes', options: {}, of: masks, note: threeModels },
}

/** What a slice of the scan makes of itself as a map of probabilities, without channels. */
export function probabilities(slice: Image): Image {
  return withVoxels(
    changed(slice, (x) => x / 1000),
    { shape: slice.shape.slice(1) },
  )
}

import {
  AdjustContrast,
  AsDiscrete,
  CenterSpatialCrop,
  Flipd,
  GaussianSmooth,
  image,
  listDataCollate,
  RandFlipd,
  RandGaussianNoised,
  RandRotate90d,
  RepeatChannel,
  SaveImage,
  Rotate90,
  ScaleIntensityd,
  Spacing,
  withVoxels,
} from 'volvox'
import type { Subjects } from '../subjects.ts'
import { changed } from '../voxels.ts'
import type { Example, Examples } from './example.ts'

const label = ({ label }: Subjects) => label
const ofLabel = 'Of the label.'
const passes: Example = { show: 'entries', options: {} }

/** The voxels with axes in another order of memory: what a reader gives that puts channels last. */
const channelsLast = ({ tissue }: Subjects) => withVoxels(tissue, { shape: [128, 128, 3] })

/** Labels as BraTS numbers them. */
const tumour = ({ label }: Subjects) => changed(label, (x) => [0, 4, 2][x], 'uint8')

const points = () => image('float32', [1, 3, 3], Float32Array.of(4, 20, 5, 26, 30, 20, 10, 40, 12))

export const utilityExamples: Examples = {
  AddCoordinateChannels: { show: 'channels', options: { spatialDims: [0, 1] } },
  AddExtremePointsChannel: {
    show: 'channels',
    options: { sigma: 1.5, pert: 0 },
    also: ({ label }) => [{ label: AsDiscrete({ threshold: 1 })(label) }],
    view: { at: 0.25 },
  },
  ApplyPending: {
    show: 'entries',
    options: {},
    of: ({ scan }) => Spacing({ pixdim: 2, lazy: true })(scan),
    note: 'On a scan with a lazy Spacing that is still pending.',
  },
  ApplyTransformToPoints: {
    show: 'entries',
    options: { affine: [2, 0, 0, 10, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1], invertAffine: false },
    of: points,
    note: 'Given three points [1, 3, 3].',
  },
  AsChannelLast: { show: 'entries', options: {}, of: ({ tissue }) => tissue },
  BatchInverseTransform: {
    show: 'entries',
    options: { transform: Flipd({ keys: ['image'], spatialAxis: 0 }) },
    of: ({ slice }) => listDataCollate([Flipd({ keys: ['image'], spatialAxis: 0 })({ image: slice })]),
    note: 'Given a batch of one flipped slice.',
  },
  CastToType: { show: 'entries', options: { dtype: 'int16' } },
  ClassesToIndices: { show: 'entries', options: { numClasses: 3 }, of: label, note: ofLabel },
  ConcatItemsd: {
    show: 'entries',
    options: { keys: ['image', 'second'], name: 'both' },
    of: ({ scan }) => ({ image: scan, second: scan }),
  },
  ConvertToMultiChannelBasedOnBratsClasses: {
    show: 'channels',
    options: {},
    of: tumour,
    note: 'On the label with its two classes numbered 4 and 2.',
  },
  CopyItemsd: { show: 'entries', options: { keys: 'image', times: 1, names: 'original' } },
  DataStats: passes,
  DeleteItemsd: { show: 'entries', options: { keys: 'label' } },
  EnsureChannelFirst: { show: 'entries', options: { channelDim: -1 }, of: channelsLast },
  EnsureType: { show: 'entries', options: { dtype: 'float16' } },
  FgBgToIndices: { show: 'entries', options: {}, of: label, note: ofLabel },
  FlattenSubKeysd: {
    show: 'entries',
    options: { keys: 'pred' },
    of: ({ scan, label }) => ({ pred: { image: scan, mask: label } }),
  },
  FromMetaTensord: { show: 'entries', options: { keys: 'image' } },
  Identity: passes,
  ImageFilter: { show: 'values', options: { filter: 'laplace', filterSize: 3 } },
  RandImageFilter: { show: 'values', options: { prob: 0.6, filter: 'median', filterSize: 5 } },
  IntensityStats: { show: 'entries', options: { ops: ['mean', 'std'], keyPrefix: 'scan' } },
  LabelFilter: { show: 'classes', options: { appliedLabels: [2] }, of: label, note: ofLabel },
  LabelToMask: { show: 'classes', options: { selectLabels: [1, 2] }, of: label, note: ofLabel },
  Lambda: { show: 'curve', options: { func: AdjustContrast({ gamma: 0.5 }) } },
  RandLambda: { show: 'values', options: { prob: 0.5, func: GaussianSmooth({ sigma: 1.5 }) } },
  MapLabelValue: {
    show: 'classes',
    options: { origLabels: [0, 1, 2], targetLabels: [3, 0, 4] },
    of: label,
    note: ofLabel,
  },
  RemoveRepeatedChannel: {
    show: 'entries',
    options: { repeats: 2 },
    of: ({ scan }) => RepeatChannel({ repeats: 2 })(scan),
    note: 'On a scan whose channel is there twice.',
  },
  RepeatChannel: { show: 'entries', options: { repeats: 3 } },
  SelectItemsd: { show: 'entries', options: { keys: 'image' } },
  SimulateDelay: { show: 'entries', options: { delayTime: 0 } },
  SplitDim: {
    show: 'parts',
    options: { dim: 0 },
    of: ({ tissue }) => tissue,
    view: { up: false },
    note: 'On stained tissue.',
  },
  SqueezeDim: { show: 'entries', options: { dim: 0 } },
  ToCupy: { show: 'entries', options: { dtype: 'float64' } },
  ToDevice: { show: 'entries', options: { device: 'cpu' } },
  ToMetaTensord: {
    show: 'entries',
    options: { keys: 'image' },
    of: ({ scan }) => ({ image: { ...scan, meta: {} }, image_meta_dict: { original_channel_dim: 'no_channel' } }),
  },
  ToNumpy: { show: 'entries', options: { dtype: 'int16' } },
  ToPIL: passes,
  ToTensor: { show: 'entries', options: { dtype: 'float64' } },
  Transpose: { show: 'moves', options: { indices: [0, 2, 1, 3] } },
  Compose: {
    show: 'moves',
    options: {
      transforms: [
        ScaleIntensityd({ keys: ['image'] }),
        RandFlipd({ keys: ['image', 'label', 'grid'], prob: 0.7, spatialAxis: 0 }),
        RandGaussianNoised({ keys: ['image'], prob: 1, std: 0.1 }),
      ],
    },
  },
  OneOf: {
    show: 'moves',
    options: {
      transforms: [
        Flipd({ keys: ['image', 'label', 'grid'], spatialAxis: 0 }),
        RandRotate90d({ keys: ['image', 'label', 'grid'], prob: 1 }),
        RandGaussianNoised({ keys: ['image'], prob: 1, std: 60 }),
      ],
    },
  },
  RandomOrder: {
    show: 'moves',
    options: {
      transforms: [
        RandRotate90d({ keys: ['image', 'label', 'grid'], prob: 1, maxK: 1 }),
        Flipd({ keys: ['image', 'label', 'grid'], spatialAxis: 0 }),
      ],
    },
  },
  SomeOf: {
    show: 'moves',
    options: {
      numTransforms: 2,
      transforms: [
        Flipd({ keys: ['image', 'label', 'grid'], spatialAxis: 0 }),
        Flipd({ keys: ['image', 'label', 'grid'], spatialAxis: 1 }),
        RandGaussianNoised({ keys: ['image'], prob: 1, std: 60 }),
      ],
    },
  },
  Mark: passes,
  RangePop: passes,
  RangePush: passes,
  CutMix: {
    show: 'parts',
    options: { batchSize: 2, alpha: 5 },
    of: batch,
    note: 'A batch of two slices, the second one turned.',
  },
  CutOut: {
    show: 'parts',
    options: { batchSize: 2, alpha: 5 },
    of: batch,
    note: 'A batch of two slices, the second one turned.',
  },
  MixUp: {
    show: 'parts',
    options: { batchSize: 2, alpha: 4 },
    of: batch,
    note: 'A batch of two slices, the second one turned.',
  },
  LoadImage: { show: 'entries', options: { ensureChannelFirst: true }, of: () => 'scan.nii.gz' },
  SaveImage: { show: 'entries', options: { outputDir: 'out', outputPostfix: 'seg', outputDtype: 'uint8' } },
  WriteFileMapping: {
    show: 'entries',
    options: { mappingFilePath: 'mapping.json' },
    of: ({ scan }) => SaveImage({ outputDir: 'out', printLog: false })(scan),
    note: 'Given a scan that `SaveImage` has written.',
  },
  Decollated: {
    show: 'entries',
    options: {},
    of: ({ slice, sliceLabel }) => listDataCollate([{ image: slice }, { image: sliceLabel }]),
    note: 'Given a batch of two.',
  },
  PadListDataCollate: {
    show: 'entries',
    options: {},
    of: ({ slice }) => [{ image: slice }, { image: CenterSpatialCrop({ roiSize: 20 })(slice) }],
    note: 'Given two samples of different sizes.',
  },
}

/** Two slices as a batch [2, 1, 35, 52]. */
function batch({ slice }: Subjects) {
  const other = GaussianSmooth({ sigma: 0 })(Rotate90({ k: 2 })(slice))
  const data = new Float32Array(2 * slice.data.length)
  data.set(slice.data as Float32Array)
  data.set(other.data as Float32Array, slice.data.length)
  return { dtype: 'float32' as const, shape: [2, ...slice.shape], data }
}

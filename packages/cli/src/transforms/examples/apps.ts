import {
  AddInitialSeedPointd,
  AsDiscrete,
  CenterSpatialCrop,
  FindDiscrepancyRegionsd,
  FindDiscrepancyRegionsDeepEditd,
  Flip,
  image,
  withVoxels,
  type Image,
} from 'volvox'
import type { Subjects } from '../subjects.ts'
import { changed, coloursLast } from '../voxels.ts'
import type { Example, Examples, Options } from './example.ts'

const names = { head: 1, body: 2, background: 0 }
const up = { up: false }
const clicks = 'Clicks on the scan, a positive and a negative one.'

/** What a network might have predicted: the label, mirrored. */
const wrong = (label: Image) => Flip({ spatialAxis: 0 })(label)
const foreground = (label: Image) => AsDiscrete({ threshold: 1 })(label)
const flatSample = ({ slice, sliceLabel }: Subjects) => ({
  image: slice,
  label: foreground(sliceLabel),
  pred: foreground(wrong(sliceLabel)),
  guidance: [[[12, 30]], [[26, 12]]],
})
const named = ({ scan, label }: Subjects) => ({
  image: scan,
  label,
  pred: wrong(label),
  label_names: names,
  sids: { head: [10, 12, 14], body: [10, 12, 14], background: [12] },
  guidance: { head: [[1, 12, 36, 12]], body: [[1, 12, 22, 12]], background: [[1, 28, 12, 12]] },
})
const entries = (options: Options, of: Example['of']): Example => ({ show: 'entries', options, of })
const nucleus = ({ tissue, nuclei }: Subjects) => ({
  image: changed(tissue, (x) => x),
  label: changed(nuclei, (x) => (x === 1 ? 1 : 0), 'uint8'),
  others: changed(nuclei, (x) => (x === 1 ? 0 : x), 'uint8'),
  mask_value: 1,
  centroid: [60, 60],
  foreground: [
    [40, 60],
    [90, 30],
  ],
})

/** The middle of the scan: where drawing from all of it would take long. */
function middleOf(subjects: Subjects): Subjects {
  const middle = CenterSpatialCrop({ roiSize: [20, 28, 10] })
  return { ...subjects, scan: middle(subjects.scan), label: middle(subjects.label) }
}

export const appsExamples: Examples = {
  EnsureSameShaped: {
    show: 'entries',
    options: { keys: 'label', sourceKey: 'image', warn: false },
    of: ({ scan, label }) => ({ image: scan, label: CenterSpatialCrop({ roiSize: [33, 50, 32] })(label) }),
  },
  // Deepgrow: one object, positive and negative clicks.
  AddGuidanceFromPointsd: entries({ refImage: 'image', spatialDims: 3 }, ({ scan }) => ({
    image: withVoxels(scan, { shape: [35, 52, 33] }),
    image_meta_dict: { spatial_shape: [52, 33, 35] },
    foreground: [[30, 12, 12]],
    background: [[12, 12, 26]],
  })),
  AddGuidanceSignald: {
    show: 'channels',
    options: { sigma: 3 },
    of: flatSample,
    note: clicks,
  },
  AddInitialSeedPointd: entries({ connectedRegions: 1 }, ({ sliceLabel }) => ({ label: foreground(sliceLabel) })),
  AddRandomGuidanced: entries({}, (subjects) => {
    const sample = FindDiscrepancyRegionsd({})(
      AddInitialSeedPointd({ connectedRegions: 1 }).setRandomState(0)(flatSample(subjects)),
    )
    return { ...sample, probability: 1 }
  }),
  Fetch2DSliced: entries({ keys: 'image', axis: 0 }, ({ scan }) => ({
    image: withVoxels(scan, { shape: [35, 52, 33] }),
    image_meta_dict: {},
    guidance: [[], [], 12],
  })),
  FindAllValidSlicesd: entries({}, ({ label }) => ({ label })),
  FindDiscrepancyRegionsd: entries({}, flatSample),
  ResizeGuidanced: entries({ guidance: 'guidance', refImage: 'image' }, ({ slice }) => ({
    image: slice,
    image_meta_dict: { foreground_cropped_shape: [1, 70, 104] },
    guidance: [[[24, 60]], [[52, 24]]],
  })),
  RestoreLabeld: entries({ keys: 'pred', refImage: 'image' }, ({ sliceLabel }) => ({
    pred: withVoxels(sliceLabel, { shape: [1, 35, 52] }),
    image_meta_dict: {
      spatial_shape: [64, 80],
      foreground_start_coord: [10, 20],
      foreground_end_coord: [45, 72],
      foreground_original_shape: [1, 64, 80],
      foreground_cropped_shape: [1, 35, 52],
      original_affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    },
  })),
  SpatialCropForegroundd: {
    show: 'crops',
    options: { sourceKey: 'label', spatialSize: [20, 24, 20] },
  },
  SpatialCropGuidanced: entries(
    { keys: 'image', guidance: 'guidance', spatialSize: [16, 20, 16], margin: 4 },
    ({ scan }) => ({
      image: scan,
      image_meta_dict: {},
      guidance: [[[12, 30, 12]], [[22, 20, 14]]],
    }),
  ),
  // DeepEdit: several labels by name.
  AddGuidanceFromPointsDeepEditd: entries({ refImage: 'image', labelNames: names }, ({ scan }) => ({
    image: scan,
    image_meta_dict: { spatial_shape: [52, 33, 35] },
    head: [[30, 12, 12]],
    body: [],
  })),
  AddGuidanceSignalDeepEditd: {
    show: 'channels',
    options: { keys: 'image', sigma: 3 },
    of: named,
    note: 'With a click on the head, one on the body and one on the background.',
  },
  AddInitialSeedPointDeepEditd: entries({ keys: 'label', connectedRegions: 1 }, named),
  AddInitialSeedPointMissingLabelsd: entries({ keys: 'label', connectedRegions: 1 }, named),
  AddRandomGuidanceDeepEditd: entries({ keys: 'NA' }, (subjects) => ({
    ...FindDiscrepancyRegionsDeepEditd({ keys: 'label' })(named(middleOf(subjects))),
    probability: 1,
  })),
  DiscardAddGuidanced: entries({ keys: 'image', labelNames: names, probability: 1 }, ({ scan }) => ({ image: scan })),
  FindAllValidSlicesDeepEditd: entries({ keys: 'label' }, ({ label }) => ({ label, label_names: names })),
  FindAllValidSlicesMissingLabelsd: entries({ keys: 'label' }, ({ label }) => ({
    label,
    label_names: { ...names, tail: 3 },
  })),
  FindDiscrepancyRegionsDeepEditd: entries({ keys: 'label' }, named),
  NormalizeLabelsInDatasetd: entries({ keys: 'label', labelNames: { body: 2, background: 0 } }, ({ label }) => ({
    label,
  })),
  ResizeGuidanceMultipleLabelDeepEditd: entries({ guidance: 'guidance', refImage: 'image' }, ({ scan }) => ({
    image: scan,
    image_meta_dict: { spatial_shape: [70, 104, 66] },
    guidance: { head: [[24, 72, 24]], body: [] },
  })),
  SingleLabelSelectiond: {
    show: 'classes',
    options: { keys: 'label', labelNames: ['spleen', 'right kidney'] },
    of: ({ label }) => ({ label }),
    key: 'label',
    note: 'Of the label.',
  },
  SplitPredsLabeld: entries({ keys: 'pred' }, ({ scores }) => ({ pred: scores, label: scores, label_names: names })),
  // NuClick: one nucleus.
  AddClickSignalsd: entries({ bbSize: 32 }, nucleus),
  AddLabelAsGuidanced: { show: 'channels', options: { keys: 'image' }, of: nucleus, view: up },
  AddPointGuidanceSignald: { show: 'channels', options: { gaussian: true, sigma: 3 }, of: nucleus, view: up },
  ExtractPatchd: { show: 'photograph', options: { keys: ['image', 'label'], patchSize: 64 }, of: nucleus },
  FilterImaged: {
    show: 'photograph',
    options: { keys: 'image', minSize: 100 },
    of: ({ tissue }) => ({ image: coloursLast(tissue) }),
  },
  FlattenLabeld: {
    show: 'classes',
    options: { keys: 'label' },
    of: ({ nuclei }) => ({ label: withVoxels(foreground(nuclei), { shape: [128, 128] }) }),
    key: 'label',
    view: up,
  },
  PostFilterLabeld: entries({ keys: 'pred', minSize: 10 }, ({ nuclei }) => ({
    pred: changed(nuclei, (x) => (x > 0 ? 0.9 : 0.1)),
    bounding_boxes: [[0, 0, 128, 128]],
    img_width: 128,
    img_height: 128,
  })),
  SetLabelClassd: entries({ keys: 'label' }, ({ nuclei }) => ({ label: nuclei })),
  SplitLabeld: {
    show: 'classes',
    options: { keys: 'label' },
    of: ({ nuclei }) => ({ label: nuclei, mask_value: 1 }),
    key: 'label',
    view: up,
  },
  // Reconstruction.
  EquispacedKspaceMaskd: undersampled(),
  RandomKspaceMaskd: undersampled(),
  ExtractDataKeyFromMetaKeyd: entries({ keys: 'reconstruction', metaKey: 'image_meta_dict' }, ({ scan, label }) => ({
    image: scan,
    image_meta_dict: { reconstruction: label },
  })),
  ReferenceBasedNormalizeIntensityd: {
    show: 'curve',
    options: { keys: 'image', refKey: 'reference' },
    of: ({ scan }) => ({ image: scan, reference: changed(scan, (x) => x / 2) }),
    note: 'With the scan at half its values as reference.',
  },
  ReferenceBasedSpatialCropd: entries({ keys: 'image', refKey: 'reference' }, ({ slice }) => ({
    image: slice,
    reference: image('float32', [1, 20, 30], new Float32Array(600)),
  })),
  // VISTA3D.
  Relabeld: {
    show: 'classes',
    options: {
      keys: 'label',
      labelMappings: {
        default: [
          [1, 4],
          [2, 3],
        ],
      },
    },
    of: ({ label }) => ({ label }),
    key: 'label',
    note: 'Of the label.',
  },
  VistaPostTransformd: {
    show: 'classes',
    options: { keys: 'pred' },
    of: ({ scores }) => ({
      pred: withVoxels(scores, { shape: [2, 35, 52, 33], data: scores.data.slice(scores.data.length / 3) }),
    }),
    key: 'pred',
    note: 'Of what a network might say about two classes.',
  },
  VistaPreTransformd: entries({ keys: 'image', subclass: { 2: [14, 5], 20: [28, 29] } }, ({ scan }) => ({
    image: scan,
    label_prompt: [2, 20],
  })),
}

function undersampled(): Example {
  return {
    show: 'channels',
    options: { keys: 'kspace', centerFractions: [0.1], accelerations: [4] },
    of: ({ slice }) => ({ image: slice, kspace: frequencies(slice) }),
    outKey: 'kspace_masked_ifft',
    note: 'Of the frequencies of a slice [1, 35, 52, 2]: the image that is left of a quarter of its columns.',
  }
}

/** The discrete Fourier transform of a slice, the frequency 0 in the middle: [1, width, height, 2]. */
function frequencies({ shape, data }: Image): Image {
  const [, width, height] = shape
  const rows = Array.from({ length: width }, (_, x) => Array.from({ length: height }, (_, y): Complex => [Number(data[x * height + y]), 0])) // prettier-ignore
  const across = rows.map(transformed)
  const columns = Array.from({ length: height }, (_, y) => transformed(across.map((row) => row[y])))
  const values = Array.from({ length: width }, (_, x) => columns.map((column) => column[x]))
  return image('float32', [1, width, height, 2], Float32Array.from(values.flat(2)))
}

type Complex = readonly [re: number, im: number]

function transformed(line: readonly Complex[]): Complex[] {
  const middle = Math.floor(line.length / 2)
  return line.map((_, k) =>
    line.reduce<Complex>(
      ([re, im], [a, b], i) => {
        const angle = (-2 * Math.PI * (k - middle) * (i - middle)) / line.length
        return [re + a * Math.cos(angle) - b * Math.sin(angle), im + a * Math.sin(angle) + b * Math.cos(angle)]
      },
      [0, 0],
    ),
  )
}

import { image } from 'volvox'
import type { Subjects } from '../subjects.ts'
import type { Examples } from './example.ts'

/** Around an axis from left to right, seen from the right. */
const sagittal = { axis: 0, at: 0.45, up: true }
const flat = ({ slice, sliceLabel, sliceGrid }: Subjects) => ({
  image: slice,
  label: sliceLabel,
  grid: sliceGrid,
})
const onSlice = 'On a slice of the scan.'

export const spatialExamples: Examples = {
  Affine: {
    show: 'moves',
    options: {
      rotateParams: [0, 0, 0.3],
      shearParams: [0.1, 0, 0, 0, 0, 0],
      scaleParams: [1.2, 1, 1],
      paddingMode: 'zeros',
    },
  },
  RandAffine: {
    show: 'moves',
    options: {
      prob: 1,
      rotateRange: [0, 0, 0.4],
      translateRange: [5, 5, 0],
      scaleRange: [0.2, 0.2, 0],
      paddingMode: 'zeros',
    },
  },
  AffineGrid: {
    show: 'entries',
    options: { rotateParams: 0.3, scaleParams: [1.2, 1] },
    of: () => ({ spatialSize: [35, 52] }),
    note: 'It is given a size (or a grid) and gives a grid, for `Resample`, and the matrix.',
  },
  RandAffineGrid: {
    show: 'entries',
    options: { rotateRange: 0.3, translateRange: [4, 4] },
    of: () => ({ spatialSize: [35, 52] }),
    note: 'It is given a size (or a grid) and gives a grid, for `Resample`.',
  },
  RandDeformGrid: {
    show: 'entries',
    options: { spacing: [8, 8], magnitudeRange: [1, 3] },
    of: () => ({ spatialSize: [35, 52] }),
    note: 'It is given a size and gives control points that span it.',
  },
  ConvertBoxToPoints: {
    show: 'entries',
    options: { mode: 'xyzxyz' },
    of: () => image('float32', [1, 6], Float32Array.of(4, 20, 5, 26, 40, 20)),
    note: 'Given one box.',
  },
  ConvertPointsToBoxes: {
    show: 'entries',
    options: {},
    of: () => image('float32', [1, 3, 3], Float32Array.of(4, 20, 5, 26, 30, 20, 10, 40, 12)),
    note: 'Given three points of one object.',
  },
  Rand2DElastic: {
    show: 'moves',
    options: { prob: 1, spacing: [9, 9], magnitudeRange: [1, 2.5], paddingMode: 'zeros' },
    of: flat,
    note: onSlice,
  },
  Rand3DElastic: {
    show: 'moves',
    options: { prob: 1, sigmaRange: [4, 6], magnitudeRange: [80, 160], paddingMode: 'zeros' },
  },
  Flip: { show: 'moves', options: { spatialAxis: 1 } },
  RandFlip: { show: 'moves', options: { prob: 0.5, spatialAxis: 0 } },
  RandAxisFlip: { show: 'moves', options: { prob: 0.9 } },
  GridDistortion: {
    show: 'moves',
    options: {
      numCells: 4,
      distortSteps: [
        [1.4, 0.7, 1.3, 0.8, 1],
        [0.7, 1.4, 0.8, 1.3, 1],
        [1, 1, 1, 1, 1],
      ],
    },
  },
  RandGridDistortion: { show: 'moves', options: { prob: 1, numCells: 4, distortLimit: 0.4 } },
  GridPatch: {
    show: 'parts',
    options: { patchSize: [16, 16], numPatches: 4, sortFn: 'max' },
    of: ({ slice }) => slice,
    note: 'On a slice of the scan: the four brightest patches.',
  },
  RandGridPatch: {
    show: 'parts',
    options: { patchSize: [12, 12], minOffset: 0, maxOffset: 6, numPatches: 4, sortFn: 'random' },
    of: ({ slice }) => slice,
    note: onSlice,
  },
  GridSplit: {
    show: 'parts',
    options: { grid: [2, 2] },
    of: ({ tissue }) => tissue,
    view: { up: false },
    note: 'On stained tissue.',
  },
  Orientation: { show: 'moves', options: { axcodes: 'PLS' } },
  Resample: {
    show: 'values',
    options: { paddingMode: 'zeros' },
    of: ({ slice }) => slice,
    also: () => [{ grid: waves() }],
    note: 'On a slice of the scan, with a grid whose columns go up and down in waves.',
  },
  Resize: { show: 'moves', options: { spatialSize: [48, 40, 33], mode: 'trilinear' } },
  ResizePerAxis: { show: 'moves', options: { scale: [1.4, 0.6, 1] } },
  RandResizePerAxis: { show: 'moves', options: { prob: 1, scaleRange: [0.6, 1.1] } },
  Rotate: { show: 'moves', options: { angle: [0, 0, 0.4], keepSize: false, paddingMode: 'zeros' } },
  RandRotate: { show: 'moves', options: { prob: 1, rangeZ: 0.6, paddingMode: 'zeros' } },
  Rotate3dAxis: { show: 'moves', options: { angle: 25, axis: [0, 0, 1], keepSize: true }, view: sagittal },
  RandRotate3dAxis: { show: 'moves', options: { prob: 1, angleRange: 40, axis: [1, 0, 0] } },
  Rotate90: { show: 'moves', options: { k: 1, spatialAxes: [0, 1] } },
  RandRotate90: { show: 'moves', options: { prob: 1, maxK: 3, spatialAxes: [0, 1] } },
  RandSimulateLowResolution: { show: 'values', options: { prob: 1, zoomRange: [0.25, 0.5] } },
  Spacing: { show: 'moves', options: { pixdim: [1, 2, 1] } },
  SpatialResample: {
    show: 'values',
    options: {},
    also: () => [{ dstAffine: [1.5, 0, 0, -5, 0, 1.5, 0, -5, 0, 0, 1, 0, 0, 0, 0, 1], spatialSize: [30, 40, 33] }],
    note: 'To a lattice of 1.5 mm that begins 5 mm outside of the scan.',
  },
  ResampleToMatch: {
    show: 'classes',
    options: { mode: 'nearest' },
    of: ({ label }) => label,
    also: ({ scan }) => [{ imgDst: { ...scan, affine: [0.8, 0, 0, 2, 0, 0.8, 0, 4, 0, 0, 1, 0, 0, 0, 0, 1] } }],
    note: 'The label, on the lattice of another image with smaller voxels.',
  },
  WarpAffine: { show: 'moves', options: { matrix: [1, 0, 0, 0, 0, 0.94, 0.34, -6, 0, -0.34, 0.94, 12], fillValue: 0 } },
  RandWarpAffine: {
    show: 'moves',
    options: { prob: 1, angleRange: 25, axis: [1, 0, 0], scaleRange: 0.2, translateRange: 4, fillValue: 0 },
  },
  Zoom: { show: 'moves', options: { zoom: [1.4, 1.4, 1], mode: 'trilinear' } },
  RandZoom: {
    show: 'moves',
    options: { prob: 1, minZoom: 0.7, maxZoom: 1.5, mode: 'trilinear', paddingMode: 'constant' },
  },
}

/** Positions in voxels from the centre of a slice, [2, 35, 52]. */
function waves() {
  const [width, height] = [35, 52]
  const data = Float32Array.from({ length: 2 * width * height }, (_, i) => {
    const [x, y] = [Math.floor((i % (width * height)) / height), i % height]
    return i < width * height ? x - (width - 1) / 2 : y - (height - 1) / 2 + 3 * Math.sin((2 * Math.PI * x) / 12)
  })
  return { dtype: 'float32' as const, shape: [2, width, height], data }
}

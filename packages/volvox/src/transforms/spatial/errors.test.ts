import { expect, test } from 'vitest'
import { identity } from '../../core/affine.ts'
import { image } from '../../core/image.ts'
import {
  RandSpatialCrop,
  SpatialCrop,
  SpatialPad,
  CropForeground,
  RandCropByPosNegLabel,
  BorderPad,
  Pad,
} from '../croppad/index.ts'
import {
  Affine,
  AffineGrid,
  ConvertBoxToPoints,
  ConvertPointsToBoxes,
  Flip,
  GridDistortion,
  GridPatch,
  GridSplit,
  GridSplitd,
  Orientation,
  RandDeformGrid,
  RandSimulateLowResolution,
  Resample,
  ResampleToMatch,
  Resize,
  Rotate90,
  Spacing,
  Zoom,
} from './index.ts'

const volume = image('float32', [1, 4, 5, 6], new Float32Array(120))

const plane = image('float32', [1, 4, 30], new Float32Array(120))

const mistakes: readonly [what: string, run: () => unknown, message: RegExp][] = [
  [
    'an axis that is not there',
    () => Flip({ spatialAxis: [3] })(volume),
    /^Flip\.spatialAxis: axis 3 does not exist in 3 axes; use -3 to 2$/,
  ],
  [
    'one axis twice',
    () => Rotate90({ spatialAxes: [1, 1] })(volume),
    /^Rotate90\.spatialAxes: \[1, 1\] is not a plane; give two different axes$/,
  ],
  ['no direction', () => Orientation()(volume), /^Orientation\.axcodes: is missing; give letters/],
  [
    'a direction that does not exist',
    () => Orientation({ axcodes: 'RAX' })(volume),
    /^Orientation\.axcodes: "X" is not a direction/,
  ],
  [
    'a size of the wrong length',
    () => Resize({ spatialSize: [4, 4] })(volume),
    /^Resize\.spatialSize: \[4, 4\] has 2 values for 3 spatial axes; give 3, or one number$/,
  ],
  [
    'a list for the longest axis',
    () => Resize({ spatialSize: [4], sizeMode: 'longest' })(volume),
    /^Resize\.spatialSize: \[4\] does not go with sizeMode "longest"/,
  ],
  [
    'an unknown mode',
    () => Resize({ spatialSize: 3, mode: 'cubic' as 'area' })(volume),
    /^Resize\.mode: "cubic" does not fit; give one of "nearest"/,
  ],
  ['no voxel size', () => Spacing({ pixdim: [] })(volume), /^Spacing\.pixdim: is empty/],
  [
    'an affine without inverse',
    () => Spacing({ pixdim: 1 })({ ...volume, affine: identity().fill(0, 0, 1) }),
    /has no inverse; each axis must point/,
  ],
  [
    'limits the wrong way round',
    () => Spacing({ pixdim: 1, minPixdim: [3], maxPixdim: [2] })(volume),
    /^Spacing\.minPixdim: 3 is below 0 or above maxPixdim 2 at axis 0/,
  ],
  [
    'no image to match',
    () => ResampleToMatch()(volume),
    /^ResampleToMatch\.imgDst: is undefined; give the image to match$/,
  ],
  [
    'a matrix of the wrong size',
    () => Affine({ affine: [1, 2, 3] })(volume),
    /^Affine\.affine: \[1, 2, 3\] is not a matrix for 3 axes; give 4 rows of 4 numbers$/,
  ],
  [
    'padding that a grid does not have',
    () => Affine({ rotateParams: 0.1, paddingMode: 'mirror' })(volume),
    /^Affine: paddingMode: "mirror" does not go with mode "bilinear"; use "zeros", "border" or "reflection"$/,
  ],
  [
    'nothing left',
    () => Zoom({ zoom: 0.1 })(volume),
    /^Zoom\.zoom: 0\.1 leaves nothing of \[4, 5, 6\]; use larger factors$/,
  ],
  [
    'an unknown padding',
    () => SpatialPad({ spatialSize: 9, mode: 'mirrored' })(volume),
    /^SpatialPad: paddingMode: "mirrored" is unknown; use one of constant, /,
  ],
  [
    'a border of two values',
    () => BorderPad({ spatialBorder: [1, 2] })(volume),
    /^BorderPad\.spatialBorder: has 2 values for 3 spatial axes; give 1, 3 or 6$/,
  ],
  ['padded channels', () => Pad({ toPad: [[1, 0]] })(volume), /^Pad\.toPad: \[\[1, 0\]\] does not pad 3 spatial axes/],
  [
    'a box without voxels',
    () => SpatialCrop({ roiStart: [4, 0, 0], roiEnd: [6, 2, 2] })(volume),
    /^SpatialCrop: the box from \[4, 0, 0\] to \[6, 2, 2\] holds no voxel of \[4, 5, 6\]/,
  ],
  ['no box', () => SpatialCrop()(volume), /^SpatialCrop: has no box; give roiCenter and roiSize/],
  [
    'slices with a step',
    () => SpatialCrop({ roiSlices: [[0, 4, 2]] })(volume),
    /^SpatialCrop\.roiSlices: 1 slices for 3 axes; give one per axis, with a step of 1$/,
  ],
  ['no foreground', () => CropForeground()(volume), /^CropForeground: no voxel is foreground; check selectFn/],
  [
    'sizes the wrong way round',
    () => RandSpatialCrop({ roiSize: 4, maxRoiSize: 3, randomSize: true })(volume),
    /^RandSpatialCrop: the smallest box \[4, 4, 4\] is larger than the largest, \[3, 3, 3\]/,
  ],
  [
    'a box larger than the image',
    () => RandCropByPosNegLabel({ spatialSize: 5 })(volume, { label: volume }),
    /^RandCropByPosNegLabel: a box of \[5, 5, 5\] does not fit \[4, 5, 6\]; set allowSmaller, or pad first$/,
  ],
  [
    'no label',
    () => RandCropByPosNegLabel({ spatialSize: 2 })(volume),
    /^RandCropByPosNegLabel\.label: is null; give an image of classes$/,
  ],
  [
    'factors for too few axes',
    () => GridDistortion({ numCells: 2, distortSteps: [[1, 1, 1]] })(volume),
    /^GridDistortion\.distortSteps: has 1 lists for 3 spatial axes; give one per axis$/,
  ],
  [
    'too few factors',
    () =>
      GridDistortion({
        numCells: 2,
        distortSteps: [
          [1, 1, 1],
          [1, 1, 1],
          [1, 1],
        ],
      })(volume),
    /^GridDistortion\.distortSteps: has 2 factors for 2 cells; give 3$/,
  ],
  [
    'cells thinner than a voxel',
    () => GridDistortion({ numCells: 5, distortSteps: [[1], [1], [1]] })(volume),
    /^GridDistortion\.numCells: 5 cells do not fit axis 0 of 4 voxels; give 1 to its size$/,
  ],
  ['a split of a volume', () => GridSplit()(volume), /^GridSplit: was given an image with 3 spatial axes; it takes 2$/],
  [
    'parts larger than the image',
    () => GridSplitd({ keys: 'a', size: { a: [5, 9] } })({ a: plane }),
    /^GridSplitd\.size \("a"\): parts of \[5, 9\] do not fit an image of \[4, 30\]; give 1 to its size$/,
  ],
  [
    'patches that do not advance',
    () => GridPatch({ patchSize: [2, 2, 2], overlap: 1 })(volume),
    /^GridPatch\.overlap: 1 leaves no step between patches of 2 voxels; use less$/,
  ],
  [
    'patches beyond the image',
    () => GridPatch({ patchSize: [2, 2, 2], offset: [3, 0, 0] })(volume),
    /^GridPatch\.offset: no patch of \[2, 2, 2\] from \[3, 0, 0\] fits \[4, 5, 6\]; start earlier, or set padMode$/,
  ],
  [
    'a patch of too many axes',
    () => GridPatch({ patchSize: [2, 2, 2, 2] })(volume),
    /^GridPatch\.patchSize: \[2, 2, 2, 2\] does not fit 3 spatial axes; give a size per axis, 0 for the whole axis$/,
  ],
  [
    'a resolution that leaves nothing',
    () => RandSimulateLowResolution({ prob: 1, zoomRange: [0.01, 0.01] })(volume),
    /^RandSimulateLowResolution\.zoomRange: 0\.01 leaves nothing of \[4, 5, 6\]; use larger factors$/,
  ],
  [
    'a grid of the wrong rank',
    () => Resample()(volume, { grid: plane }),
    /^Resample\.grid: has the shape \[1, 4, 30\]; an image of 3 spatial axes takes \[3, \.\.\.shape\], or more rows$/,
  ],
  [
    'no size for a grid',
    () => AffineGrid()({}),
    /^AffineGrid\.spatialSize: and grid are both missing; give one of them$/,
  ],
  [
    'no size for control points',
    () => RandDeformGrid({ spacing: 2, magnitudeRange: [1, 2] })({}),
    /^RandDeformGrid\.spatialSize: is missing; give the size of the image$/,
  ],
  [
    'boxes of five numbers',
    () => ConvertBoxToPoints()([[1, 2, 3, 4, 5]]),
    /^ConvertBoxToPoints: boxes have shape \[1, 5\]; give \[N, 4\] or \[N, 6\]$/,
  ],
  [
    'boxes that are text',
    () => ConvertBoxToPoints()('box'),
    /^ConvertBoxToPoints: was given "box"; give a tensor, or a list of rows of numbers$/,
  ],
  [
    'points without axes',
    () => ConvertPointsToBoxes()([[1, 2]]),
    /^ConvertPointsToBoxes: points have the shape \[1, 2\]; give \[boxes, points, axes\]$/,
  ],
  [
    'inverting in the wrong order',
    () => Flip().inverse(volume),
    /^Flip\.inverse: the newest transform of this image is none/,
  ],
]

for (const [what, run, message] of mistakes)
  test(`${what} is refused in one sentence`, () => {
    expect(run).toThrow(message)
  })

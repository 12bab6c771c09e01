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
import { Affine, Flip, Orientation, ResampleToMatch, Resize, Rotate90, Spacing, Zoom } from './index.ts'

const volume = image('float32', [1, 4, 5, 6], new Float32Array(120))

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
    /^paddingMode: "mirror" does not go with mode "bilinear"; use "zeros", "border" or "reflection"$/,
  ],
  [
    'nothing left',
    () => Zoom({ zoom: 0.1 })(volume),
    /^Zoom\.zoom: 0\.1 leaves nothing of \[4, 5, 6\]; use larger factors$/,
  ],
  [
    'an unknown padding',
    () => SpatialPad({ spatialSize: 9, mode: 'mirrored' })(volume),
    /^paddingMode: "mirrored" is unknown; use one of constant, /,
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
    /^RandCropByPosNegLabel\.label: is undefined; give an image of classes$/,
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

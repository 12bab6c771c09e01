import { BoxToMask, image } from 'volvox'
import type { Subjects } from '../subjects.ts'
import type { Example, Examples, Options } from './example.ts'

/** Two boxes, in the slice that is looked at. */
const boxes = () => image('float32', [2, 6], Float32Array.of(6, 26, 4, 26, 44, 22, 20, 8, 6, 44, 24, 20))
const within = () => image('float32', [2, 6], Float32Array.of(6, 26, 4, 26, 44, 22, 20, 8, 6, 33, 24, 20))
const labels = () => image('int64', [2], BigInt64Array.of(1n, 2n))
const inScan = ({ scan, label }: Subjects) => ({ image: scan, label, box: boxes(), boxLabel: labels() })
const withImage = (options: Options): Example => ({
  show: 'boxes',
  options: { imageKeys: 'image', boxKeys: 'box', boxRefImageKeys: 'image', ...options },
  of: inScan,
  note: 'Two boxes in the scan, one of which leaves it.',
})
const plainly = (options: Options = {}, inputs: Options = {}): Example => ({
  show: 'entries',
  options,
  of: boxes,
  also: () => [inputs],
  note: 'Given two boxes, low corners first.',
})
const spatialSize = [35, 52, 33]

export const boxExamples: Examples = {
  AffineBox: plainly({}, { affine: [2, 0, 0, 5, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1] }),
  AffineBoxToImageCoordinated: {
    show: 'entries',
    options: { boxKeys: 'box', boxRefImageKeys: 'image' },
    of: inScan,
  },
  AffineBoxToWorldCoordinated: {
    show: 'entries',
    options: { boxKeys: 'box', boxRefImageKeys: 'image' },
    of: inScan,
  },
  BoxToMask: {
    show: 'channels',
    options: { ellipseMask: true },
    of: within,
    also: () => [{ labels: labels(), spatialSize }],
    note: 'Of two boxes with labels, for an image of [35, 52, 33].',
  },
  ClipBoxToImaged: {
    show: 'boxes',
    options: { boxKeys: 'box', labelKeys: 'boxLabel', boxRefImageKeys: 'image' },
    of: inScan,
    note: 'Two boxes in the scan, one of which leaves it.',
  },
  ConvertBoxMode: plainly({ srcMode: 'xyzxyz', dstMode: 'cccwhd' }),
  ConvertBoxToStandardMode: plainly({ mode: 'xyzwhd' }),
  FlipBoxd: withImage({ spatialAxis: 1 }),
  MaskToBox: {
    show: 'entries',
    options: {},
    of: () => BoxToMask()(within(), { labels: labels(), spatialSize }),
    note: 'Given the mask that `BoxToMask` makes of two boxes.',
  },
  RandCropBoxByPosNegLabeld: {
    show: 'boxes',
    options: {
      imageKeys: ['image'],
      boxKeys: 'box',
      labelKeys: 'boxLabel',
      spatialSize: [28, 36, 33],
      pos: 1,
      neg: 0,
      numSamples: 1,
      wholeBox: false,
    },
    of: inScan,
    note: 'Two boxes in the scan, one of which leaves it.',
  },
  RandFlipBoxd: withImage({ prob: 0.6, spatialAxis: 0 }),
  RandRotateBox90d: withImage({ prob: 1, maxK: 3 }),
  RandZoomBoxd: withImage({ prob: 1, minZoom: 0.6, maxZoom: 1.3, keepSize: true }),
  ResizeBox: plainly({ spatialSize: [70, 52, 33] }, { srcSpatialSize: spatialSize }),
  RotateBox90d: withImage({ k: 1, spatialAxes: [0, 1] }),
  SpatialCropBox: plainly({ roiStart: [10, 10, 0], roiEnd: [30, 40, 33] }, { labels: labels() }),
  StandardizeEmptyBox: {
    show: 'entries',
    options: { spatialDims: 3 },
    of: () => image('float32', [0], new Float32Array(0)),
    note: 'Given boxes of an image without any.',
  },
  ZoomBoxd: withImage({ zoom: [0.7, 0.7, 1], keepSize: true }),
}

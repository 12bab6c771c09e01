import { CenterSpatialCrop, RandSpatialCrop, SpatialPad } from 'volvox'
import type { Examples } from './example.ts'

export const croppadExamples: Examples = {
  AnchorCrop: { show: 'crops', options: { anchor: [6, -6, 0], spatialSize: [24, 30, 33] } },
  BorderPad: { show: 'moves', options: { spatialBorder: [8, 4, 0], mode: 'reflect' } },
  BoundingRect: { show: 'entries', options: {}, of: ({ label }) => label, note: 'Of the label: the box about it.' },
  CenterScaleCrop: { show: 'crops', options: { roiScale: [0.6, 0.6, 1] } },
  CenterSpatialCrop: { show: 'crops', options: { roiSize: [20, 28, -1] } },
  Cropd: { show: 'crops', options: { cropper: CenterSpatialCrop({ roiSize: [20, 28, -1] }) } },
  RandCropd: { show: 'crops', options: { cropper: RandSpatialCrop({ roiSize: [20, 20, -1], randomSize: false }) } },
  CropForeground: { show: 'crops', options: { sourceKey: 'label', margin: [3, 3, 0] } },
  DivisiblePad: { show: 'moves', options: { k: [24, 32, 1] } },
  Pad: {
    show: 'values',
    options: {
      toPad: [
        [0, 0],
        [10, 2],
        [0, 8],
        [0, 0],
      ],
    },
  },
  Padd: { show: 'moves', options: { padder: SpatialPad({ spatialSize: [48, 60, 33] }) } },
  RandCropByLabelClasses: {
    show: 'crops',
    options: { labelKey: 'label', spatialSize: [18, 18, 8], ratios: [0, 1, 1], numClasses: 3, numSamples: 3 },
  },
  RandCropByPosNegLabel: {
    show: 'crops',
    options: { labelKey: 'label', spatialSize: [18, 18, 8], pos: 2, neg: 1, numSamples: 3 },
  },
  RandObjectCrop: { show: 'crops', options: { labelKey: 'label', spatialSize: [24, 24, 12], foregroundProb: 0.8 } },
  RandomObjectBBox: {
    show: 'entries',
    options: {},
    of: ({ label }) => label,
    note: 'Of the label: the box of one of its objects.',
  },
  RandScaleCrop: { show: 'crops', options: { roiScale: [0.5, 0.5, 1], randomSize: true } },
  RandSpatialCrop: { show: 'crops', options: { roiSize: [20, 20, -1], randomSize: false } },
  RandSpatialCropSamples: { show: 'crops', options: { roiSize: [16, 16, 33], numSamples: 3, randomSize: false } },
  RandWeightedCrop: { show: 'crops', options: { wKey: 'label', spatialSize: [16, 16, 8], numSamples: 3 } },
  ResizeWithPadOrCrop: { show: 'moves', options: { spatialSize: [48, 40, 33] } },
  SpatialCrop: { show: 'crops', options: { roiCenter: [14, 30, 16], roiSize: [20, 24, 33] } },
  SpatialPad: { show: 'moves', options: { spatialSize: [50, 52, 33], method: 'end', mode: 'edge' } },
}

import { ConfigError } from 'volvox'
import type { Recipe } from './recipe.ts'

const both = ['image', 'label']
const patchSize = [32, 48, 32]

/**
 * Hippocampus head and body in 1 mm MRI crops of about 35 x 50 x 35 voxels (Medical Segmentation Decathlon, task 4). Made for 20
 * minutes on two cores: a narrow network, small crops, and a learning rate that is zero when the time is up.
 */
export const hippocampus: Recipe = {
  name: 'hippocampus',
  summary: 'small MRI volumes (about 35 x 50 x 35 voxels), a few classes, minutes on a CPU',
  plan({ name, labels, modalities }) {
    const values = Object.keys(labels).map(Number)
    const highest = Math.max(...values)
    if (values.length < 2 || highest !== values.length - 1)
      throw new ConfigError(
        `${name}: labels`,
        `declares the values ${values.join(', ') || 'none'}; give 0 (background) to the number of classes, without a gap`,
      )
    return {
      recipe: 'hippocampus',
      classes: values.map((value) => labels[value]),
      preprocessing: [
        { _target_: 'LoadImaged', keys: both, allow_missing_keys: true },
        { _target_: 'EnsureChannelFirstd', keys: both, allow_missing_keys: true },
        { _target_: 'Orientationd', keys: both, axcodes: 'RAS', allow_missing_keys: true },
        { _target_: 'NormalizeIntensityd', keys: ['image'], channel_wise: true },
        { _target_: 'EnsureTyped', keys: ['image'], dtype: 'float32' },
      ],
      augmentation: [
        {
          _target_: 'RandAffined',
          keys: both,
          prob: 0.3,
          rotate_range: [0.26, 0.26, 0.26],
          scale_range: [0.15, 0.15, 0.15],
          mode: ['bilinear', 'nearest'],
          padding_mode: 'border',
        },
        { _target_: 'SpatialPadd', keys: both, spatial_size: patchSize },
        { _target_: 'RandSpatialCropd', keys: both, roi_size: patchSize, random_size: false },
        ...[0, 1, 2].map((axis) => ({ _target_: 'RandFlipd', keys: both, prob: 0.5, spatial_axis: axis })),
        { _target_: 'RandAdjustContrastd', keys: ['image'], prob: 0.2, gamma: [0.7, 1.5] },
        { _target_: 'RandScaleIntensityd', keys: ['image'], prob: 0.2, factors: 0.25 },
        { _target_: 'RandShiftIntensityd', keys: ['image'], prob: 0.2, offsets: 0.1 },
        { _target_: 'RandGaussianNoised', keys: ['image'], prob: 0.15, std: 0.1 },
      ],
      network: {
        _target_: 'DynUNet',
        spatial_dims: 3,
        in_channels: Math.max(1, modalities.length),
        out_channels: values.length,
        kernel_size: [3, 3, 3, 3],
        strides: [1, 2, 2, 2],
        upsample_kernel_size: [2, 2, 2],
        filters: [16, 32, 64, 128],
      },
      loss: { _target_: 'DiceCELoss', include_background: false, to_onehot_y: true, softmax: true, batch: true },
      optimizer: { _target_: 'AdamW', lr: 3e-3, weight_decay: 0.01 },
      warmup: 0.03,
      ema: 0.99,
      clipNorm: 12,
      precision: 'bfloat16',
      batchSize: 4,
      patchSize,
      inference: { roiSize: patchSize, swBatchSize: 4, overlap: 0.5, mode: 'gaussian', flips: true },
      // There is one hippocampus in each image: parts that touch none of it are mistakes.
      postprocessing: [
        {
          _target_: 'KeepLargestConnectedComponentd',
          keys: ['pred'],
          applied_labels: values.filter((value) => value > 0),
          independent: false,
        },
      ],
    }
  },
}

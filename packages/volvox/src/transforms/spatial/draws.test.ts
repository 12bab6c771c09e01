import { expect, test } from 'vitest'
import { image, type Image } from '../../core/image.ts'
import * as croppad from '../croppad/index.ts'
import * as spatial from './index.ts'

type Maker = (options: object) => { (sample: object): unknown; setRandomState(seed: number): unknown }

// Translations and first element of the affine of "label" in four calls of MONAI's dictionary transforms, seed 5, for
// an image of [1, 9, 8, 7] with voxels of 1 x 2 x 3 mm and a label of the same shape. Their order of draws is not that
// of the plain forms.
const recorded: readonly [name: string, options: object, affines: readonly (readonly number[])[]][] = [
  [
    'RandFlipd',
    { prob: 0.5, spatialAxis: 0 },
    [
      [8.0, 0.0, 0.0, -1.0],
      [0.0, 0.0, 0.0, 1.0],
      [8.0, 0.0, 0.0, -1.0],
      [0.0, 0.0, 0.0, 1.0],
    ],
  ],
  [
    'RandRotate90d',
    { prob: 0.5, maxK: 3 },
    [
      [0.0, 0.0, 0.0, 1.0],
      [8.0, 0.0, 0.0, 0.0],
      [8.0, 14.0, 0.0, -1.0],
      [0.0, 0.0, 0.0, 1.0],
    ],
  ],
  [
    'RandRotated',
    { prob: 0.5, rangeX: 0.3, rangeY: [-0.1, 0.4], rangeZ: 0.2 },
    [
      [0.62921, 0.28617, -2.47039, 0.98601],
      [0.0, 0.0, 0.0, 1.0],
      [0.53676, -1.7914, 1.69221, 0.99369],
      [0.0, 0.0, 0.0, 1.0],
    ],
  ],
  [
    'RandZoomd',
    { prob: 0.5, minZoom: 0.7, maxZoom: 1.3, mode: 'nearest' },
    [
      [0.72727, -0.11111, 2.4375, 0.81818],
      [0.0, 0.0, 0.0, 1.0],
      [0.0, 0.0, 0.0, 1.0],
      [0.0, 0.0, 0.0, 1.0],
    ],
  ],
  [
    'RandAffined',
    { prob: 0.5, rotateRange: 0.2, translateRange: [2.0, 1.0, 1.0], scaleRange: [[0.1, 0.2], 0.1, 0.1] },
    [
      [-1.50817, -1.11319, -1.99046, 1.17384],
      [0.0, 0.0, 0.0, 1.0],
      [0.89841, -0.79315, -2.60095, 1.19815],
      [0.0, 0.0, 0.0, 1.0],
    ],
  ],
  [
    'RandAxisFlipd',
    { prob: 0.6 },
    [
      [0.0, 14.0, 0.0, 1.0],
      [0.0, 0.0, 0.0, 1.0],
      [8.0, 0.0, 0.0, -1.0],
      [0.0, 0.0, 0.0, 1.0],
    ],
  ],
  [
    'RandSpatialCropd',
    { roiSize: [4, 3, 5], randomSize: false },
    [
      [3.0, 10.0, 6.0, 1.0],
      [0.0, 2.0, 0.0, 1.0],
      [4.0, 6.0, 0.0, 1.0],
      [0.0, 8.0, 3.0, 1.0],
    ],
  ],
  [
    'RandSpatialCropd',
    { roiSize: [2, 3, 2], randomSize: true },
    [
      [1.0, 0.0, 0.0, 1.0],
      [2.0, 0.0, 12.0, 1.0],
      [0.0, 0.0, 0.0, 1.0],
      [3.0, 2.0, 0.0, 1.0],
    ],
  ],
  [
    'RandScaleCropd',
    { roiScale: 0.4, randomSize: true },
    [
      [0.0, 8.0, 9.0, 1.0],
      [0.0, 2.0, 0.0, 1.0],
      [1.0, 0.0, 3.0, 1.0],
      [1.0, 4.0, 3.0, 1.0],
    ],
  ],
  [
    'RandSpatialCropSamplesd',
    { roiSize: [4, 3, 5], numSamples: 2, randomSize: false },
    [
      [4.0, 2.0, 3.0, 1.0],
      [4.0, 2.0, 3.0, 1.0],
      [5.0, 8.0, 6.0, 1.0],
      [4.0, 8.0, 3.0, 1.0],
      [1.0, 10.0, 0.0, 1.0],
      [4.0, 8.0, 3.0, 1.0],
      [4.0, 4.0, 6.0, 1.0],
      [1.0, 2.0, 0.0, 1.0],
    ],
  ],
]

for (const [name, options, affines] of recorded)
  test(`${name} ${JSON.stringify(options)} draws as MONAI's`, () => {
    const make = { ...spatial, ...croppad }[name as keyof typeof spatial] as unknown as Maker
    const transform = make({ keys: ['image', 'label'], ...options })
    transform.setRandomState(5)
    const img = image('float32', [1, 9, 8, 7], new Float32Array(504), {
      affine: [1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1],
    })
    const results = [0, 1, 2, 3].flatMap(() => transform({ image: img, label: img })) as { label: Image }[]
    const got = results.map(({ label: { affine } }) => [affine[3], affine[7], affine[11], affine[0]])
    expect(got.length).toBe(affines.length)
    got.forEach((values, call) => values.forEach((x, i) => expect(x).toBeCloseTo(affines[call][i], 4)))
  })

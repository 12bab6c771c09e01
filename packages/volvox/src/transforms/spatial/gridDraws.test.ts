import { expect, test } from 'vitest'
import { image, type Image } from '../../core/image.ts'
import { sizeOf } from '../../core/tensor.ts'
import { RandGridDistortiond, RandGridPatchd, RandSimulateLowResolutiond } from './index.ts'

type Maker = (options: object) => { (sample: object): unknown; setRandomState(seed: number): unknown }

// Elements 3, 25 and 50 of "a" and "b" after each of three calls of MONAI's dictionary transforms, seed 5, on an image of
// (37·i) mod 251 under both keys. Orders of patches, and factors of resolutions, are drawn for each image anew.
const recorded: readonly [
  name: string,
  make: unknown,
  shape: readonly number[],
  options: object,
  values: number[][][],
][] = [
  [
    'RandGridDistortiond',
    RandGridDistortiond,
    [1, 12, 10],
    { prob: 0.7, numCells: 3, distortLimit: 0.3, mode: ['bilinear', 'nearest'] },
    [
      [
        [118.442, 133.072, 210.627],
        [111, 114, 212],
      ],
      [
        [111, 172, 93],
        [111, 172, 93],
      ],
      [
        [136.304, 218.764, 156.642],
        [148, 209, 93],
      ],
    ],
  ],
  [
    'RandGridPatchd',
    RandGridPatchd,
    [1, 12, 10],
    { patchSize: [4, 3], sortFn: 'random', numPatches: 5 },
    [
      [
        [130, 45, 170],
        [127, 133, 222],
      ],
      [
        [119, 207, 45],
        [38, 11, 133],
      ],
      [
        [64, 207, 45],
        [67, 233, 159],
      ],
    ],
  ],
  [
    'RandSimulateLowResolutiond',
    RandSimulateLowResolutiond,
    [1, 8, 9, 7],
    { prob: 0.7, zoomRange: [0.4, 0.8] },
    [
      [
        [74, 144.635, 71.81],
        [74, 144.635, 71.81],
      ],
      [
        [111, 172, 93],
        [111, 172, 93],
      ],
      [
        [74, 148.19, 73.143],
        [74, 131.397, 63.881],
      ],
    ],
  ],
]

for (const [name, make, shape, options, values] of recorded)
  test(`${name} draws as MONAI's`, () => {
    const transform = (make as Maker)({ keys: ['a', 'b'], ...options })
    transform.setRandomState(5)
    const img = image(
      'float32',
      shape,
      Float32Array.from({ length: sizeOf(shape) }, (_, i) => (37 * i) % 251),
    )
    for (const call of values) {
      const result = transform({ a: img, b: img }) as Readonly<Record<string, Image>>
      call.forEach((wanted, i) => {
        const { data } = result['ab'[i]]
        ;[3, 25, 50].forEach((at, j) => expect(Number(data[at])).toBeCloseTo(wanted[j], 2))
      })
    }
  })

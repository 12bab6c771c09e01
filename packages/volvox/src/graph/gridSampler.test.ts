import { expect, test } from 'vitest'
import { floats } from '../core/tensor.ts'
import { evaluate, gradients, gridSample, input, sum } from './index.ts'
import type { GridSampleAttrs } from './ops/index.ts'

const x = floats([1, 1, 2, 3], [1, 2, 3, 4, 5, 6])
const places = floats([1, 1, 5, 2], [-1, -1, 0.5, 0, 0, 1.6, -1.7, 0.2, 0.25, -0.5])

// torch.nn.functional.grid_sample of these numbers, and the gradient of its sum with respect to the places
// prettier-ignore
const table: readonly (readonly [GridSampleAttrs['mode'], GridSampleAttrs['paddingMode'], boolean, readonly number[], readonly number[]])[] = [
  ['nearest', 'zeros', true, [1, 3, 5, 0, 2], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ['nearest', 'reflection', true, [1, 3, 5, 5, 2], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ['linear', 'zeros', true, [1, 4, 3.5, 0.84, 3], [1, 1.5, 1, 1.5, 0.7, -2.5, 2.8, 0.45, 1, 1.5]],
  ['linear', 'zeros', false, [0.25, 4.25, 0, 0, 2.375], [0.75, 0.5, 1.5, 3, 0, 0, 0, 0, 1.5, 3]],
  ['linear', 'border', true, [1, 4, 5, 2.8, 3], [0, 0, 1, 1.5, 1, 0, 0, 1.5, 1, 1.5]],
  ['linear', 'border', false, [1, 4.25, 5, 3.1, 2.375], [0, 0, 1.5, 3, 1.5, 0, 0, 3, 1.5, 0]],
  ['linear', 'reflection', true, [1, 4, 4.1, 3.5, 3], [0, 0, 1, 1.5, 1, -1.5, -1, 1.5, 1, 1.5]],
  ['linear', 'reflection', false, [1, 4.25, 4.7, 3.65, 2.375], [0, 0, 1.5, 3, 1.5, -3, -1.5, 3, 1.5, 0]],
  ['cubic', 'zeros', false, [0.0625, 5.68005, -0.30375, -0.30499, 2.66797], [0.2285, 0.1758, 0.2922, 4.3528, -0.1367, -2.3625, -1.2015, -0.2287, 2.6719, 4.3993]],
  ['cubic', 'border', true, [1, 4.09375, 5.33075, 2.78875, 3.01172], [0.75, 1.125, 0.9375, 1.6875, 1.5, 0.0788, -0.2475, 1.665, 1.1719, 1.5469]],
  ['cubic', 'reflection', true, [1, 4.1875, 4.352, 3.5075, 2.83594], [0, 0, 1.125, 2.25, 1.5, -1.89, -1.365, 2.16, 1.4062, 1.6875]],
]

for (const [mode, paddingMode, alignCorners, values, slopes] of table)
  test(`${mode}, ${paddingMode}, ${alignCorners ? 'aligned corners' : 'corners not aligned'}`, () => {
    const [image, grid] = [input('x', x as never), input('grid', places as never)]
    const y = gridSample(image, grid, { mode, paddingMode, alignCorners })
    const [found, slope] = evaluate([y, gradients(sum(y), [grid])[0]], { x, grid: places })
    values.forEach((value, i) => expect(found.data[i]).toBeCloseTo(value, 4))
    slopes.forEach((value, i) => expect(slope.data[i]).toBeCloseTo(value, 3))
  })

test('places of another shape are refused in a sentence', () => {
  const image = input('x', { dtype: 'float32', shape: [1, 2, 4, 4] })
  const at = (...shape: number[]) => gridSample(image, input('grid', { dtype: 'float32', shape }))
  expect(() => at(1, 4, 4, 3)).toThrow(
    /^gridSample: places have shape \[1, 4, 4, 3\]; an image \[1, 2, 4, 4\] takes 4 axes, 1 samples first and 2 coordinates last$/,
  )
  expect(() => at(2, 4, 4, 2)).toThrow(/takes 4 axes, 1 samples first and 2 coordinates last$/)
})

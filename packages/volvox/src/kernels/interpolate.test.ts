import { expect, test } from 'vitest'
import { interpolate, type AxisMode } from './interpolate.ts'

const line = Float32Array.of(3, -1, 4, 1, -5, 9)

// torch.nn.functional.interpolate of the line, to 4 and to 9 elements.
const recorded: readonly [mode: AxisMode, alignCorners: boolean, size: number, values: readonly number[]][] = [
  ['nearest', false, 4, [3.0, -1.0, 1.0, -5.0]],
  ['nearest-exact', false, 4, [3.0, 4.0, 1.0, 9.0]],
  ['linear', false, 4, [2.0, 2.75, -0.5, 5.5]],
  ['linear', true, 4, [3.0, 2.33333, -1.0, 9.0]],
  ['bicubic', false, 4, [1.91797, 3.04297, -1.16797, 5.61719]],
  ['bicubic', true, 4, [3.0, 2.53704, -2.0, 9.0]],
  ['area', false, 4, [1.0, 1.5, -2.0, 2.0]],
  ['nearest', false, 9, [3.0, 3.0, -1.0, 4.0, 4.0, 1.0, -5.0, -5.0, 9.0]],
  ['nearest-exact', false, 9, [3.0, -1.0, -1.0, 4.0, 1.0, 1.0, -5.0, 9.0, 9.0]],
  ['linear', false, 9, [3.0, 1.0, -0.16667, 3.16667, 2.5, -0.0, -4.0, 2.0, 9.0]],
  ['linear', true, 9, [3.0, 0.5, 0.25, 3.375, 2.5, 0.25, -3.5, 0.25, 9.0]],
  ['bicubic', false, 9, [3.34722, 0.53125, -0.57755, 3.47338, 3.53125, -0.36458, -5.40625, 1.4375, 10.21528]],
  ['bicubic', true, 9, [3.0, -0.10791, -0.18359, 3.65186, 3.53125, 0.01416, -5.22266, -0.61426, 9.0]],
  ['area', false, 9, [3.0, 1.0, -1.0, 4.0, 2.5, 1.0, -5.0, 2.0, 9.0]],
]

for (const [mode, alignCorners, size, values] of recorded)
  test(`interpolate ${mode}${alignCorners ? ' with aligned corners' : ''} to ${size} equals torch`, () => {
    // bicubic is two-dimensional in torch: a second axis of equal values changes nothing
    const plane = Float32Array.from({ length: 12 }, (_, i) => line[Math.floor(i / 2)])
    const out = interpolate(plane, 1, [6, 2], [size, 2], mode, alignCorners)
    values.forEach((value, i) => expect(out[2 * i]).toBeCloseTo(value, 4))
  })

test('interpolate leaves the image alone when the size stays', () => {
  expect(interpolate(line, 1, [6], [6], 'bicubic', false)).toEqual(line)
})

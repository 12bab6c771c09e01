import { expect, test } from 'vitest'
import { RandomState } from '../rng/index.ts'
import { createTestImage2d, createTestImage3d, type TestImage } from './synthetic.ts'

const rng = (seed: number) => ({ randomState: new RandomState(seed) })

/** Sums, and sums weighted by the place modulo 1009. */
function sums([image, label]: TestImage): number[] {
  return [image, label].flatMap(({ data }) => {
    let [plain, weighted] = [0, 0]
    data.forEach((x, i) => {
      plain += x
      weighted += x * (i % 1009)
    })
    return [plain, weighted]
  })
}

test('test images are those of MONAI 1.4, draw for draw', () => {
  const cases: [TestImage, number[], number[]][] = [
    [createTestImage2d(100, 90, rng(3)), [100, 90], [3588.800038382411, 1801770.6187736243, 17944, 9008853]],
    [createTestImage2d(64, 70, { numObjs: 7, radMax: 10, radMin: 2, noiseMax: 0.5, numSegClasses: 1, channelDim: -1, ...rng(5) }), [64, 70, 1], [1693.8268984381502, 822107.1405650999, 838, 440311]], // prettier-ignore
    [createTestImage3d(64, 70, 66, rng(3)), [64, 70, 66], [77221.5, 38932759.5, 308886, 155731038]],
    [createTestImage3d(31, 40, 35, { numObjs: 5, radMax: 10, radMin: 1, noiseMax: 0.4, numSegClasses: 3, channelDim: 0, ...rng(9) }), [1, 31, 40, 35], [12532.19638410271, 6320753.740520572, 15382, 7786103]], // prettier-ignore
    [createTestImage2d(64, 64, { numObjs: 0, ...rng(1) }), [64, 64], [0, 0, 0, 0]],
  ]
  for (const [made, shape, expected] of cases) {
    expect(made.map((one) => one.shape)).toEqual([shape, shape])
    sums(made).forEach((sum, i) => expect(sum).toBeCloseTo(expected[i], 6))
  }
})

test('sizes and radii that do not fit are said', () => {
  expect(() => createTestImage3d(64, 64, 60)).toThrow('createTestImage3d: [64, 64, 60] is too small for radMax 30; give sizes above 60') // prettier-ignore
  expect(() => createTestImage2d(64, 64, { radMin: 30 })).toThrow(/radMin: 30 is not below radMax 30/)
  expect(() => createTestImage2d(64, 64, { channelDim: 1 })).toThrow(
    /channelDim: 1 is no end of the axes; give 0, -1 or 2/,
  )
})

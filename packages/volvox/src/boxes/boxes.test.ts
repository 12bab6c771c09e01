import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { floats } from '../core/tensor.ts'
import {
  batchedNms,
  boxArea,
  boxGiou,
  boxIou,
  boxModes,
  boxPairGiou,
  boxesCenterDistance,
  centersInBoxes,
  clipBoxesToImage,
  convertBoxMode,
  isValidBoxValues,
  nonMaxSuppression,
  spatialCropBoxes,
  type Boxes,
} from './index.ts'

const list = (...rows: number[][]): Boxes => floats([rows.length, rows[0]?.length ?? 4], rows.flat())
const a = list([0, 0, 4, 4], [2, 1, 6, 5], [10, 10, 12, 12])
const b = list([1, 1, 5, 5], [0, 0, 4, 4])

function close(got: { readonly data: Float32Array }, want: readonly number[]): void {
  expect(got.data.length).toBe(want.length)
  want.forEach((value, i) => expect(got.data[i]).toBeCloseTo(value, 6))
}

describe("overlaps are MONAI's", () => {
  test('of all pairs', () => {
    close(boxIou(a, b), [0.39130434, 1, 0.6, 0.23076923, 0, 0])
    close(boxGiou(a, b), [0.31130433, 1, 0.6, 0.09743589, -0.83471072, -0.8611111])
  })

  test('of boxes in a row', () => close(boxPairGiou(list([0, 0, 4, 4], [2, 1, 6, 5]), b), [0.31130433, 0.09743589]))

  test('of a box with itself are 1, of what is apart 0', () => {
    const cube = list([1, 2, 3, 4, 6, 8])
    close(boxIou(cube, list([1, 2, 3, 4, 6, 8], [4, 6, 8, 9, 9, 9])), [1, 0])
    close(boxArea(cube), [60])
  })
})

test('every mode leads back to where it came from', () => {
  const corner = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 3, maxLength: 3 })
  const size = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 3, maxLength: 3 })
  fc.assert(
    fc.property(corner, size, fc.constantFrom(...boxModes), fc.constantFrom(2, 3), (low, sizes, mode, axes) => {
      const ends = low.map((x, i) => x + sizes[i])
      const boxes = list([...low.slice(0, axes), ...ends.slice(0, axes)])
      expect(convertBoxMode(convertBoxMode(boxes, 'xyzxyz', mode), mode)).toEqual(boxes)
    }),
  )
  expect([...convertBoxMode(list([1, 2, 3, 4, 6, 8]), 'xyzxyz', 'cccwhd').data]).toEqual([2.5, 4, 5.5, 3, 4, 5])
  expect([...convertBoxMode(list([1, 2, 3, 4, 6, 8]), 'xyzxyz', 'xyxyzz').data]).toEqual([1, 2, 4, 6, 3, 8])
})

test('centres: how far, and whether inside', () => {
  close(boxesCenterDistance(list([0, 0, 2, 2]), list([3, 4, 5, 6])), [5])
  expect(centersInBoxes(floats([2, 2], [1, 1, 4, 1]), list([0, 0, 2, 2], [0, 0, 4, 2]))).toEqual([true, false])
})

test('cropping moves boxes along, and leaves out what has less than a voxel', () => {
  const boxes = list([-2, 1, 5, 3], [9, 0, 12, 4], [9.5, 0, 12, 4])
  const clipped = clipBoxesToImage(boxes, [10, 8])
  expect(clipped.rows).toEqual([0, 1])
  expect([...clipped.boxes.data]).toEqual([0, 1, 5, 3, 9, 0, 10, 4])
  expect(Array.from(spatialCropBoxes(boxes, [1, 2], [6, 8], false).boxes.data.subarray(0, 4))).toEqual([0, 0, 4, 1])
})

test('of boxes that overlap the best stays, in each class', () => {
  const boxes = list([0, 0, 4, 4], [0, 0, 4, 5], [6, 6, 8, 8])
  const scores = floats([3], [0.5, 0.9, 0.1])
  expect(nonMaxSuppression(boxes, scores, { nmsThresh: 0.5 })).toEqual([1, 2])
  expect(nonMaxSuppression(boxes, scores, { nmsThresh: 0.5, maxProposals: 1 })).toEqual([1])
  expect(batchedNms(boxes, scores, [0, 1, 0], { nmsThresh: 0.5 })).toEqual([1, 0, 2])
  expect(nonMaxSuppression(floats([0, 4]), floats([0]), { nmsThresh: 0.5 })).toEqual([])
})

test('wrong boxes get one sentence', () => {
  expect(isValidBoxValues(list([3, 0, 1, 1]))).toBe(false)
  expect(() => boxIou(list([3, 0, 1, 1]), b)).toThrow(
    /^boxIou: box 0, \[3, 0, 1, 1\], has no size; give finite low corners, then high ones$/,
  )
  expect(() => boxArea(list([NaN, 0, 1, 1]))).toThrow(/^boxArea: box 0, \[NaN, 0, 1, 1\], has no size/)
  expect(() => boxIou(a, list([0, 0, 0, 1, 1, 1]))).toThrow(/^boxIou: boxes \[3, 4\] and \[1, 6\] have different axes/)
  expect(() => boxArea(floats([2, 5]))).toThrow(/^boxArea: boxes have shape \[2, 5\]; give \[N, 4\] or \[N, 6\]$/)
  expect(() => convertBoxMode(a, 'xyyx' as never)).toThrow(
    /^convertBoxMode: "xyyx" is not a mode of boxes; use one of xyxy, /,
  )
  expect(() => boxPairGiou(a, b)).toThrow(/^boxPairGiou: boxes of \[3, 4\] and \[2, 4\] are no pairs/)
  expect(() => nonMaxSuppression(a, floats([2]), { nmsThresh: 0.5 })).toThrow(
    /^nonMaxSuppression: 2 scores do not fit 3 boxes/,
  )
})

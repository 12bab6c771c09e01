import { expect, test } from 'vitest'
import { RandomState } from '../rng/index.ts'
import { getRandomPatch, getValidPatchSize, iterPatchPosition, iterPatchSlices } from './patchPlaces.ts'

// What MONAI 1.4 gives.
test('patches lie in a grid, beside each other or over each other', () => {
  expect(getValidPatchSize([5, 7, 9], [0, 8])).toEqual([5, 7, 9])
  expect(getValidPatchSize([5, 7], 3)).toEqual([3, 3])
  expect([...iterPatchPosition([5, 4], [2, 4])]).toEqual([[0, 0], [2, 0]]) // prettier-ignore
  expect([...iterPatchPosition([5, 4], [2, 4], { padded: true, startPos: [1] })]).toEqual([[1, 0], [3, 0]]) // prettier-ignore
  expect([...iterPatchPosition([9], [5], { overlap: 0.5 })]).toEqual([[0], [2], [4]]) // 2.5 is rounded to 2
  expect([...iterPatchPosition([9], [5], { overlap: [3] })]).toEqual([[0], [2], [4]])
  expect([...iterPatchSlices([5], 3)]).toEqual([[[0, 3]], [[3, 6]]])
  expect([...iterPatchSlices([5], 3, { padded: false })]).toEqual([[[0, 3]]])
  expect(() => [...iterPatchPosition([9], [4], { overlap: 4 })]).toThrow(
    'overlap: 4 of a patch of 4 leaves no step to the next one; give less',
  )
  expect(() => getValidPatchSize([9], [-1])).toThrow('patchSize: -1 is no size; give whole numbers, 0 for the whole')
})

test('random patches lie inside', () => {
  expect(getRandomPatch([8, 3, 9], [4, 3, 2], new RandomState(3))).toEqual([[2, 6], [0, 3], [0, 2]]) // prettier-ignore
})

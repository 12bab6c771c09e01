import { expect, test } from 'vitest'
import { image } from '../../core/image.ts'
import { DistanceTransformEDT } from './distanceTransform.ts'

test('distances go to the nearest 0 of the channel', () => {
  const two = image('uint8', [2, 1, 4], Uint8Array.of(0, 1, 1, 1, 1, 1, 1, 1))
  expect([...DistanceTransformEDT({ sampling: [1, 0.5] })(two).data]).toEqual([
    0,
    0.5,
    1,
    1.5,
    ...new Array<number>(4).fill(Infinity),
  ])
})

test('a sampling that does not fit is refused in a sentence', () => {
  const flat = image('uint8', [1, 2, 2], new Uint8Array(4))
  expect(() => DistanceTransformEDT({ sampling: [1, 1, 1] })(flat)).toThrow(
    /DistanceTransformEDT.sampling: has 3 values for 2 axes; give one number or one for each$/,
  )
  expect(() => DistanceTransformEDT({ sampling: 0 })).toThrow(/DistanceTransformEDT.sampling: 0 does not fit/)
})

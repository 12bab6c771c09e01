import { expect, test } from 'vitest'
import { Compose, type Step } from './index.ts'

const swap: Step = ((a: number, b: number) => [b, a]) as unknown as Step

/** Results of MONAI 1.4. */
test('Compose maps and unpacks lists as it is told', () => {
  const plusOne: Step = (x: number) => x + 1
  const longer: Step = (list: readonly number[]) => [...list, 9]
  const timesTen: Step = ((a: number, b: number) => [a * 10, b]) as unknown as Step
  expect(Compose([plusOne])([1, 2])).toEqual([2, 3])
  expect(Compose({ transforms: [longer], mapItems: false })([1, 2])).toEqual([1, 2, 9])
  expect(Compose({ transforms: [swap, timesTen], mapItems: false, unpackItems: true })([1, 2])).toEqual([20, 1])
  expect(Compose({ transforms: [swap], unpackItems: true, logStats: true })([[1, 2], [3, 4]])).toEqual([[2, 1], [4, 3]]) // prettier-ignore
  expect(() => Compose({ mapItems: 2 as never })).toThrow('Compose.mapItems: 2 does not fit; give true or false')
})

import { expect, test } from 'vitest'
import { padByStatistic, type StatisticPad } from './statisticPad.ts'

// numpy.pad([[1, 5, 2], [7, 0, 4]], ((1, 0), (1, 2)), mode)
const recorded: readonly [how: StatisticPad, values: readonly (readonly number[])[]][] = [
  [
    'linear_ramp',
    [
      [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
      [0.0, 1.0, 5.0, 2.0, 1.0, 0.0],
      [0.0, 7.0, 0.0, 4.0, 2.0, 0.0],
    ],
  ],
  [
    'maximum',
    [
      [7.0, 7.0, 5.0, 4.0, 7.0, 7.0],
      [5.0, 1.0, 5.0, 2.0, 5.0, 5.0],
      [7.0, 7.0, 0.0, 4.0, 7.0, 7.0],
    ],
  ],
  [
    'mean',
    [
      [3.166667, 4.0, 2.5, 3.0, 3.166667, 3.166667],
      [2.666667, 1.0, 5.0, 2.0, 2.666667, 2.666667],
      [3.666667, 7.0, 0.0, 4.0, 3.666667, 3.666667],
    ],
  ],
  [
    'median',
    [
      [3.0, 4.0, 2.5, 3.0, 3.0, 3.0],
      [2.0, 1.0, 5.0, 2.0, 2.0, 2.0],
      [4.0, 7.0, 0.0, 4.0, 4.0, 4.0],
    ],
  ],
  [
    'minimum',
    [
      [0.0, 1.0, 0.0, 2.0, 0.0, 0.0],
      [1.0, 1.0, 5.0, 2.0, 1.0, 1.0],
      [0.0, 7.0, 0.0, 4.0, 0.0, 0.0],
    ],
  ],
]

for (const [how, values] of recorded)
  test(`padding by ${how} equals NumPy`, () => {
    const out = padByStatistic([1, 5, 2, 7, 0, 4], [2, 3], [1, 1], [0, 2], how)
    values.flat().forEach((value, i) => expect(out[i]).toBeCloseTo(value, 6))
  })

test('means of whole numbers are rounded to even halves', () => {
  expect([...padByStatistic([1, 2], [2], [1], [0], 'mean', true)]).toEqual([2, 1, 2])
  expect([...padByStatistic([2, 3], [2], [1], [0], 'median', true)]).toEqual([2, 2, 3])
})

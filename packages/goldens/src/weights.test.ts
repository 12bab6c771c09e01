import { expect, test } from 'vitest'
import { formulaWeights } from './weights.ts'

test('weights by formula are those of the written rule', () => {
  const { shape, data } = formulaWeights('model.0.conv.weight', [2, 2], 0.5, 0.25)
  expect(shape).toEqual([2, 2])
  expect([...data]).toEqual([0.6515640020370483, 0.344992995262146, 0.7073673605918884, 0.46539071202278137])
})

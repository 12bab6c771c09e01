import { expect, test } from 'vitest'
import { fromJsonLines, toCsv, toJsonLines } from './rows.ts'

const rows = [
  { step: 1, loss: 0.5 },
  { step: 2, loss: 0.25, Dice: 0.75 },
]

test('JSON lines round trip, and a torn last line is passed over', () => {
  expect(fromJsonLines(toJsonLines(rows))).toEqual(rows)
  expect(fromJsonLines(`${toJsonLines(rows)}{"step": 3, "lo`)).toEqual(rows)
  expect(() => fromJsonLines('{"a\n{"b":1}\n')).toThrow(SyntaxError)
})

test('CSV has a column per name', () => expect(toCsv(rows)).toBe('step,loss,Dice\n1,0.5,\n2,0.25,0.75\n'))

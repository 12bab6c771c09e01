import { expect, test } from 'vitest'
import { evaluate, parsePython } from './python.ts'

/** Names stand for themselves, calls for what they were given. */
const meaning = {
  name: (name: string): unknown => (name === 'n' ? 5 : name),
  call: (name: string, args: readonly unknown[], named: Readonly<Record<string, unknown>>, of: unknown): unknown => ({
    name,
    args,
    named,
    of,
  }),
}

const value = (text: string): unknown => evaluate(parsePython(text), meaning)

test.each<[string, unknown]>([
  ['-2.5', -2.5],
  ['2**3**2', 512],
  ['n - 2 + 1', 4],
  ['[1, (2, 3), (4,), (5)]', [1, [2, 3], [4], 5]],
  ['(\'a\', "b", True, None)', ['a', 'b', true, null]],
  ['[i - 1 for i in (2, 3)]', [1, 2]],
  ['Flip(spatial_axis=0)', { name: 'Flip', args: [], named: { spatial_axis: 0 }, of: null }],
  [
    'arange(6).reshape(2, 3)',
    { name: 'reshape', args: [2, 3], named: {}, of: { name: 'arange', args: [6], named: {}, of: null } },
  ],
])('%s', (text, want) => {
  expect(value(text)).toEqual(want)
})

test('what is not understood is refused', () => {
  expect(() => parsePython('f(1')).toThrow('cannot read "f(1"')
  expect(() => parsePython('1 2')).toThrow('"2" is left over')
})

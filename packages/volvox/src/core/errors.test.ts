import { expect, test } from 'vitest'
import { shown } from './errors.ts'

test.each([
  ['text', '"text"'],
  [null, 'null'],
  [[1, [2, 3n]], '[1, [2, 3]]'],
  [Int16Array.of(1, 2), '[1, 2]'],
  [{ a: 1n, b: [true, 'x'] }, '{"a":1,"b":[true,"x"]}'],
  [new Map([[1, 2]]), '{}'],
])('%o is shown as it would be written', (value, text) => expect(shown(value)).toBe(text))

test('what is large or refers to itself is cut off without being printed whole', () => {
  const loop: Record<string, unknown> = { name: 'loop' }
  loop.self = loop
  expect(shown(loop)).toBe('{"name":"loop","self":{"name":"loop","self":{"name":"loop","self":...}}}')
  const large = { values: new Array<number>(1e6).fill(0), text: 'x'.repeat(1e6) }
  expect(shown(large)).toHaveLength(80)
  expect(shown(new Float32Array(1e7))).toMatch(/^\[0, 0, .*\.\.\.$/)
})

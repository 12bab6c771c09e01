import fc from 'fast-check'
import { expect, test } from 'vitest'
import { duplicateKey } from './json.ts'

test('finds a key that comes twice in one object, however it is spelt and however deep', () => {
  expect(duplicateKey('{"a": 1, "b": {"a": 2}, "c": ["a", "a"]}')).toBeUndefined()
  expect(duplicateKey('{"x": [{"a\\n": 1, "b": "}{", "\\u0061\\n" : 2}]}')).toBe('a\n')
  expect(duplicateKey('{"": "a\\"b:", "a": 0, "": 1}')).toBe('')
})

test('what JSON.stringify writes has no key twice', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(duplicateKey(text)).toBeUndefined()
    }),
  )
})

test('a long string is no trouble', () => {
  expect(duplicateKey(`{"${'a'.repeat(5_000_000)}": "${'\\\\'.repeat(1_000_000)}"}`)).toBeUndefined()
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { VolvoxError } from '../../core/errors.ts'
import { image } from '../../core/image.ts'
import { memoryFiles } from '../../formats/memoryFiles.ts'
import { itemKey } from './itemKey.ts'
import { sampleFromBytes, sampleToBytes } from './sampleBytes.ts'

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.double(),
    fc.string(),
    fc.boolean(),
    fc.bigInt(),
    fc.constantFrom(null, undefined, NaN, -0, Infinity),
    fc.float32Array(),
    fc.uint8Array(),
    fc.bigInt64Array(),
    fc.array(tie('value')),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('$', '__proto__', 'value')), tie('value'), {
      noNullPrototype: true,
    }),
  ),
})).value

test('any sample comes back as it was', () => {
  fc.assert(
    fc.property(plain, (value) => {
      expect(sampleFromBytes(sampleToBytes(value), 'x')).toEqual(value)
    }),
  )
  const img = image('float16', [1, 2], Uint16Array.of(1, 2), { meta: { a: [NaN, 'b'] } })
  expect(sampleFromBytes(sampleToBytes({ img }), 'x')).toEqual({ img })
})

test('what cannot be kept is named', () => {
  expect(() => sampleToBytes({ a: [1, () => 1] }, 'item 3')).toThrow(
    /^item 3\.a\[1\]: is a function, which cannot be kept/,
  )
  expect(() => sampleToBytes({ when: new Date() })).toThrow(/^sample\.when: is a Date/)
})

test('a damaged file is refused, whatever is damaged', () => {
  const sample = { image: image('float32', [1, 4], Float32Array.of(1, 2, 3, 4)), name: 'a', n: 3n }
  const bytes = sampleToBytes(sample)
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const broken = bytes.slice()
      broken[at] ^= change
      try {
        const back = sampleFromBytes(broken, '/cache/x') // padding and the spelling of numbers may change
        expect(back).toEqual(sample)
      } catch (error) {
        if (!(error instanceof VolvoxError)) throw error
        expect(error.message).toContain('/cache/x')
      }
    }),
  )
  for (const length of [0, 7, bytes.length - 1])
    expect(() => sampleFromBytes(bytes.subarray(0, length), 'x')).toThrow(VolvoxError)
  const flipped = bytes.slice()
  flipped[bytes.length - 1] ^= 1
  expect(() => sampleFromBytes(flipped, 'x')).toThrow(/does not agree with its checksum; delete it/)
})

test('keys depend on the item, the transforms and the files, not on the order of keys', () => {
  const at = (size: number) => ({
    ...memoryFiles(),
    stat: (path: string) => (path === '/a' ? { size, modifiedMs: 1 } : null),
  })
  const key = itemKey({ image: '/a', n: 1 }, 'context', at(5))
  expect(key).toMatch(/^[0-9a-f]{64}$/)
  expect(itemKey({ n: 1, image: '/a' }, 'context', at(5))).toBe(key)
  expect(itemKey({ image: '/a', n: 2 }, 'context', at(5))).not.toBe(key)
  expect(itemKey({ image: '/a', n: 1 }, 'other', at(5))).not.toBe(key)
  expect(itemKey({ image: '/a', n: 1 }, 'context', at(6))).not.toBe(key)
})

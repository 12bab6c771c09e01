import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allocate, dtypes, type DType } from './dtype.ts'
import { VolvoxError } from './errors.ts'
import { readSafetensors, writeSafetensors } from './safetensors.ts'
import { floats, sizeOf, tensor, type Tensor } from './tensor.ts'

function file(header: unknown, data = new Uint8Array(0), text = JSON.stringify(header)): Uint8Array {
  const json = new TextEncoder().encode(text)
  const out = new Uint8Array(8 + json.length + data.length)
  new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true)
  out.set(json, 8)
  out.set(data, 8 + json.length)
  return out
}

const anyTensor: fc.Arbitrary<Tensor> = fc
  .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(4), { maxLength: 4 }), fc.nat(1))
  .map(([dtype, shape, fill]) => {
    const data = allocate(dtype as DType, sizeOf(shape))
    for (let i = 0; i < data.length; i++) data[i] = typeof data[i] === 'bigint' ? BigInt(fill) : fill
    return tensor(dtype as DType, shape, data)
  })
const names = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('__proto__', 'constructor', 'a"b', 'é'))

test('what is written is read back, and the bytes do not depend on the order of keys', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(names, anyTensor), { maxLength: 5 }),
      fc.dictionary(names, fc.string()),
      (list, metadata) => {
        const tensors = Object.fromEntries(list)
        const bytes = writeSafetensors(tensors, metadata)
        const back = readSafetensors(bytes)
        expect(Object.keys(back.tensors).sort()).toEqual(Object.keys(tensors).sort())
        for (const [name, t] of Object.entries(tensors))
          expect(Object.entries(back.tensors).find(([n]) => n === name)![1]).toEqual(t)
        expect(Object.entries(back.metadata).sort()).toEqual(Object.entries(metadata).sort())
        expect(writeSafetensors(Object.fromEntries(Object.entries(tensors).reverse()), metadata)).toEqual(bytes)
      },
    ),
    { numRuns: 50 },
  )
})

test('damaged bytes are refused in one sentence or read, never a crash', () => {
  const good = writeSafetensors({ a: floats([2, 3]), b: floats([]) }, { note: 'x' })
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, value, cut) => {
      const bad = good.slice(0, cut)
      if (at < bad.length) bad[at] = value
      try {
        readSafetensors(bad, 'x.safetensors')
      } catch (error) {
        expect(error).toBeInstanceOf(VolvoxError)
        expect((error as Error).message).toMatch(/^x\.safetensors: [^\n]+$/)
      }
    }),
    { numRuns: 500 },
  )
})

const f32 = (begin: number, end: number, shape: unknown = [(end - begin) / 4]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
})

test.each<[string, Uint8Array, RegExp]>([
  ['too short', new Uint8Array(5), /^f: 5 bytes are too few/],
  ['header length beyond the file', new Uint8Array(8).fill(255), /ask for a header of/],
  ['not JSON', file(0, undefined, '{"a":'), /not JSON/],
  ['a list', file([]), /not a JSON object/],
  ['unknown dtype', file({ a: { dtype: 'F4', shape: [], data_offsets: [0, 0] } }), /"a" has the unknown dtype "F4"/],
  ['no shape', file({ a: { dtype: 'F32', data_offsets: [0, 0] } }), /"a" has the shape undefined/],
  ['negative size', file({ a: f32(0, 4, [-1]) }, new Uint8Array(4)), /has the shape \[-1\]/],
  [
    'huge shape',
    file({ a: f32(0, 4, [2 ** 40, 2 ** 40]) }, new Uint8Array(4)),
    /takes .* bytes, its data_offsets span 4/,
  ],
  ['reversed offsets', file({ a: { dtype: 'F32', shape: [], data_offsets: [8, 4] } }, new Uint8Array(8)), /span -4/],
  ['out of range', file({ a: f32(0, 8) }, new Uint8Array(4)), /ends at byte 8 of 4/],
  ['overlap', file({ a: f32(0, 8), b: f32(4, 12) }, new Uint8Array(12)), /may not overlap/],
  ['gap', file({ a: f32(0, 4), b: f32(8, 12) }, new Uint8Array(12)), /leave gaps/],
  ['left over', file({ a: f32(0, 4) }, new Uint8Array(12)), /fill 4 of 12/],
  [
    'twice',
    file(0, new Uint8Array(4), `{"a":${JSON.stringify(f32(0, 4))},"\\u0061":${JSON.stringify(f32(0, 4))}}`),
    /names "a" twice/,
  ],
  ['metadata not text', file({ __metadata__: { a: 1 } }), /must map names to text/],
  ['bool of 2', file({ a: { dtype: 'BOOL', shape: [1], data_offsets: [0, 1] } }, Uint8Array.of(2)), /bytes above 1/],
])('%s is refused', (_, bytes, message) => {
  expect(() => readSafetensors(bytes, 'f')).toThrow(message)
})

test('a name such as __proto__ changes no prototype', () => {
  const { tensors } = readSafetensors(file(0, new Uint8Array(4), `{"__proto__":${JSON.stringify(f32(0, 4))}}`))
  expect(Object.getPrototypeOf(tensors)).toBe(Object.prototype)
  expect(Object.keys(tensors)).toEqual(['__proto__'])
})

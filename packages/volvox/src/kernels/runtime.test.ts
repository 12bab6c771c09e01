import { expect, test } from 'vitest'
import { withScratch } from './runtime.ts'

test('more memory than WebAssembly can have is refused in one sentence', () => {
  expect(() => withScratch('Resize', 5 * 2 ** 30, () => 0)).toThrow(
    /^Resize: needs 5\.0 GB of kernel memory, more than WebAssembly \(4 GB at most\) or this machine gives; crop the image or work on parts of it$/,
  )
})

test('scratch memory starts at the same place again in every call, aligned', () => {
  const places = [1, 2].map(() =>
    withScratch('test', 1000, ({ take, put }) => [take(3), put(Float32Array.of(1)), take(8)]),
  )
  expect(places[0]).toEqual(places[1])
  expect(places[0].every((address) => address % 16 === 0)).toBe(true)
})

test('what is put into kernel memory comes out again', () => {
  withScratch('test', 1000, (scratch) => {
    const values = Float64Array.of(1.5, -2, 1e300)
    expect([...scratch.doubles(scratch.put(values), 3)]).toEqual([...values])
  })
})

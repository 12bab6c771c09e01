import { expect, test } from 'vitest'
import type { KeptFloats } from './kept.ts'
import { keepingInKernels, scratchLeft, withScratch } from './runtime.ts'

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

/** Keeps `values` in kernel memory. */
function keep(values: Float32Array): KeptFloats | null {
  return withScratch('test', values.byteLength, (scratch) => scratch.keep(scratch.put(values), values.length))
}

const place = () => withScratch('test', 1000, ({ take }) => take(8))
const overwrite = () => withScratch('test', 4000, (scratch) => scratch.floats(scratch.take(4000), 1000).fill(9))

test('values are kept from one call to the next, until the end of what they are for', () => {
  const [before, left] = [place(), scratchLeft()]
  const kept = keepingInKernels(() => {
    const first = keep(Float32Array.of(1, 2, 3))!
    const inner = keepingInKernels(() => {
      const second = keep(Float32Array.of(4))!
      overwrite()
      expect([...first.copy(), ...second.copy()]).toEqual([1, 2, 3, 4])
      return second
    })
    expect(() => inner.address).toThrow('no longer kept')
    overwrite()
    expect([...first.copy()]).toEqual([1, 2, 3])
    expect(scratchLeft()).toBeLessThan(left)
    return first
  })
  expect(() => kept.copy()).toThrow('no longer kept')
  expect([place(), scratchLeft()]).toEqual([before, left])
})

test('nothing is kept after an error, nor where nobody would give it back', () => {
  const before = place()
  expect(() =>
    keepingInKernels(() => {
      keep(Float32Array.of(1))
      throw new Error('in between')
    }),
  ).toThrow('in between')
  expect(keep(Float32Array.of(1))).toBe(null)
  expect(place()).toBe(before)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { castArray } from '../core/convert.ts'
import type { DType } from '../core/dtype.ts'
import { castVoxels } from './cast.ts'

const types: readonly DType[] = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'bool', 'float16', 'float64'] // prettier-ignore
const values = fc.float32Array({ maxLength: 50 })
const usual = fc.float32Array({ maxLength: 50, min: -70000, max: 70000, noNaN: true })

test('float32 values become what they become one by one, also where they do not fit', () => {
  fc.assert(
    fc.property(fc.oneof(values, usual), fc.constantFrom(...types), (data, to) => {
      expect(castVoxels(data, 'float32', to)).toEqual(castArray(data, 'float32', to))
    }),
    { numRuns: 500 },
  )
})

test('parts of a large array are cast each in its own way', () => {
  const data = new Float32Array(100_000).map((_, i) => i - 50_000.5)
  data[70_000] = 1e10
  for (const to of types) expect(castVoxels(data, 'float32', to)).toEqual(castArray(data, 'float32', to))
})

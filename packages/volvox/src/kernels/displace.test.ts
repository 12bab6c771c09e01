import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sizeOf } from '../core/tensor.ts'
import { displace } from './displace.ts'
import { displace as reference } from './reference/displace.ts'

const affines: Record<number, number[]> = {
  2: [0.9, 0.3, -1.2, -0.2, 1.1, 0.7, 0, 0, 1],
  3: [0.9, 0.3, 0.1, -1.2, -0.2, 1.1, 0.2, 0.7, 0.1, -0.1, 1.2, -0.4, 0, 0, 0, 1],
}

test('displace agrees with the reference for rows of any length', () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 2, maxLength: 3 })
  fc.assert(
    fc.property(shapes, (shape) => {
      const offsets = Float32Array.from({ length: shape.length * sizeOf(shape) }, (_, i) => Math.sin(3 * i))
      const before = offsets.slice()
      const how = { shape, spacing: [1, 2.5, 0.5].slice(0, shape.length), magnitude: 1.7, affine: affines[shape.length] } // prettier-ignore
      const [got, want] = [displace(offsets, how), reference(offsets, how)]
      for (let i = 0; i < want.length; i++) expect(Math.abs(got[i] - want[i])).toBeLessThan(1e-4)
      expect(offsets).toEqual(before)
    }),
  )
})

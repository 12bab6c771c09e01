import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sizeOf } from '../core/tensor.ts'
import { distanceMetrics, distancesTo, type DistanceMetric } from './distanceTransform.ts'
import type { Mask } from './masks.ts'

const mask: fc.Arbitrary<Mask> = fc
  .array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 })
  .chain((shape) =>
    fc
      .array(fc.boolean(), { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
      .map((bits) => ({ shape, data: Uint8Array.from(bits, Number) })),
  )

function places(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, n) => all.flatMap((at) => Array.from({ length: n }, (_, i) => [...at, i])),
    [[]],
  )
}

function bySearch({ shape, data }: Mask, distance: DistanceMetric, spacing: readonly number[]): number[] {
  const all = places(shape)
  const between = (a: number[], b: number[]): number => {
    const steps = a.map((x, axis) => Math.abs(x - b[axis]))
    if (distance === 'chessboard') return Math.max(...steps)
    return distance === 'taxicab'
      ? steps.reduce((x, y) => x + y)
      : Math.hypot(...steps.map((n, axis) => n * spacing[axis]))
  }
  return all.map((at) =>
    all.reduce((least, other, i) => (data[i] ? Math.min(least, between(at, other)) : least), Infinity),
  )
}

test.each(distanceMetrics)('%s distances are those that a search over all pairs finds', (distance) => {
  fc.assert(
    fc.property(mask, fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 3, maxLength: 3 }), (object, quarters) => {
      const spacing = object.shape.map((_, axis) => quarters[axis] / 4)
      const found = distancesTo(object, distance, spacing)
      bySearch(object, distance, spacing).forEach((want, i) => {
        if (want === Infinity) expect(found[i]).toBe(Infinity)
        else expect(found[i]).toBeCloseTo(want, 5)
      })
    }),
    { numRuns: 60 },
  )
})

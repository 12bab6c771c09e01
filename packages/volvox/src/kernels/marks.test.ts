import { expect, test } from 'vitest'
import { markAbove, markUpTo } from './marks.ts'

test('marks are added above a limit, or not above it; NaN is neither, and limits are not rounded to float32', () => {
  const data = Float32Array.from({ length: 70 }, (_, i) => (i === 40 ? NaN : i % 7))
  for (const limit of [3, 3 + 1e-12, 3 - 1e-12])
    for (const above of [true, false]) {
      const found = new Uint8Array(data.length)
      found[0] = 1
      ;(above ? markAbove : markUpTo)(data, limit, 1, found)
      expect([...found]).toEqual(Array.from(data, (x, i) => Number(i === 0 || (above ? x > limit : x <= limit))))
    }
})

import { unclearedFloats } from '../core/dtype.ts'
import { withScratch } from './runtime.ts'

/** Bytes of voxels in kernel memory at a time. */
const roundBytes = 2 ** 24

/**
 * Rows of `length` values each times e^f; f is the sum over k of factors[row·orders + k] · curves[k·length + column], in float64.
 * Written to `out`, which may be `data`.
 */
export function timesExponentials(
  data: Float32Array,
  factors: Float64Array,
  curves: Float64Array,
  length: number,
  out: Float32Array = unclearedFloats(data.length),
): Float32Array {
  if (data.length === 0) return out
  const rows = data.length / length
  const orders = factors.length / rows
  const round = Math.max(1, Math.min(rows, Math.floor(roundBytes / (4 * length))))
  withScratch('timesExponentials', 4 * round * length + factors.byteLength + curves.byteLength + 64, (scratch) => {
    const place = scratch.take(4 * round * length)
    const [factorsAt, curvesAt] = [scratch.put(factors), scratch.put(curves)]
    for (let row = 0; row < rows; row += round) {
      const part = data.subarray(row * length, Math.min(rows, row + round) * length)
      const window = scratch.floats(place, part.length)
      window.set(part)
      const args = [place, factorsAt + 8 * row * orders, curvesAt, orders, length]
      scratch.overRows('timesExponentials', args, 0, part.length / length)
      out.set(window, row * length)
    }
  })
  return out
}

/**
 * ((x - low) / divisor)^exponent·range + low, computed in float64 and rounded to float32, with an exponent for each value; x must
 * not be below `low`. Written to `out`, which may be `data`.
 */
export function gammaField(
  data: Float32Array,
  exponents: Float32Array,
  { low, divisor, range }: { low: number; divisor: number; range: number },
  out: Float32Array = unclearedFloats(data.length),
): Float32Array {
  const round = Math.min(roundBytes / 4, data.length)
  withScratch('gammaField', 8 * round + 64, (scratch) => {
    const [place, powers] = [scratch.take(4 * round), scratch.take(4 * round)]
    for (let at = 0; at < data.length; at += round) {
      const part = data.subarray(at, at + round)
      const window = scratch.floats(place, part.length)
      window.set(part)
      scratch.floats(powers, part.length).set(exponents.subarray(at, at + round))
      scratch.overRows('gammaField', [place, powers, low, divisor, range], 0, part.length)
      out.set(window, at)
    }
  })
  return out
}

import { unclearedFloats } from '../core/dtype.ts'
import { inRounds } from './rounds.ts'
import { withScratch } from './runtime.ts'

/** Voxels in kernel memory at a time. */
const roundLength = 2 ** 22

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
  const rows = data.length / length
  const orders = factors.length / rows
  const round = Math.max(1, Math.floor(roundLength / length)) * length
  const further = factors.byteLength + curves.byteLength
  return inRounds('timesExponentials', withScratch, [data, out], { round, further }, (scratch) => {
    const [factorsAt, curvesAt] = [scratch.put(factors), scratch.put(curves)]
    return (place, count, at) => {
      const args = [place, factorsAt + 8 * (at / length) * orders, curvesAt, orders, length]
      scratch.overRows('timesExponentials', args, 0, count / length)
    }
  })
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
  const given = { round: roundLength, further: 4 * Math.min(roundLength, data.length) }
  return inRounds('gammaField', withScratch, [data, out], given, (scratch) => {
    const powers = scratch.take(given.further)
    return (place, length, at) => {
      scratch.floats(powers, length).set(exponents.subarray(at, at + length))
      scratch.overRows('gammaField', [place, powers, low, divisor, range], 0, length)
    }
  })
}

// Sines and cosines, for embeddings of times: what no executor has as one operation, in terms of others.
import type { Value } from './ir.ts'
import { add, div, floor, mul, onesLike, square, sub, where } from './math.ts'

/** The sine of x, given in radians; good to a rounding error of float32 for |x| up to 100000. */
export function sin(x: Value): Value {
  return ofQuarters(x, 0)
}

/** The cosine of x, as good as `sin`. */
export function cos(x: Value): Value {
  return ofQuarters(x, 1)
}

/** π/2 in parts whose products with whole numbers up to 65536 are exact in float32 (Cody and Waite 1980). */
const quarterParts = [1.5703125, 4.837512969970703125e-4, 7.549789948768648e-8]

/** The sine of x and so many more quarter turns: x less whole quarters is small enough for Taylor's series. */
function ofQuarters(x: Value, more: number): Value {
  const quarters = floor(add(mul(x, 2 / Math.PI), 0.5))
  const rest = quarterParts.reduce((left, part) => sub(left, mul(quarters, part)), x)
  const turned = remainder(add(quarters, more), 4)
  const y = where(remainder(turned, 2), series(rest, 0), mul(rest, series(rest, 1)))
  return mul(y, sub(1, mul(2, floor(div(turned, 2)))))
}

/** cos r for `start` 0, (sin r) / r for `start` 1: the sum of (-r²)ⁱ / (2i + start)!, for |r| up to π/4. */
function series(r: Value, start: number): Value {
  const minusSquare = mul(-1, square(r))
  const terms = [7, 6, 5, 4, 3, 2, 1]
  return terms.reduce<Value>(
    (sum, i) => add(div(mul(minusSquare, sum), (2 * i + start) * (2 * i + start - 1)), 1),
    onesLike(r),
  )
}

function remainder(x: Value, divisor: number): Value {
  return sub(x, mul(divisor, floor(div(x, divisor))))
}

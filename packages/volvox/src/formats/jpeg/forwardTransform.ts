import { c0298, c0390, c0541, c0765, c0899, c1175, c1501, c1847, c1961, c2053, c2562, c3072 } from './cosines.ts'

/** The cosine transform of 64 samples around 0, in place, scaled by 8; the counterpart of `samplesOf`, rounded as there. */
export function forwardTransform(block: Int32Array): void {
  for (let row = 0; row < 64; row += 8) pass(block, row, 1, -2, 11)
  for (let column = 0; column < 8; column++) pass(block, column, 8, 2, 15)
}

/** Eight values `step` apart; sums lose `evenShift` bits (gain where negative), products `shift`. */
function pass(block: Int32Array, at: number, step: number, evenShift: number, shift: number): void {
  const v = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => block[at + i * step])
  const [s0, s1, s2, s3] = [v[0] + v[7], v[1] + v[6], v[2] + v[5], v[3] + v[4]]
  const [d0, d1, d2, d3] = [v[0] - v[7], v[1] - v[6], v[2] - v[5], v[3] - v[4]]
  const scaled = (value: number): number =>
    evenShift < 0 ? value * 2 ** -evenShift : (value + 2 ** (evenShift - 1)) >> evenShift
  const half = 2 ** (shift - 1)
  const put = (i: number, value: number): void => void (block[at + i * step] = value)
  const [e0, e1, e2, e3] = [s0 + s3, s1 + s2, s1 - s2, s0 - s3]
  put(0, scaled(e0 + e1))
  put(4, scaled(e0 - e1))
  const turned = (e2 + e3) * c0541
  put(2, (turned + e3 * c0765 + half) >> shift)
  put(6, (turned - e2 * c1847 + half) >> shift)
  const z5 = (d3 + d1 + d2 + d0) * c1175
  const z1 = -(d3 + d0) * c0899
  const z2 = -(d2 + d1) * c2562
  const z3 = z5 - (d3 + d1) * c1961
  const z4 = z5 - (d2 + d0) * c0390
  put(7, (d3 * c0298 + z1 + z3 + half) >> shift)
  put(5, (d2 * c2053 + z2 + z4 + half) >> shift)
  put(3, (d1 * c3072 + z2 + z3 + half) >> shift)
  put(1, (d0 * c1501 + z1 + z4 + half) >> shift)
}

import type { Plane } from './coefficients.ts'
import {
  c0298,
  c0390,
  c0541,
  c0765,
  c0899,
  c1175,
  c1501,
  c1847,
  c1961,
  c2053,
  c2562,
  c3072,
  scaleBits,
} from './cosines.ts'

/** Samples of one component, row by row; rows are as long as whole blocks. */
export interface SamplePlane {
  readonly samples: Uint16Array
  readonly stride: number
}

/**
 * Coefficients to samples: times the quantization table, then the integer transform of Loeffler, Ligtenberg and Moschytz
 * (1989) with the scaling of the Independent JPEG Group's accurate method, so that samples equal those of common decoders.
 */
export function samplesOf(plane: Plane, quantization: Uint16Array, bits: number): SamplePlane {
  const { coefficients, rowBlocks } = plane
  const stride = rowBlocks * 8
  const samples = new Uint16Array(coefficients.length)
  const extra = bits === 8 ? 2 : 1 // bits kept between the passes
  const work = new Int32Array(64)
  const block = new Int32Array(64)
  const centre = 1 << (bits - 1)
  const largest = (1 << bits) - 1
  for (let at = 0, index = 0; at < coefficients.length; at += 64, index++) {
    const column = index % rowBlocks
    const first = ((index - column) / rowBlocks) * 8 * stride + column * 8
    for (let i = 0; i < 64; i++) work[i] = coefficients[at + i] * quantization[i]
    for (let x = 0; x < 8; x++) pass(work, x, 8, block, scaleBits - extra)
    for (let y = 0; y < 64; y += 8) pass(block, y, 1, work, scaleBits + extra + 3)
    for (let i = 0; i < 64; i++) {
      const value = work[i] + centre
      samples[first + (i >> 3) * stride + (i & 7)] = value < 0 ? 0 : value > largest ? largest : value
    }
  }
  return { samples, stride }
}

/** Transforms eight values `step` apart, rounding `shift` bits away. */
function pass(from: Int32Array, at: number, step: number, to: Int32Array, shift: number): void {
  const v0 = from[at]
  const v1 = from[at + step]
  const v2 = from[at + 2 * step]
  const v3 = from[at + 3 * step]
  const v4 = from[at + 4 * step]
  const v5 = from[at + 5 * step]
  const v6 = from[at + 6 * step]
  const v7 = from[at + 7 * step]
  const round = 1 << (shift - 1)
  // Even part.
  const e = (v2 + v6) * c0541
  const e2 = e - v6 * c1847
  const e3 = e + v2 * c0765
  const sum = (v0 + v4) * (1 << scaleBits) + round
  const difference = (v0 - v4) * (1 << scaleBits) + round
  const t0 = sum + e3
  const t3 = sum - e3
  const t1 = difference + e2
  const t2 = difference - e2
  // Odd part.
  const turn = (v7 + v3 + v5 + v1) * c1175
  const z1 = -(v7 + v1) * c0899
  const z2 = -(v5 + v3) * c2562
  const z3 = turn - (v7 + v3) * c1961
  const z4 = turn - (v5 + v1) * c0390
  const o0 = v7 * c0298 + z1 + z3
  const o1 = v5 * c2053 + z2 + z4
  const o2 = v3 * c3072 + z2 + z3
  const o3 = v1 * c1501 + z1 + z4
  to[at] = (t0 + o3) >> shift
  to[at + 7 * step] = (t0 - o3) >> shift
  to[at + step] = (t1 + o2) >> shift
  to[at + 6 * step] = (t1 - o2) >> shift
  to[at + 2 * step] = (t2 + o1) >> shift
  to[at + 5 * step] = (t2 - o1) >> shift
  to[at + 3 * step] = (t3 + o0) >> shift
  to[at + 4 * step] = (t3 - o0) >> shift
}

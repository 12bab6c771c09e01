import { sizeOf } from '../../core/tensor.ts'
import { normalised } from '../normalised.ts'
import { spread, type AffineJob, type AffineSampling } from '../affine.ts'

interface Tap {
  readonly place: number
  readonly weight: number
}

/** `sampleAffine` voxel by voxel in float64: every axis gives taps (places with weights), their products are summed. */
export function sampleAffine(job: AffineJob, how: AffineSampling): Float64Array {
  const { shape, outShape, rows } = spread(job)
  const [d0, d1, d2] = shape
  const [o0, o1, o2] = outShape
  const { norms, bases } = normalised(rows, shape, outShape)
  const out = new Float64Array(job.channels * sizeOf(outShape))
  let at = 0
  for (let c = 0; c < job.channels; c++)
    for (let a = 0; a < o0; a++)
      for (let b = 0; b < o1; b++)
        for (let o = 0; o < o2; o++) {
          const [u, v, w] = [bases[a], bases[o0 + b], bases[o0 + o1 + o]]
          const [z, y, x] = [d0, d1, d2].map((size, axis) => {
            const [forU, forV, forW, shift] = norms.subarray(4 * axis)
            return (w * forW + v * forV + u * forU + shift + 1) * (size / 2) - 0.5
          })
          const xTaps = tapsOf(x, d2, how)
          const yTaps = tapsOf(y, d1, how)
          for (const tz of tapsOf(z, d0, how))
            for (const ty of yTaps)
              for (const tx of xTaps)
                out[at] +=
                  tz.weight * ty.weight * tx.weight * job.data[((c * d0 + tz.place) * d1 + ty.place) * d2 + tx.place]
          at++
        }
  return out
}

function tapsOf(position: number, size: number, how: AffineSampling): Tap[] {
  if (how.mode === 'cubic') {
    const base = Math.floor(position)
    const t = position - base
    return [-1, 0, 1, 2]
      .map((k) => ({ place: Math.floor(padded(base + k, size, how)), weight: convolution(Math.abs(t - k)) }))
      .filter(({ place }) => place >= 0 && place < size)
  }
  const moved = padded(position, size, how)
  const base = how.mode === 'linear' ? Math.floor(moved) : nearest(moved)
  const t = how.mode === 'linear' ? moved - base : 0
  return [
    { place: base, weight: 1 - t },
    { place: base + 1, weight: t },
  ].filter(({ place, weight }) => place >= 0 && place < size && weight !== 0)
}

/** The nearest whole number, of two the one further from zero. */
function nearest(x: number): number {
  const below = Math.floor(x)
  const up = x < 0 ? x - below > 0.5 : x - below >= 0.5
  return up ? below + 1 : below
}

/** Keys' cubic convolution kernel with a = -0.75. */
function convolution(t: number): number {
  const a = -0.75
  if (t <= 1) return (a + 2) * t ** 3 - (a + 3) * t ** 2 + 1
  return t < 2 ? a * (t ** 3 - 5 * t ** 2 + 8 * t - 4) : 0
}

function padded(position: number, size: number, { padding, alignCorners }: AffineSampling): number {
  if (padding === 'zeros') return position
  const moved =
    padding === 'border' ? position : mirrored(position, alignCorners ? 0 : -0.5, alignCorners ? size - 1 : size)
  return Math.min(Math.max(moved, 0), size - 1)
}

function mirrored(position: number, low: number, span: number): number {
  if (span === 0) return 0
  const rest = Math.abs(position - low) % (2 * span)
  return (rest <= span ? rest : 2 * span - rest) + low
}

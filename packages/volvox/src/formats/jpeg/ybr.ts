import type { TypedArray } from '../../core/dtype.ts'

const bits = 16
const fixed = (value: number): number => Math.round(value * (1 << bits))
const half = 1 << (bits - 1)
const clamped = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value)

/** Luminance and chrominance of full range (ITU-R BT.601, JFIF) to colours, rounded as JPEG decoders do. */
export function ybrToRgb(data: TypedArray): Uint8Array {
  const out = new Uint8Array(data.length)
  for (let i = 0; i < out.length; i += 3) {
    const y = Number(data[i])
    const cb = Number(data[i + 1]) - 128
    const cr = Number(data[i + 2]) - 128
    out[i] = clamped(y + ((fixed(1.402) * cr + half) >> bits))
    out[i + 1] = clamped(y + ((-fixed(0.34414) * cb - fixed(0.71414) * cr + half) >> bits))
    out[i + 2] = clamped(y + ((fixed(1.772) * cb + half) >> bits))
  }
  return out
}

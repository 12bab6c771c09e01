import type { SamplePlane } from './transform.ts'

/**
 * Brings a plane of `width` x `height` samples to the image's size and writes it into `out`, every `step` elements from
 * `start`. Halved colour is interpolated between its samples' centres (3/4 and 1/4), as the Independent JPEG Group's
 * decoder does; other ratios repeat samples.
 */
export function upsample(
  { samples, stride }: SamplePlane,
  size: { width: number; height: number },
  ratio: { h: number; v: number },
  out: Uint8Array | Uint16Array,
  target: { width: number; height: number; start: number; step: number },
): void {
  const smooth = ratio.h === 2 && ratio.v <= 2 && size.width > 2
  const smoothDown = ratio.h === 1 && ratio.v === 2
  const sums = new Int32Array(size.width)
  for (let y = 0; y < target.height; y++) {
    let at = target.start + y * target.width * target.step
    const row = Math.min(size.height - 1, Math.floor(y / ratio.v)) * stride
    const near = Math.min(size.height - 1, Math.max(0, (y >> 1) + (y % 2 === 0 ? -1 : 1))) * stride
    if (smoothDown) {
      const round = y % 2 === 0 ? 1 : 2
      for (let x = 0; x < target.width; x++, at += target.step)
        out[at] = (samples[row + x] * 3 + samples[near + x] + round) >> 2
      continue
    }
    if (!smooth) {
      for (let x = 0; x < target.width; x++, at += target.step) out[at] = samples[row + Math.floor(x / ratio.h)]
      continue
    }
    if (ratio.v === 1) for (let x = 0; x < size.width; x++) sums[x] = samples[row + x] * 4
    else for (let x = 0; x < size.width; x++) sums[x] = samples[row + x] * 3 + samples[near + x]
    // With one row the sums are 4-fold: the same rounding as 3a + b + 1 (or + 2) over 4.
    const [roundLeft, roundRight] = ratio.v === 1 ? [4, 8] : [8, 7]
    for (let x = 0; x < target.width; x++, at += target.step) {
      const i = x >> 1
      const side = x % 2 === 0 ? i - 1 : i + 1
      const other = side < 0 || side >= size.width ? sums[i] : sums[side]
      out[at] = (sums[i] * 3 + other + (x % 2 === 0 ? roundLeft : roundRight)) >> 4
    }
  }
}

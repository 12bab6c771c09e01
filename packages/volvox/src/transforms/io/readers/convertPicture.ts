import { allocate, type DType } from '../../../core/dtype.ts'
import { ShapeError } from '../../../core/errors.ts'
import type { Volume } from '../../../formats/index.ts'

/** Kinds of pixels, by Pillow's names: grey, grey with opacity, colours, colours with opacity. */
export const pictureModes = ['L', 'LA', 'RGB', 'RGBA'] as const
export type PictureMode = (typeof pictureModes)[number]

const samplesOf: Readonly<Record<PictureMode, number>> = { L: 1, LA: 2, RGB: 3, RGBA: 4 }

/** The picture with other samples, as Pillow's `convert` gives them: grey is ITU-R 601 luma, what had no opacity is opaque. */
export function convertedPicture(volume: Volume, mode: PictureMode): Volume {
  const { shape, data } = volume
  const from = shape[2] ?? 1
  const to = samplesOf[mode]
  const dtype: DType = volume.dtype === 'uint16' ? 'uint16' : 'uint8'
  const opaque = dtype === 'uint16' ? 65535 : 255
  if (shape.length > 3 || from > 4)
    throw new ShapeError('PILReader.converter', `a picture of ${from} samples a pixel cannot become "${mode}"`)
  const pixels = shape[0] * shape[1]
  const out = allocate(dtype, pixels * to)
  for (let i = 0; i < pixels; i++) {
    const [a, b, c, d] = Array.from({ length: from }, (_, s) => Number(data[i * from + s]))
    const [red, green, blue] = from >= 3 ? [a, b, c] : [a, a, a]
    const opacity = from === 4 ? d : from === 2 ? b : opaque
    // 0.299, 0.587 and 0.114 in 16 fractional bits.
    const grey = from >= 3 ? Math.floor((red * 19595 + green * 38470 + blue * 7471 + 32768) / 65536) : a
    const samples = to >= 3 ? [red, green, blue, opacity] : [grey, opacity]
    for (let s = 0; s < to; s++) out[i * to + s] = samples[s]
  }
  const kept = [shape[0], shape[1], ...(to > 1 ? [to] : [])]
  const meta = { ...volume.meta, mode, original_channel_dim: to > 1 ? -1 : 'no_channel' }
  return { ...volume, dtype, shape: kept, data: out, meta }
}

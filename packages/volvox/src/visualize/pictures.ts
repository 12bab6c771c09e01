import { OptionError, ShapeError } from '../core/errors.ts'
import { toFloats } from '../core/convert.ts'
import { isFloating } from '../core/dtype.ts'
import type { Files } from '../core/files.ts'
import { floats, sameShape, sizeOf, type FloatTensor, type Tensor } from '../core/tensor.ts'
import { writePng } from '../formats/png/writePng.ts'
import { colourMap, colourOf } from './colours.ts'
import { rescale } from './upsample.ts'

export interface BlendOptions {
  /** How much of the label is seen, 0 to 1: everywhere, or `[1, ...spatial]`. */
  readonly alpha?: number | FloatTensor
  /** matplotlib's name of a colour map: hsv, jet, hot or gray. */
  readonly cmap?: string
  /** Whether image and label are first brought to 0 to 1. */
  readonly rescaleArrays?: boolean
  /** Whether voxels with label 0 show the image alone. */
  readonly transparentBackground?: boolean
}

/** Colours a label `[1, ...spatial]` over a gray or RGB image `[1 or 3, ...spatial]`; RGB from 0 to 1 (MONAI blend_images). */
export function blendImages(
  image: Tensor,
  label: Tensor,
  { alpha = 0.5, cmap = 'hsv', rescaleArrays = true, transparentBackground = true }: BlendOptions = {},
): FloatTensor {
  const [channels, ...size] = image.shape
  if (channels !== 1 && channels !== 3)
    throw new ShapeError('blendImages', `the image has ${channels} channels; give 1 (gray) or 3 (RGB)`)
  if (!sameShape(label.shape, [1, ...size]))
    throw new ShapeError(
      'blendImages',
      `the label is [${label.shape.join(', ')}]; the image needs [${[1, ...size].join(', ')}]`,
    )
  if (typeof alpha !== 'number' && !sameShape(alpha.shape.slice(1), size))
    throw new ShapeError(
      'blendImages',
      `alpha is [${alpha.shape.join(', ')}]; the image needs [${[1, ...size].join(', ')}]`,
    )
  const voxels = sizeOf(size)
  const colours = colourMap(cmap, 'blendImages.cmap')
  const gray = numbers(image, rescaleArrays)
  const classes = numbers(label, rescaleArrays)
  const whole = !rescaleArrays && !isFloating(label.dtype)
  const out = floats([3, ...size])
  for (let i = 0; i < voxels; i++) {
    const seen = typeof alpha === 'number' ? alpha : alpha.data[i]
    const share = transparentBackground && classes[i] === 0 ? 0 : seen
    const colour = colourOf(colours, classes[i], whole)
    for (let c = 0; c < 3; c++)
      out.data[c * voxels + i] = (1 - share) * gray[(channels === 1 ? 0 : c * voxels) + i] + share * colour[c]
  }
  return out
}

function numbers({ dtype, data }: Tensor, rescaled: boolean): Float32Array {
  const values = Float32Array.from(toFloats(dtype, data))
  if (rescaled) rescale(values)
  return values
}

export interface MatshowOptions {
  /** Slices in a row; as many as rows unless given. */
  readonly framesPerRow?: number | null
  /** The axis across the slices: -3, -2 or -1. */
  readonly frameDim?: -3 | -2 | -1
  /** Values that are black and white; the extent of the volume unless given. */
  readonly vmin?: number | null
  readonly vmax?: number | null
  /** Shows only every so many-th slice. */
  readonly everyN?: number
  /** What the margin and empty places are filled with. */
  readonly fillValue?: number
  /** Voxels around every slice. */
  readonly margin?: number
}

/** Slices side by side, and how to show them. */
export interface SlicePicture {
  /** `[rows, columns]`, with the volume's values. */
  readonly image: FloatTensor
  /** An 8-bit gray PNG; what was filled is black. */
  png(files: Pick<Files, 'deflate'>): Uint8Array
}

/** The slices of a volume (all channels and items, one after the other) as one picture (MONAI matshow3d). */
export function matshow3d(volume: Tensor, options: MatshowOptions = {}): SlicePicture {
  const { frameDim = -3, everyN = 1, fillValue = NaN, margin = 1 } = options
  const shape = [...new Array<number>(Math.max(0, 3 - volume.shape.length)).fill(1), ...volume.shape]
  if (![-3, -2, -1].includes(frameDim))
    throw new OptionError('matshow3d.frameDim', `${String(frameDim)} is none of the last three axes; give -3, -2 or -1`)
  const values = toFloats(volume.dtype, volume.data)
  const slices = framesOf(shape, frameDim)
  const shown = slices.starts.filter((_, i) => i % Math.max(1, everyN) === 0)
  const columns = Math.max(1, Math.min(shown.length, options.framesPerRow || Math.ceil(Math.sqrt(shown.length))))
  const rows = Math.ceil(shown.length / columns)
  const [height, width] = [slices.height + 2 * margin, slices.width + 2 * margin]
  const image = floats([rows * height, columns * width])
  image.data.fill(fillValue)
  shown.forEach((start, i) => {
    const top = Math.floor(i / columns) * height + margin
    const left = (i % columns) * width + margin
    for (let y = 0; y < slices.height; y++)
      for (let x = 0; x < slices.width; x++)
        image.data[(top + y) * columns * width + left + x] = values[start + y * slices.down + x * slices.right]
  })
  const low = options.vmin ?? extreme(values, Math.min, Infinity)
  const high = options.vmax ?? extreme(values, Math.max, -Infinity)
  const span = high > low ? high - low : 1
  return {
    image,
    png(files) {
      const pixels = Uint8Array.from(image.data, (x) =>
        Math.round(255 * Math.min(1, Math.max(0, (x - low) / span || 0))),
      )
      return writePng(pixels, image.shape[1], image.shape[0], 1, files)
    },
  }
}

/** Where each slice begins, its size, and the steps to the voxel below and to the right. */
function framesOf(shape: readonly number[], frameDim: number) {
  const [z, y, x] = shape.slice(-3)
  const [across, down, right] = { [-3]: [y * x, x, 1], [-2]: [x, y * x, 1], [-1]: [1, y * x, x] }[frameDim]!
  const [frames, height, width] = { [-3]: [z, y, x], [-2]: [y, z, x], [-1]: [x, z, y] }[frameDim]!
  const volumes = sizeOf(shape.slice(0, -3))
  const starts = Array.from(
    { length: volumes * frames },
    (_, i) => Math.floor(i / frames) * z * y * x + (i % frames) * across,
  )
  return { starts, height, width, down, right }
}

function extreme(values: ArrayLike<number>, pick: (a: number, b: number) => number, start: number): number {
  let found = start
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) found = pick(found, values[i])
  return found
}

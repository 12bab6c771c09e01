import { spacingMm } from '../core/affine.ts'
import { toFloats } from '../core/convert.ts'
import { OptionError } from '../core/errors.ts'
import { spatialShape, type Image } from '../core/image.ts'
import { Orientation } from '../transforms/spatial/index.ts'

/** A small picture: rows from the top, channels of a pixel together. */
export interface Thumbnail {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly pixels: Uint8Array
}

/** The planes of a volume with axes right, anterior, superior, as radiologists look at them. */
const planes = [
  { across: 0, up: 1, through: 2 },
  { across: 0, up: 2, through: 1 },
  { across: 1, up: 2, through: 0 },
] as const

/**
 * A picture of an image [channels, ...spatial]: of a volume its three middle planes side by side at one scale, each at most `side`
 * pixels wide and high; of a flat image the image, in colour where it has 3 or 4 channels. From the 1st to the 99.5th
 * hundredth of the values of the first channel black turns white; 8-bit colours stay as they are.
 */
export function thumbnail(given: Image, side = 256): Thumbnail {
  const rank = spatialShape(given).length
  if (rank < 1 || rank > 3)
    throw new OptionError('thumbnail', `an image of ${rank} axes has no picture; give 1 to 3 axes`)
  const flat = rank < 3
  const upright = flat ? given : Orientation({ axcodes: 'RAS' })(given)
  const shape = [...spatialShape(upright), 1, 1].slice(0, 3)
  const colour = flat && upright.shape[0] >= 3
  const channels = colour ? 3 : 1
  const voxels = Array.from({ length: channels }, (_, c) => channelOf(upright, c))
  const shade = colour && upright.dtype === 'uint8' ? (x: number) => x : shading(voxels[0])
  const spacing = [...spacingMm(upright.affine, rank), 1, 1]
  const scale = side / Math.max(...shape.map((n, axis) => n * spacing[axis]))
  const views = (flat ? planes.slice(0, 1) : planes).map(({ across, up, through }) => {
    const [wide, high] = [shape[across] * spacing[across], shape[up] * spacing[up]]
    return {
      width: Math.max(1, Math.round(wide * scale)),
      height: Math.max(1, Math.round(high * scale)),
      across,
      up,
      through,
    }
  })
  const width = views.reduce((sum, view) => sum + view.width, views.length - 1)
  const height = Math.max(...views.map((view) => view.height))
  const pixels = new Uint8Array(width * height * channels)
  let left = 0
  for (const view of views) {
    const steps = [shape[1] * shape[2], shape[2], 1]
    const middle = Math.floor(shape[view.through] / 2) * steps[view.through]
    for (let row = 0; row < view.height; row++)
      for (let column = 0; column < view.width; column++) {
        const a = Math.floor((column * shape[view.across]) / view.width)
        const b = Math.floor((row * shape[view.up]) / view.height)
        // The patient's right is on the left of the picture, and the head up; flat images begin at the top left.
        const at = flat ? [a, b] : [shape[view.across] - 1 - a, shape[view.up] - 1 - b]
        const voxel = middle + at[0] * steps[view.across] + at[1] * steps[view.up]
        for (let c = 0; c < channels; c++)
          pixels[(row * width + left + column) * channels + c] = shade(voxels[c][voxel])
      }
    left += view.width + 1
  }
  return { width, height, channels, pixels }
}

function channelOf(img: Image, channel: number): ArrayLike<number> {
  const size = img.data.length / img.shape[0]
  return toFloats(img.dtype, img.data.subarray(channel * size, (channel + 1) * size))
}

/** From value to gray. */
function shading(values: ArrayLike<number>): (value: number) => number {
  const sorted = Float64Array.from(values).filter(Number.isFinite).sort()
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
  const [low, high] = [at(0.01), at(0.995)]
  const scale = high > low ? 255 / (high - low) : 0
  return (value) => Math.min(255, Math.max(0, Math.round((value - low) * scale)))
}

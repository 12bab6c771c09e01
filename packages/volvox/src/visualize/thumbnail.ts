import { spacingMm } from '../core/affine.ts'
import { allocate } from '../core/dtype.ts'
import { toFloats } from '../core/convert.ts'
import { OptionError } from '../core/errors.ts'
import { spatialShape, type Image } from '../core/image.ts'
import { sizeOf } from '../core/tensor.ts'
import { grayLevel, grayWindow, planes, sliceOf, type Slice } from '../core/views.ts'
import { Orientation } from '../transforms/spatial/index.ts'

/** A small picture: rows from the top, channels of a pixel together. */
export interface Thumbnail {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly pixels: Uint8Array
}

/**
 * A picture of an image [channels, ...spatial]: of a volume its three middle planes side by side at one scale, each at most `side`
 * pixels wide and high; of a flat image, or a volume of one slice, the image, in colour where it has 3 or 4 channels. Of further axes the first place is shown. From the 1st to the 99.5th
 * hundredth of the values of the first channel black turns white; 8-bit colours stay as they are.
 */
export function thumbnail(image: Image, side = 256): Thumbnail {
  const given = firstVolume(image)
  const rank = spatialShape(given).length
  if (rank < 1) throw new OptionError('thumbnail', 'an image without axes has no picture; give one with 1 or more')
  const flat = rank < 3
  const upright = flat ? given : Orientation({ axcodes: 'RAS' })(given)
  const shape = [...spatialShape(upright), 1, 1].slice(0, 3)
  const whole = flat ? planes.slice(0, 1) : planes.filter((plane) => shape[plane.through] === 1).slice(0, 1)
  const shown = whole.length > 0 ? whole : planes
  const colour = whole.length > 0 && upright.shape[0] >= 3
  const channels = colour ? 3 : 1
  const voxels = Array.from({ length: channels }, (_, c) => channelOf(upright, c))
  const window = grayWindow(voxels[0])
  const asIs = colour && upright.dtype === 'uint8'
  const shade = (x: number) => (asIs ? x : Math.round(grayLevel(x, window)))
  const spacing = [...spacingMm(upright.affine, rank), 1, 1]
  const extents = shown.flatMap(({ across, up }) => [across, up].map((axis) => shape[axis] * spacing[axis]))
  const scale = side / Math.max(...extents)
  const views = shown.map((plane) => ({
    slice: flat ? photograph(shape) : sliceOf(shape, plane, Math.floor(shape[plane.through] / 2)),
    width: Math.max(1, Math.round(shape[plane.across] * spacing[plane.across] * scale)),
    height: Math.max(1, Math.round(shape[plane.up] * spacing[plane.up] * scale)),
  }))
  const width = views.reduce((sum, view) => sum + view.width, views.length - 1)
  const height = Math.max(...views.map((view) => view.height))
  const pixels = new Uint8Array(width * height * channels)
  let left = 0
  for (const { slice, ...view } of views) {
    for (let row = 0; row < view.height; row++)
      for (let column = 0; column < view.width; column++) {
        const voxel = slice.at(
          Math.floor((column * slice.width) / view.width),
          Math.floor((row * slice.height) / view.height),
        )
        for (let c = 0; c < channels; c++)
          pixels[(row * width + left + column) * channels + c] = shade(voxels[c][voxel])
      }
    left += view.width + 1
  }
  return { width, height, channels, pixels }
}

/** The first place of all axes behind the third. */
function firstVolume(img: Image): Image {
  const kept = img.shape.slice(0, 4)
  const step = sizeOf(img.shape.slice(4))
  if (step === 1) return { ...img, shape: kept }
  const data = allocate(img.dtype, sizeOf(kept))
  for (let i = 0; i < data.length; i++) data[i] = img.data[i * step]
  return { ...img, shape: kept, data }
}

/** A flat image, whose first axis runs to the right and whose second runs down. */
function photograph([width, height]: readonly number[]): Slice {
  return { width, height, at: (column, row) => column * height + row }
}

function channelOf(img: Image, channel: number): ArrayLike<number> {
  const size = img.data.length / img.shape[0]
  return toFloats(img.dtype, img.data.subarray(channel * size, (channel + 1) * size))
}

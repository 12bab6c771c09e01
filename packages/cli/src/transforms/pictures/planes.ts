import { toFloats, type Tensor } from 'volvox'
import { blank, dot, type Colour, type Picture } from './canvas.ts'

/** A slice of one channel, as it is looked at. */
export interface Plane {
  readonly width: number
  readonly height: number
  /** Row by row from the top. */
  readonly values: Float64Array
}

/** Which slice of a volume is looked at, and from where. */
export interface View {
  /** The axis across the slice, 0 to 2. */
  readonly axis: number
  /** Which slice, as a share of the axis. */
  readonly at: number
  /** Whether the second axis of the slice runs upwards, as anterior and superior do; downwards for photographs. */
  readonly up: boolean
  /** Whether the first axis of the slice runs downwards instead, and the second to the right. */
  readonly sideways?: boolean
}

/** Scans: from above, at the height of the hippocampus's head. */
export const axial: View = { axis: 2, at: 0.38, up: true }
/** Photographs. */
export const photograph: View = { axis: 2, at: 0.5, up: false }

/** A slice of one channel; the first axis left runs to the right. Images of two axes are their own slice. */
export function planeOf(img: Tensor, { axis, at, up, sideways }: View, channel = 0): Plane {
  const size = img.shape.slice(1)
  const values = toFloats(img.dtype, img.data)
  const [sx, sy, sz] = [...size, 1, 1, 1]
  const voxels = sx * sy * sz
  const strides = [sy * sz, sz, 1]
  const axes = size.length === 2 ? [0, 1] : [0, 1, 2].filter((one) => one !== axis)
  const [a, b] = sideways ? axes.toReversed() : axes
  const [width, height] = [[sx, sy, sz][a], [sx, sy, sz][b]]
  const index = size.length === 2 ? 0 : Math.min(size[axis] - 1, Math.floor(at * size[axis]))
  const start = channel * voxels + (size.length === 2 ? 0 : index * strides[axis])
  const out = new Float64Array(width * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      out[y * width + x] = Number(values[start + x * strides[a] + (up ? height - 1 - y : y) * strides[b]])
  return { width, height, values: out }
}

/** Values that are black and white. */
export type Window = readonly [low: number, high: number]

/** From the least to the largest value, without the outermost hundredth on either side. */
export function windowOf(planes: readonly Plane[]): Window {
  const sorted = planes.flatMap(({ values }) => Array.from(values).filter(Number.isFinite)).sort((a, b) => a - b)
  if (sorted.length === 0) return [0, 1]
  const [low, high] = [sorted[Math.floor(0.01 * sorted.length)], sorted[Math.ceil(0.99 * sorted.length) - 1]]
  if (high > low) return [low, high]
  const [least, most] = [sorted[0], sorted[sorted.length - 1]]
  return most > least ? [least, most] : [Math.min(0, least), Math.max(1, most)]
}

/** How a plane is drawn, `scale` pixels to a voxel. */
export function drawn({ width, height, values }: Plane, scale: number, colour: (value: number) => Colour): Picture {
  const picture = blank(width * scale, height * scale)
  for (let y = 0; y < height * scale; y++)
    for (let x = 0; x < width * scale; x++)
      dot(picture, x, y, colour(values[Math.floor(y / scale) * width + Math.floor(x / scale)]))
  return picture
}

/** Gray between the ends of the window; what is not a number is red. */
export function gray([low, high]: Window): (value: number) => Colour {
  return (value) => {
    if (Number.isNaN(value)) return [200, 40, 40]
    const level = Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low || 1))))
    return [level, level, level]
  }
}

const classes: readonly Colour[] = [[230, 75, 60], [60, 170, 90], [65, 120, 220], [235, 170, 40], [155, 90, 200], [40, 180, 190], [235, 120, 170], [140, 140, 60]] // prettier-ignore

/** A colour for each class; black for the background. */
export function classColour(value: number): Colour {
  if (!(value > 0)) return [0, 0, 0]
  return classes[(Math.max(1, Math.round(value)) - 1) % classes.length]
}

/** Blue below zero, white at zero, red above; `reach` is the value of the strongest colours. */
export function signed(reach: number): (value: number) => Colour {
  return (value) => {
    const share = Math.min(1, Math.abs(value) / (reach || 1)) || 0
    const faded = Math.round(255 * (1 - share))
    return value < 0 ? [faded, faded, 255] : [255, faded, faded]
  }
}

/** Draws the borders between different values of a plane, one pixel wide, each in the colour of the larger value. */
export function outline(
  picture: Picture,
  { width, height, values }: Plane,
  scale: number,
  colour: (value: number) => Colour,
  share = 1,
): void {
  const at = (x: number, y: number) => (x < 0 || y < 0 || x >= width || y >= height ? NaN : values[y * width + x])
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const here = at(x, y)
      const [right, below] = [at(x + 1, y), at(x, y + 1)]
      if (right !== here && !Number.isNaN(right))
        for (let i = 0; i < scale; i++)
          dot(picture, (x + 1) * scale - 1, y * scale + i, colour(Math.max(here, right)), share)
      if (below !== here && !Number.isNaN(below))
        for (let i = 0; i < scale; i++)
          dot(picture, x * scale + i, (y + 1) * scale - 1, colour(Math.max(here, below)), share)
    }
}

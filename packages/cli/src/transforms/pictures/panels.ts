import { sizeOf, type Tensor } from 'volvox'
import { blank, dot, frame, line, type Colour, type Picture } from './canvas.ts'
import { classColour, drawn, gray, outline, planeOf, type Plane, type View, type Window } from './planes.ts'

/** Pixels to a voxel: panels are about as large as a stamp, and of one scale. */
export function scaleFor(planes: readonly Plane[]): number {
  const longest = Math.max(...planes.map(({ width, height }) => Math.max(width, height)))
  return Math.max(1, Math.min(3, Math.floor(170 / longest)))
}

const teal: Colour = [0, 190, 190]

/** An image in gray with the lines of a grid and the outline of a label. */
export function overlaid(
  planes: { readonly image: Plane; readonly label?: Plane; readonly grid?: Plane },
  window: Window,
  scale: number,
): Picture {
  const picture = drawn(planes.image, scale, gray(window))
  if (planes.grid) outline(picture, planes.grid, scale, () => teal, 0.55)
  if (planes.label) outline(picture, planes.label, scale, classColour)
  return picture
}

/** Which value before became which value after, one dot a pixel of the planes. */
export function curve(before: Plane, after: Plane, size: number): Picture {
  const picture = blank(size, size)
  frame(picture, [0, 0, size, size], [150, 150, 150], 1)
  const [x, y] = [scaleOf(before.values, size), scaleOf(after.values, size)]
  for (let i = 0; i < size; i++) {
    dot(picture, x(0), i, [215, 215, 215])
    dot(picture, i, size - 1 - y(0), [215, 215, 215])
  }
  const ends = extent(before.values)
  line(picture, [x(ends[0]), size - 1 - y(ends[0])], [x(ends[1]), size - 1 - y(ends[1])], [190, 190, 190])
  before.values.forEach((value, i) => {
    const [column, row] = [x(value), size - 1 - y(after.values[i])]
    dot(picture, column, row, [30, 80, 170])
    dot(picture, column, row + 1, [30, 80, 170], 0.5)
  })
  return picture
}

function scaleOf(values: Float64Array, size: number): (value: number) => number {
  const [low, high] = extent(values)
  return (value) => Math.round(4 + ((value - low) / (high - low || 1)) * (size - 9))
}

function extent(values: Float64Array): readonly [low: number, high: number] {
  const finite = values.filter(Number.isFinite)
  return [finite.reduce((a, b) => Math.min(a, b)), finite.reduce((a, b) => Math.max(a, b))]
}

/** Values along the last axis, one line for each; all in one scale from `low` to `high`. */
export function signals(
  lines: readonly { readonly values: ArrayLike<number>; readonly colour: Colour }[],
  [low, high]: Window,
  [width, height]: readonly [number, number],
): Picture {
  const picture = blank(width, height)
  frame(picture, [0, 0, width, height], [190, 190, 190], 1)
  for (const { values, colour } of lines) {
    const at = (i: number): [number, number] => [
      2 + (i * (width - 5)) / (values.length - 1),
      height - 4 - ((values[i] - low) / (high - low || 1)) * (height - 8),
    ]
    for (let i = 1; i < values.length; i++)
      if (Number.isFinite(values[i - 1]) && Number.isFinite(values[i])) line(picture, at(i - 1), at(i), colour)
  }
  return picture
}

/** Red, green and blue, in front or at the end, as they are; other images in gray from 0 to their largest value. */
export function photo(img: Tensor, view: View, scale: number): Picture {
  const last = img.shape.length === 3 && img.shape[2] === 3
  if (!last && img.shape[0] !== 3) {
    const plane = planeOf(img, view)
    return drawn(plane, scale, gray([0, plane.values.reduce((a, b) => Math.max(a, b), 1)]))
  }
  const colours = [0, 1, 2].map((channel) =>
    last ? planeOf(colourOf(img, channel), view) : planeOf(img, view, channel),
  )
  const [{ width, height }] = colours
  const picture = blank(width * scale, height * scale)
  for (let y = 0; y < height * scale; y++)
    for (let x = 0; x < width * scale; x++) {
      const at = Math.floor(y / scale) * width + Math.floor(x / scale)
      dot(picture, x, y, [colours[0].values[at], colours[1].values[at], colours[2].values[at]])
    }
  return picture
}

/** One colour of [width, height, 3]. */
function colourOf({ shape, data }: Tensor, channel: number): Tensor {
  const size = sizeOf(shape.slice(0, 2))
  return { dtype: 'float32', shape: [1, ...shape.slice(0, 2)], data: Float32Array.from({ length: size }, (_, i) => Number(data[3 * i + channel])) } // prettier-ignore
}

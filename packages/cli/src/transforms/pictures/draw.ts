import { affine, isRecord, toFloats, type Image, type Tensor, isTensorLike } from 'volvox'
import type { Trial } from '../trial.ts'
import { blank, frame, joined, type Colour, type Picture } from './canvas.ts'
import { curve, overlaid, photo, scaleFor, signals } from './panels.ts'
import { axial, classColour, drawn, gray, planeOf, signed, windowOf, type Plane, type View } from './planes.ts'

const boxColours: readonly Colour[] = [[240, 90, 60], [70, 180, 240], [120, 220, 80]] // prettier-ignore

/** The picture of what a transform did, panels from left to right; null where none says anything. */
export function pictureOf(trial: Trial): Picture | null {
  const draw = drawers[trial.example.show]
  return draw ? draw(trial, { ...axial, ...trial.example.view }) : null
}

/** What the panels are, in a sentence. */
export function captionOf({ example, random }: Trial): string {
  const draws = 'three draws (seeds 0, 1, 2)'
  const after = random ? draws : 'after'
  const said: Readonly<Record<string, string>> = {
    moves: `Before, and ${after}: the outline of the label and a grid show where voxels went.`,
    crops: random
      ? `The boxes that are drawn, seen at the depth of the first, and what is cut out.`
      : 'The box, and what is cut out.',
    values: random ? `Before, and ${draws}.` : 'Before, after, and the difference: red is more, blue is less.',
    curve: random ? `Before, and ${draws}; below, what became of each value: before from left to right, after upwards (gray lines: zero, and no change).` : 'Before, after, and what became of each value: before from left to right, after upwards (gray lines: zero, and no change).', // prettier-ignore
    channels: random ? 'Before, and the channels of one draw.' : 'Before, and the channels that come out.',
    classes: random ? `Before, and ${draws}.` : 'Before and after.',
    photograph: random ? `Before, and ${draws}.` : 'Before and after.',
    parts: 'Before, and what comes out.',
    boxes: random ? `Before, and ${draws}.` : 'Before and after.',
    lines: random ? `Before (gray), and ${draws}.` : 'Before (gray) and after.',
  }
  return said[example.show] ?? ''
}

type Draw = (trial: Trial, view: View) => Picture

const drawers: Readonly<Record<string, Draw>> = {
  moves({ before, after }, view) {
    const stages = [before, ...after].map((sample) => {
      const { image, label, grid } = sample as Readonly<Record<string, Image>>
      const seen = throughLabel(label, view)
      return { image: planeOf(image, seen), label: planeOf(label, seen), grid: planeOf(grid, seen) }
    })
    const scale = scaleFor(stages.map(({ image }) => image))
    const window = windowOf([stages[0].image])
    return joined(
      stages.map((planes) => {
        const scaled = planes.image.values.every((x) => Math.abs(x) <= 1.5) // by an example that scales before it moves
        return overlaid(planes, scaled ? windowOf([planes.image]) : window, scale)
      }),
    )
  },

  crops({ before, after }, view) {
    const whole = (before as Readonly<Record<string, Image>>).image
    const crops = after.flat().slice(0, 3) as readonly Readonly<Record<string, Image>>[]
    const boxes = crops.map(({ image }) => boxIn(whole, image))
    const at = (boxes[0].low[view.axis] + boxes[0].high[view.axis]) / 2 / whole.shape[view.axis + 1]
    const planes = crops.map(({ image }) => planeOf(image, { ...view, at: 0.5 }))
    const plane = planeOf(whole, { ...view, at })
    const scale = scaleFor([plane, ...planes])
    const window = windowOf([plane])
    const first = drawn(plane, scale, gray(window))
    const [a, b] = [0, 1, 2].filter((axis) => axis !== view.axis)
    boxes.forEach(({ low, high }, i) => {
      const [top, bottom] = [plane.height - high[b], plane.height - low[b]]
      frame(first, [scale * low[a], scale * top, scale * high[a], scale * bottom], boxColours[i])
    })
    return joined([
      first,
      ...crops.map(({ label }, i) => {
        const panel = overlaid({ image: planes[i], label: planeOf(label, { ...view, at: 0.5 }) }, window, scale)
        frame(panel, [0, 0, panel.width, panel.height], boxColours[i])
        return panel
      }),
    ])
  },

  values(trial, view) {
    const [before, ...after] = imagesOf(trial).map((one) => planeOf(one, view))
    const scale = scaleFor([before, ...after])
    const window = windowOf([before])
    const panels = [before, ...after].map((plane) => drawn(plane, scale, gray(within(plane, window) ? window : windowOf([plane])))) // prettier-ignore
    if (trial.random || before.values.length !== after[0].values.length) return joined(panels)
    const difference = after[0].values.map((x, i) => x - before.values[i])
    const reach = difference.reduce((most, x) => Math.max(most, Math.abs(x) || 0), 0)
    return joined([...panels, drawn({ ...before, values: difference }, scale, signed(reach))])
  },

  curve(trial, view) {
    const [before, ...after] = imagesOf(trial).map((one) => planeOf(one, view))
    const scale = scaleFor([before, ...after])
    const window = windowOf([before])
    if (trial.random) {
      const panels = after.map((plane) => drawn(plane, scale, gray(within(plane, window) ? window : windowOf([plane]))))
      const size = before.width * scale
      return joined(
        [
          joined([drawn(before, scale, gray(window)), ...panels]),
          joined([blank(size, size), ...after.map((plane) => curve(before, plane, size))]),
        ],
        'down',
      )
    }
    return joined([
      drawn(before, scale, gray(window)),
      drawn(after[0], scale, gray(within(after[0], window) ? window : windowOf(after))),
      curve(before, after[0], before.height * scale),
    ])
  },

  channels(trial, view) {
    const [before, after] = imagesOf(trial)
    // What was there before is not shown again.
    const old = hasSlices(before) && after.shape[0] > before.shape[0] ? before.shape[0] : 0
    const channels = Math.min(4, after.shape[0] - old)
    const planes = Array.from({ length: channels }, (_, channel) => planeOf(after, view, old + channel))
    const scale = scaleFor(planes)
    const panels = planes.map((plane) => drawn(plane, scale, gray(windowOf([plane]))))
    if (!hasSlices(before)) return joined(panels)
    const first = planeOf(before, view)
    return joined([
      before.shape[0] === 3 && old === 3 ? photo(before, view, scale) : drawn(first, scale, gray(windowOf([first]))),
      ...panels,
    ])
  },

  classes(trial, view) {
    const planes = imagesOf(trial).map((one) => planeOf(one, throughLabel(one, view)))
    const scale = scaleFor(planes)
    return joined(planes.map((plane) => drawn(plane, scale, isDiscrete(plane) ? classColour : gray(windowOf([plane]))))) // prettier-ignore
  },

  photograph(trial, view) {
    const images = imagesOf(trial)
    const scale = images.some(({ shape }) => Math.max(...shape) > 85) ? 1 : 2
    return joined(images.map((one) => photo(one, { ...view, up: false }, scale)))
  },

  parts({ before, after, example }, view) {
    const [whole, parts] = [partsOf(before), partsOf(after[0])]
    const all = [...whole, ...parts.slice(0, 4)]
    const scale = scaleFor(all.map((one) => planeOf(one, view)))
    if (example.view?.up === false) return joined(all.map((one) => photo(one, view, scale)))
    const window = windowOf([planeOf(all[0], view)])
    return joined(all.map((one) => drawn(planeOf(one, view), scale, gray(window))))
  },

  boxes({ before, after }, view) {
    const stages = [before, ...after].flat() as readonly Readonly<Record<string, Image>>[]
    const planes = stages.map(({ image }) => planeOf(image, view))
    const scale = scaleFor(planes)
    const window = windowOf([planes[0]])
    return joined(
      stages.map(({ box }, i) => {
        const panel = drawn(planes[i], scale, gray(window))
        const numbers = toFloats(box.dtype, box.data)
        for (let row = 0; row < box.shape[0]; row++) {
          const [x0, y0, , x1, y1] = Array.from(numbers.slice(6 * row, 6 * row + 6), (x) =>
            Math.round(scale * Number(x)),
          )
          frame(panel, [x0, panel.height - y1, x1, panel.height - y0], boxColours[row % 3])
        }
        return panel
      }),
    )
  },

  lines(trial) {
    const [before, ...after] = imagesOf(trial).map(({ dtype, data }) => toFloats(dtype, data))
    const all = [before, ...after].flatMap((values) => Array.from(values, Number).filter(Number.isFinite))
    const window = [Math.min(...all), Math.max(...all)] as const
    return joined(
      after.map((values) =>
        signals(
          [
            { values: before, colour: [170, 170, 170] },
            { values, colour: [200, 40, 60] },
          ],
          window,
          [440, trial.random ? 70 : 120],
        ),
      ),
      'down',
    )
  },
}

/** The images before and after: themselves, or the entries of samples that the example names. */
function imagesOf({ before, after, example }: Trial): readonly Tensor[] {
  const { key = 'image', outKey = key } = example
  return [imageIn(before, key), ...after.map((one) => imageIn(one, outKey))]
}

function imageIn(value: unknown, key: string): Tensor {
  if (isTensorLike(value)) return withChannel(value)
  if (Array.isArray(value)) return imageIn(value[0], key)
  if (isRecord(value) && isTensorLike(value[key])) return withChannel(value[key])
  throw new Error(`no image under "${key}" to draw`)
}

const hasSlices = ({ shape }: Tensor) => shape.length >= 3 && shape[1] > 8

/** A list of images; of a batch or of patches [n, channels, ...spatial] each one. */
function partsOf(value: unknown): Tensor[] {
  if (Array.isArray(value)) return value as Tensor[]
  if (!isTensorLike(value)) throw new Error('no images to draw')
  const { shape, data } = value
  if (shape.length !== 4) return [value]
  const size = data.length / shape[0]
  return Array.from({ length: shape[0] }, (_, i) => ({
    dtype: value.dtype,
    shape: shape.slice(1),
    data: data.slice(i * size, (i + 1) * size),
  }))
}

/** Maps without a channel axis get one; signals [channels, samples] of some length have it. */
function withChannel(img: Tensor): Tensor {
  return img.shape.length === 2 && img.shape[0] > 8 ? { ...img, shape: [1, ...img.shape] } : img
}

/** The view, moved to where there is most of a label if there is none where it looks. */
function throughLabel(label: Tensor, view: View): View {
  if (label.shape.length < 4 || planeOf(label, view).values.some((x) => x > 0)) return view
  const slices = label.shape[view.axis + 1]
  const areas = Array.from({ length: slices }, (_, i) => planeOf(label, { ...view, at: (i + 0.5) / slices }).values.filter((x) => x > 0).length) // prettier-ignore
  return { ...view, at: (areas.indexOf(Math.max(...areas)) + 0.5) / slices }
}

/** Whether most values of a plane are inside of a window, so that it shows them. */
function within({ values }: Plane, [low, high]: readonly [number, number]): boolean {
  const sorted = Array.from(values).sort((a, b) => a - b)
  const [first, last] = [sorted[Math.floor(0.05 * sorted.length)], sorted[Math.floor(0.95 * sorted.length)]]
  return last - first > 0.1 * (high - low) && last - first < 3 * (high - low)
}

const isDiscrete = ({ values }: Plane) => values.every((x) => Number.isInteger(x) && x >= 0 && x < 100)

/** Where a crop lies in the image that it was cut out of, in voxels. */
function boxIn(whole: Image, crop: Image): { readonly low: readonly number[]; readonly high: readonly number[] } {
  const map = affine.multiply(affine.invert(whole.affine), crop.affine)
  const low = [0, 1, 2].map((axis) => Math.round(map[4 * axis + 3]))
  return { low, high: low.map((start, axis) => start + crop.shape[axis + 1]) }
}

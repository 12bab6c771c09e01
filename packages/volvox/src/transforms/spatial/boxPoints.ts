import { ShapeError, shown } from '../../core/errors.ts'
import { oneOf, text } from '../../core/options.ts'
import { boxModes, convertBoxToStandardMode } from '../../boxes/index.ts'
import { floats, type Tensor } from '../../core/tensor.ts'
import { boxesIn, like, numbersIn, tensorMaker } from '../boxes/define.ts'
import { present, sampleOnly, type Sample, type SampleKeys } from '../sample.ts'

const mode = oneOf(...boxModes).opt('How the numbers of a box are ordered; xyxy or xyzxyz when null.', null)

/** Corners of a box as choices of low (0) or high (1) end per axis, around the first plane and then the second. */
const plane = [[0, 0], [1, 0], [1, 1], [0, 1]] // prettier-ignore
const corners: Readonly<Record<number, readonly (readonly number[])[]>> = {
  2: plane,
  3: [0, 1].flatMap((z) => plane.map((corner) => [...corner, z])),
}

/** The corners of boxes: [N, 4] to [N, 4, 2], [N, 6] to [N, 8, 3] (MONAI `ConvertBoxToPoints`). */
export const ConvertBoxToPoints = tensorMaker({
  name: 'ConvertBoxToPoints',
  options: { mode },
  apply(value, options) {
    const boxes = convertBoxToStandardMode(boxesIn('ConvertBoxToPoints', value), options.mode ?? undefined)
    const axes = boxes.shape[1] / 2
    const points = Array.from({ length: boxes.shape[0] }, (_, row) =>
      corners[axes].flatMap((corner) => corner.map((end, axis) => boxes.data[(2 * row + end) * axes + axis])),
    )
    return like(value, floats([boxes.shape[0], corners[axes].length, axes], points.flat()))
  },
})

/** The boxes around points: [N, M, axes] to [N, 2·axes], low ends first (MONAI `ConvertPointsToBoxes`). */
export const ConvertPointsToBoxes = tensorMaker({
  name: 'ConvertPointsToBoxes',
  options: {},
  apply(value) {
    const { shape, data } = numbersIn('ConvertPointsToBoxes', value)
    const [boxes, points, axes] = shape
    if (shape.length !== 3 || points < 1)
      throw new ShapeError('ConvertPointsToBoxes', `points have the shape ${shown(shape)}; give [boxes, points, axes]`)
    const out = floats([boxes, 2 * axes])
    for (let row = 0; row < boxes; row++)
      for (let axis = 0; axis < axes; axis++) {
        const along = Array.from({ length: points }, (_, i) => data[(row * points + i) * axes + axis])
        out.data[2 * row * axes + axis] = Math.min(...along)
        out.data[(2 * row + 1) * axes + axis] = Math.max(...along)
      }
    return like(value, out)
  },
})

function storedAt(
  name: string,
  sample: Sample,
  from: SampleKeys,
  to: string,
  convert: (value: unknown) => Tensor,
): Sample {
  const found = present(name, sample, from.keys, from.allowMissingKeys)
  return found.reduce<Sample>((all, [key]) => ({ ...all, [to]: convert(sample[key]) }), sample)
}

/** Stores the corners of boxes under `pointKey`. */
export const ConvertBoxToPointsd = sampleOnly({
  name: 'ConvertBoxToPointsd',
  options: { pointKey: text.opt('Where the points go.', 'points'), mode },
  apply: (sample, { pointKey, mode: order, ...from }) =>
    storedAt('ConvertBoxToPointsd', sample, from, pointKey, ConvertBoxToPoints({ mode: order })),
})

/** Stores the boxes around points under `boxKey`. */
export const ConvertPointsToBoxesd = sampleOnly({
  name: 'ConvertPointsToBoxesd',
  options: { boxKey: text.opt('Where the boxes go.', 'box') },
  apply: (sample, { boxKey, ...from }) =>
    storedAt('ConvertPointsToBoxesd', sample, from, boxKey, ConvertPointsToBoxes()),
})

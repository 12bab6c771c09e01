import { toFloats } from '../../core/convert.ts'
import { OptionError } from '../../core/errors.ts'
import { spatialShape } from '../../core/image.ts'
import { bool, int, number, oneOf } from '../../core/options.ts'
import { placeOf } from '../../core/tensor.ts'
import { randomCalculation } from '../calculation.ts'
import { drawnObject, labelMap, objectOptions } from './objectBoxes.ts'

/** Lists of whole numbers: anchor and shape, start and end, or both in one; and the label where it was asked for. */
export type BoxAndClass = readonly (readonly number[] | number)[]

const boxFormats = {
  ...objectOptions,
  format: oneOf('anchor_shape', 'start_end', 'box').opt(
    'What is given: two lists, or start and end in one.',
    'anchor_shape',
  ),
  outputClass: bool.opt('Give the label of the object as well.', false),
}

/** Draws the box of an object of a label: `RandomObjectBBox({ foregroundProb: 0.4 })(label)` (DALI `RandomObjectBBox`). */
export const RandomObjectBBox = randomCalculation({
  name: 'RandomObjectBBox',
  options: boxFormats,
  apply(source, { format, outputClass, ...objects }, label: unknown): BoxAndClass {
    const { start, end, label: found } = drawnObject('RandomObjectBBox', source, label, objects)
    const lists = {
      anchor_shape: [start, end.map((x, axis) => x - start[axis])],
      start_end: [start, end],
      box: [[...start, ...end]],
    }[format]
    return outputClass ? [...lists, found] : lists
  },
})

const pixelOptions = {
  foreground: bool.opt('Choose among the foreground only, where there is any; else among all voxels.', false),
  value: int.opt('The label that is foreground; what is above `threshold` when null.', null),
  threshold: number.opt('Labels above it are foreground; 0 when null.', null),
}

/** Draws the place of a voxel, all alike: `RandomMaskPixel({ foreground: true })(label)` (DALI `RandomMaskPixel`). */
export const RandomMaskPixel = randomCalculation({
  name: 'RandomMaskPixel',
  options: pixelOptions,
  apply(source, { foreground, value, threshold }, label: unknown): readonly number[] {
    if (value !== null && threshold !== null)
      throw new OptionError('RandomMaskPixel.value', 'and threshold exclude each other; give one of them')
    const map = labelMap('RandomMaskPixel', label)
    const { dtype, data } = map
    const inside: number[] = []
    if (foreground)
      toFloats(dtype, data).forEach((x, i) => {
        if (value === null ? x > (threshold ?? 0) : x === value) inside.push(i)
      })
    const at = inside.length > 0 ? inside[source.randint(inside.length)] : source.randint(data.length)
    return placeOf(at, spatialShape(map))
  },
})

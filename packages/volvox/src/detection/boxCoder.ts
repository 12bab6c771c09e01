import { ShapeError, shown } from '../core/errors.ts'
import { number, numbers, type Schema } from '../core/options.ts'
import { floats, sameShape, type FloatTensor } from '../core/tensor.ts'
import { constant, type Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { boxAt, boxAxes, checkValid, convertBoxMode, type Boxes } from '../boxes/index.ts'
import { component } from './component.ts'

/** Boxes as steps from other boxes: what a detector regresses. */
export interface Coder {
  readonly spatialDims: number
  /** From proposals to true boxes of the same rows: steps of centres in sizes, logarithms of sizes. */
  encode(truth: Boxes, proposals: Boxes): FloatTensor
  /** The boxes that codes `[N, 4 or 6, or several of them]` lead to from reference boxes. */
  decode(codes: FloatTensor, reference: Boxes): Boxes
  /** The same in a graph, of one code for each box. */
  decoded(codes: Value, reference: Value): Value
}

const options = {
  weights: numbers
    .where((list) => list.length === 4 || list.length === 6, 'a list of 4 or 6 numbers')
    .req('What codes are multiplied with: centres, then sizes.'),
  boxesXformClip: number.opt('The largest logarithm of a size; that of 1000 / 16 when null.', null),
} satisfies Schema

/** Codes of Girshick et al. 2014 (MONAI BoxCoder). */
export const BoxCoder = component('BoxCoder', options, ({ weights, boxesXformClip }): Coder => {
  const axes = weights.length / 2
  const clip = boxesXformClip ?? Math.log(1000 / 16)
  return {
    spatialDims: axes,
    encode(truth, proposals) {
      if (!sameShape(truth.shape, proposals.shape) || boxAxes(truth, 'BoxCoder') !== axes)
        throw new ShapeError(
          'BoxCoder',
          `boxes ${shown(truth.shape)} and ${shown(proposals.shape)} do not go with ${2 * axes} weights; give pairs of boxes`,
        )
      for (const boxes of [truth, proposals]) checkValid(boxes, 'BoxCoder')
      const [to, from] = [truth, proposals].map((boxes) => convertBoxMode(boxes, 'xyzxyz', 'cccwhd'))
      const codes = floats(truth.shape)
      to.data.forEach((x, i) => {
        const column = i % (2 * axes)
        const size = from.data[column < axes ? i + axes : i]
        codes.data[i] = weights[column] * (column < axes ? (x - from.data[i]) / size : Math.log(x / size))
      })
      return codes
    },
    decode(codes, reference) {
      const from = convertBoxMode(reference, 'xyzxyz', 'cccwhd')
      const each = codes.shape[1] / (2 * axes)
      if (codes.shape[0] !== reference.shape[0] || !Number.isInteger(each) || boxAxes(reference, 'BoxCoder') !== axes)
        throw new ShapeError(
          'BoxCoder',
          `codes ${shown(codes.shape)} do not go with boxes ${shown(reference.shape)}; give ${2 * axes} numbers for each box`,
        )
      const boxes = floats(codes.shape)
      for (let i = 0; i < codes.shape[0] * each; i++) {
        const code = codes.data.subarray(i * 2 * axes, (i + 1) * 2 * axes)
        const box = boxAt(from, Math.floor(i / each))
        for (let axis = 0; axis < axes; axis++) {
          const size = box[axis + axes]
          const center = Math.fround((code[axis] / weights[axis]) * size + box[axis])
          const half = Math.fround(Math.exp(Math.min(code[axis + axes] / weights[axis + axes], clip)) * size) / 2
          boxes.data[i * 2 * axes + axis] = center - half
          boxes.data[i * 2 * axes + axis + axes] = center + half
        }
      }
      return boxes
    },
    decoded(codes, reference) {
      const [low, high] = halves(reference, axes)
      const size = m.sub(high, low)
      const center = m.mul(m.add(low, high), 0.5)
      const row = constant(floats([1, 2 * axes], weights))
      const [steps, sizes] = halves(m.div(codes, row), axes)
      const at = m.add(m.mul(steps, size), center)
      const half = m.mul(m.mul(m.exp(m.clip(sizes, -Infinity, clip)), size), 0.5)
      return m.concat([m.sub(at, half), m.add(at, half)], 1)
    },
  }
})

function halves(boxes: Value, axes: number): Value[] {
  return m.split(boxes, 1, [axes, axes])
}

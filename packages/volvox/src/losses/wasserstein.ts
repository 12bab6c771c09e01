import { z } from 'zod'
import { OptionError, ShapeError, shown } from '../core/errors.ts'
import { Kind, number, oneOf } from '../core/options.ts'
import { floats, type Tensor } from '../core/tensor.ts'
import { constant, type Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { classNumbers } from './classNumbers.ts'
import { loss } from './loss.ts'
import { reducedParts, reduction } from './reduce.ts'

type Rows = readonly (readonly number[])[]

const squareTensor = z
  .custom<Tensor>((given) => typeof given === 'object' && given !== null && 'data' in given && 'shape' in given)
  .refine(({ shape }) => shape.length === 2)
  .transform(({ shape: [rows, columns], data }): Rows => {
    const numbers = Array.from(data as ArrayLike<number | bigint>, Number)
    return Array.from({ length: rows }, (_, i) => numbers.slice(i * columns, (i + 1) * columns))
  })

const matrix: Kind<Rows | Tensor> = new Kind('a list of rows or a tensor, with as many rows as columns', () =>
  z
    .union([z.array(z.array(z.number())), squareTensor])
    .refine((rows) => rows.every((row) => row.length === rows.length)),
)

/**
 * 1 - Dice where a mistake counts by how far apart the classes are (Fidon et al. 2017; MONAI
 * GeneralizedWassersteinDiceLoss). Logits `[N, C, ...]`, class numbers `[N, 1, ...]`; unreduced, one loss a sample.
 */
export const GeneralizedWassersteinDiceLoss = loss({
  name: 'GeneralizedWassersteinDiceLoss',
  options: {
    distMatrix: matrix.req('Distance of each class from each other; divided by the largest of them.'),
    weightingMode: oneOf('default', 'GDL').opt('All classes but the first, or each by its volume.', 'default'),
    reduction,
    smoothNr: number.opt('Added to the numerator.', 1e-5),
    smoothDr: number.opt('Added to the denominator.', 1e-5),
  },
  check({ distMatrix }) {
    if (!(Math.max(...asRows(distMatrix).flat()) > 0))
      throw new OptionError(
        'GeneralizedWassersteinDiceLoss.distMatrix',
        'has no distance above 0; give some between classes',
      )
  },
  forward(input, target, { distMatrix, weightingMode, reduction, smoothNr, smoothDr }) {
    const where = 'GeneralizedWassersteinDiceLoss'
    const rows = asRows(distMatrix)
    const [n, classes] = input.shape
    if (rows.length !== classes)
      throw new ShapeError(
        where,
        `prediction ${shown(input.shape)} has ${classes} channels, distMatrix ${rows.length} classes; give one for each`,
      )
    const y = m.cast(m.oneHot(m.reshape(classNumbers(where, input, target), [n, 1, -1]), classes), input.dtype)
    const p = m.softmax(m.reshape(input, [n, classes, -1]), 1)
    const largest = Math.max(...rows.flat())
    const distances = constant(
      floats(
        [classes, classes],
        rows.flat().map((d) => d / largest),
      ),
    )
    // How far the prediction is from the truth at each voxel [N, voxels].
    const error = m.sum(m.mul(y, m.matmul(m.cast(distances, input.dtype), p)), [1])
    const weight = m.sum(m.mul(y, classWeight(y, weightingMode)), [1])
    // As in MONAI, each sample's weights meet the errors of all samples of the batch.
    const met = (most: number) => m.sum(m.mul(weight, m.sum(m.sub(most, error), [0], true)), [1])
    const right = met(1)
    const all = weightingMode === 'GDL' ? met(2) : m.add(m.mul(2, right), m.sum(error, [1]))
    const parts = m.sub(1, m.div(m.add(m.mul(2, right), smoothNr), m.add(all, smoothDr)))
    return reducedParts(parts, reduction)
  },
})

/** The weight of each class, to go along one-hot `[N, C, voxels]`. */
function classWeight(y: Value, mode: 'default' | 'GDL'): Value {
  if (mode === 'GDL') return m.reciprocal(m.add(m.sum(y, [2], true), 1))
  return m.cast(
    constant(
      floats(
        [1, y.shape[1], 1],
        Array.from({ length: y.shape[1] }, (_, c) => Math.min(c, 1)),
      ),
    ),
    y.dtype,
  )
}

/** The kind has turned tensors into rows. */
function asRows(matrix: Rows | Tensor): Rows {
  return matrix as Rows
}

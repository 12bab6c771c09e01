import { ShapeError, shown } from '../core/errors.ts'
import { numbers, oneOf } from '../core/options.ts'
import { sameShape } from '../core/tensor.ts'
import type { Value } from '../graph/ir.ts'
import { resize } from '../graph/layers.ts'
import * as m from '../graph/math.ts'
import { anyLoss } from './anyLoss.ts'
import { levelledLoss, type Prediction } from './loss.ts'

/**
 * The weighted sum of a loss over levels, the target resized to each by nearest-exact (MONAI DeepSupervisionLoss).
 * Levels come as a list, or stacked on axis 1 as a DynUNet gives them.
 */
export const DeepSupervisionLoss = levelledLoss({
  name: 'DeepSupervisionLoss',
  options: {
    loss: anyLoss.req('The loss of one level.'),
    weightMode: oneOf('exp', 'same', 'two').opt(
      'Weights 1, 1/2, 1/4, ... down to 1/16; all 1; or 1 and then 1/2.',
      'exp',
    ),
    weights: numbers.opt('Weight per level; overrides weightMode when there are enough.', null),
  },
  forward(input, target, { loss, weightMode, weights }) {
    const levels = levelsOf(input, target)
    const chosen =
      weights && weights.length >= levels.length ? weights : levels.map((_, i) => levelWeights[weightMode](i))
    return levels
      .map((level, i) => m.mul(chosen[i], loss.forward(level, resizedTo(level, target))))
      .reduce((total, part) => m.add(total, part))
  },
})

const levelWeights = {
  exp: (level: number) => Math.max(0.5 ** level, 0.0625),
  same: () => 1,
  two: (level: number) => (level === 0 ? 1 : 0.5),
} as const

function levelsOf(input: Prediction, target: Value): readonly Value[] {
  if (!('node' in input)) {
    if (input.length === 0)
      throw new ShapeError('DeepSupervisionLoss', 'got an empty list of predictions; give at least one level')
    return input
  }
  if (input.shape.length !== target.shape.length + 1) return [input]
  const [samples, count, ...rest] = input.shape
  return m.split(input, 1, new Array<number>(count).fill(1)).map((level) => m.reshape(level, [samples, ...rest]))
}

function resizedTo(level: Value, target: Value): Value {
  if (level.shape.length !== target.shape.length)
    throw new ShapeError(
      'DeepSupervisionLoss',
      `target ${shown(target.shape)} and prediction ${shown(level.shape)} differ in rank; class numbers take [N, 1, ...]`,
    )
  const sizes = level.shape.slice(2)
  return sameShape(sizes, target.shape.slice(2)) ? target : resize(m.cast(target, level.dtype), sizes, 'nearestExact')
}

import { ShapeError } from '../core/errors.ts'
import { nonNegative } from '../core/options.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { DiceLoss } from './dice.ts'
import { separableFilter } from './filter.ts'
import { levelledLoss } from './loss.ts'

const weight = (what: string, fallback: number) => nonNegative.opt(`Weight of ${what}.`, fallback)

/**
 * Loss of HoVerNet's two or three outputs (Graham et al. 2019; MONAI HoVerNetLoss): Dice and cross-entropy of nuclei and of
 * types, squared differences of distance maps and, inside nuclei, of their slopes. The target holds that of each output, side
 * by side along the channels: `[N, 2 + 2 + types, H, W]`, nuclei and types as 0 and 1.
 */
export const HoVerNetLoss = levelledLoss({
  name: 'HoVerNetLoss',
  options: {
    lambdaHvMse: weight('squared differences of distance maps', 2),
    lambdaHvMseGrad: weight('squared differences of their slopes', 1),
    lambdaNpCe: weight('cross-entropy of nuclei', 1),
    lambdaNpDice: weight('Dice of nuclei', 1),
    lambdaNcCe: weight('cross-entropy of types', 1),
    lambdaNcDice: weight('Dice of types', 1),
  },
  forward(input, target, o) {
    const outputs = 'node' in input ? [input] : input
    const widths = outputs.map(({ shape }) => shape[1])
    const width = widths.reduce((a, b) => a + b, 0)
    if (outputs.length < 2 || outputs.length > 3 || widths[1] !== 2)
      throw new ShapeError(
        'HoVerNetLoss',
        `got outputs of ${widths.join(', ')} channels; give nuclei, distance maps (2 channels) and, if any, types`,
      )
    if (target.shape[1] !== width)
      throw new ShapeError(
        'HoVerNetLoss',
        `the target has ${target.shape[1]} channels; outputs of ${widths.join(', ')} need ${width}`,
      )
    const [nuclei, distances, types] = m.split(m.cast(target, outputs[0].dtype), 1, widths)
    const error = m.sub(outputs[1], distances)
    const inside = m.narrow(nuclei, 1, 1, 1)
    const steepness = m.sum(m.mul(inside, m.square(slopes(error))))
    const parts = [
      m.mul(o.lambdaHvMse, m.mean(m.square(error))),
      m.mul(o.lambdaHvMseGrad, m.div(steepness, m.add(m.mul(2, m.sum(inside)), 1e-8))),
      classLoss(outputs[0], nuclei, o.lambdaNpCe, o.lambdaNpDice),
      ...(types ? [classLoss(outputs[2], types, o.lambdaNcCe, o.lambdaNcDice)] : []),
    ]
    return parts.reduce((a, b) => m.add(a, b))
  },
})

const dice = DiceLoss({ softmax: true, smoothNr: 1e-3, smoothDr: 1e-3, reduction: 'sum', batch: true })

/** Dice and cross-entropy of logits against 0 and 1; where a pixel has several classes, the first counts for the latter. */
function classLoss(logits: Value, target: Value, ofEntropy: number, ofDice: number): Value {
  const classes = m.oneHot(m.argMax(target, 1, true), logits.shape[1])
  const likelihood = m.sum(m.mul(m.cast(classes, logits.dtype), m.logSoftmax(logits, 1)), [1])
  return m.add(m.mul(ofEntropy, m.neg(m.mean(likelihood))), m.mul(ofDice, dice.forward(logits, target)))
}

/** Sobel kernels of size 5: differences along an axis, smoothing along the other. */
const difference = [-1, -2, 0, 2, 1].map((x) => x / 8)
const smoothing = [1, 4, 6, 4, 1].map((x) => x / 16)

/** How much the first map `[N, 2, H, W]` changes along W and the second along H. */
function slopes(maps: Value): Value {
  const around = m.pad(maps, [0, 0, 2, 2, 0, 0, 2, 2], 'reflect')
  const along = (channel: number, kernels: readonly (readonly number[])[]) =>
    separableFilter(m.narrow(around, 1, channel, 1), kernels, 'valid')
  return m.concat([along(0, [smoothing, difference]), along(1, [difference, smoothing])], 1)
}

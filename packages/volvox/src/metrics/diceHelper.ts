import { bool, count, oneOf, parseOptions, type Given } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { sizeOf, tensor, type Tensor } from '../core/tensor.ts'
import { computeDice } from './dice.ts'
import { reduceScores, reductions, type Aggregate } from './reduction.ts'

const schema = {
  includeBackground: bool.opt('Whether the first channel gets a score; as `sigmoid` says when null.', null),
  sigmoid: bool.opt('Whether each channel is a class by itself, on above 0.5.', false),
  softmax: bool.opt('Whether the largest channel is the class; the opposite of `sigmoid` when null.', null),
  activate: bool.opt('Whether a sigmoid is applied first, with `sigmoid`.', false),
  getNotNans: bool.opt('As in MONAI configs; the counts are given in any case.', true),
  reduction: oneOf(...reductions).opt('How the scores of all items and channels are reduced.', 'mean_batch'),
  ignoreEmpty: bool.opt('Leave out classes that the truth does not have.', true),
  numClasses: count.opt('Number of classes of single-channel label maps, with background.', null),
}

/** Dice of a network's output against a label map or one-hot truth, reduced over the batch (MONAI DiceHelper). */
export const DiceHelper: Component & ((options?: Given<typeof schema>) => (yPred: Tensor, y: Tensor) => Aggregate) =
  Object.assign(
    (given: Given<typeof schema> = {}) => {
      const { sigmoid, activate, reduction, ignoreEmpty, numClasses, ...o } = parseOptions('DiceHelper', schema, given)
      const includeBackground = o.includeBackground ?? sigmoid
      const softmax = o.softmax ?? !sigmoid
      return (yPred: Tensor, y: Tensor): Aggregate => {
        const channels = numClasses ?? yPred.shape[1]
        const labels = numClasses !== null && yPred.shape[1] === 1 && numClasses > 1
        const chosen =
          labels || (!softmax && !sigmoid)
            ? yPred
            : softmax
              ? channels > 1
                ? largestChannel(yPred)
                : yPred
              : above(yPred, activate ? 0 : 0.5)
        return reduceScores(computeDice(chosen, y, { includeBackground, ignoreEmpty, numClasses: channels }), reduction)
      }
    },
    { componentName: 'DiceHelper', schema },
  )

/** A sigmoid is above one half where its argument is above 0. */
function above({ shape, data }: Tensor, level: number): Tensor {
  return tensor(
    'uint8',
    shape,
    Uint8Array.from(data as ArrayLike<number | bigint>, (x) => (Number(x) > level ? 1 : 0)),
  )
}

/** The number of the largest channel, `[batch, 1, ...]`. */
function largestChannel({ shape: [batch, channels, ...spatial], data }: Tensor): Tensor {
  const size = sizeOf(spatial)
  const out = new Int32Array(batch * size)
  for (let item = 0; item < batch; item++)
    for (let i = 0; i < size; i++) {
      let best = 0
      for (let c = 1; c < channels; c++)
        if (data[(item * channels + c) * size + i] > data[(item * channels + best) * size + i]) best = c
      out[item * size + i] = best
    }
  return tensor('int32', [batch, 1, ...spatial], out)
}

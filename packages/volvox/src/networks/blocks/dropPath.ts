import { bool, probability } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import { identity, pure, type Layer } from '../layer.ts'
import { network } from '../network.ts'

/** Leaves out whole samples at random while training: stochastic depth (Huang et al. 2016; MONAI DropPath). */
export const DropPath = network({
  name: 'DropPath',
  options: {
    dropProb: probability.opt('Chance that a sample is left out.', 0),
    scaleByKeep: bool.opt('Whether what is kept grows, so that the mean stays.', true),
  },
  build: ({ dropProb, scaleByKeep }) => dropPath(dropProb, scaleByKeep),
})

/** The layer of DropPath. */
export function dropPath(p: number, scaleByKeep = true): Layer {
  if (p === 0) return identity
  return pure((x, { training, dropoutMask }) => {
    if (!training) return x
    const kept = m.mul(x, dropoutMask([x.shape[0], ...x.shape.slice(1).map(() => 1)], p))
    return scaleByKeep ? kept : m.mul(kept, 1 - p)
  })
}

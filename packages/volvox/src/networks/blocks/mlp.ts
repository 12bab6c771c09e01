import { count, int, oneOf, probability } from '../../core/options.ts'
import { layer, type Layer } from '../layer.ts'
import { named, nameIn, type Named } from '../named.ts'
import { network } from '../network.ts'
import { actLayer } from './act.ts'
import { dropoutLayer } from './dropout.ts'
import { linear } from './linear.ts'

/** Two linear layers over the last axis with an activation between (MONAI MLPBlock). */
export const MLPBlock = network({
  name: 'MLPBlock',
  options: {
    hiddenSize: count.req('Features of a token.'),
    mlpDim: int.where((n) => n >= 0, 'a whole number of 0 or more').req('Width between; as many as features when 0.'),
    dropoutRate: probability.opt('Chance of dropout after each linear layer.', 0),
    act: named.opt('Activation; "GEGLU" makes the first layer twice as wide.', 'GELU'),
    dropoutMode: oneOf('vit', 'swin', 'vista3d').opt('"vista3d" for none; the others do the same.', 'vit'),
  },
  build: ({ hiddenSize, mlpDim, dropoutRate, act, dropoutMode }) =>
    mlpBlock(hiddenSize, mlpDim, dropoutMode === 'vista3d' ? 0 : dropoutRate, act),
})

/** The layer of MLPBlock. */
export function mlpBlock(hiddenSize: number, mlpDim: number, dropoutRate = 0, act: Named = 'GELU'): Layer {
  const width = mlpDim || hiddenSize
  return layer({
    children: {
      linear1: linear(hiddenSize, nameIn(act) === 'geglu' ? 2 * width : width),
      linear2: linear(width, hiddenSize),
      fn: actLayer(act),
      drop1: dropoutLayer(dropoutRate),
      drop2: dropoutLayer(dropoutRate),
    },
    forward: (own, [x]) => own.drop2(own.linear2(own.drop1(own.fn(own.linear1(x))))),
  })
}

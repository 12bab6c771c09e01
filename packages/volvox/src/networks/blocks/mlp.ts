import { actLayer } from './act.ts'
import { dropoutLayer } from './dropout.ts'
import { linear } from './linear.ts'
import { layer, type Layer } from '../layer.ts'
import { nameIn, type Named } from '../named.ts'

/** MONAI MLPBlock: two linear layers over the last axis with an activation between; dropout after each. */
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

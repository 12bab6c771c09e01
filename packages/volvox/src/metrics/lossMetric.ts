import { asFloats } from '../core/convert.ts'
import { instance } from '../core/options.ts'
import { floats, type Tensor } from '../core/tensor.ts'
import { evaluate } from '../graph/interpret/index.ts'
import { input, type GraphDType, type Value } from '../graph/ir.ts'
import { metric } from './metric.ts'

/** What a loss must be able to do. */
export interface LossLike {
  forward(input: Value, target?: Value): Value
}

const lossLike = instance<LossLike>(
  'a loss, e.g. DiceLoss({ reduction: "none" })',
  (given) => typeof given === 'object' && given !== null && 'forward' in given,
)

/** A loss as a metric: `[batch, channel, ...]` when it is not reduced, else one number a call (MONAI LossMetric). */
export const LossMetric = metric({
  name: 'LossMetric',
  options: { lossFn: lossLike.req('The loss; without reduction for one score an item and channel.') },
  leastAxes: 2,
  score(yPred, y, { lossFn }) {
    const [p, t] = [asInput('yPred', yPred), asInput('y', y)]
    const [{ shape, data }] = evaluate([lossFn.forward(p, t)], { yPred: asFloats(yPred), y: asFloats(y) })
    return floats([...new Array<number>(Math.max(0, 2 - shape.length)).fill(1), ...shape], data as ArrayLike<number>)
  },
})

function asInput(name: string, { shape }: Tensor): Value {
  const dtype: GraphDType = 'float32'
  return input(name, { dtype, shape })
}

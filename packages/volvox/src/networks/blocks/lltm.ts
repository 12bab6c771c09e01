import { ShapeError, shown } from '../../core/errors.ts'
import { count } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import type { Init } from '../init.ts'
import { layer } from '../layer.ts'
import { network } from '../network.ts'
import { affine } from './linear.ts'

/**
 * One step of a recurrent network that never forgets (MONAI LLTM). Inputs: `[N, inputFeatures]`, and the output and the
 * cell of the step before, `[N, stateSize]`; gives the new output and cell.
 */
export const LLTM = network({
  name: 'LLTM',
  inputs: () => [
    { name: 'input', about: 'what comes in' },
    { name: 'state.0', about: 'the output before' },
    { name: 'state.1', about: 'the cell before' },
  ],
  options: { inputFeatures: count.req('Features of the input.'), stateSize: count.req('Features of output and cell.') },
  build({ inputFeatures, stateSize }) {
    const init: Init = { kind: 'uniform', bound: 1 / Math.sqrt(stateSize) }
    return layer({
      weights: {
        weights: { shape: [3 * stateSize, inputFeatures + stateSize], init, role: 'kernel' },
        bias: { shape: [1, 3 * stateSize], init, role: 'bias' },
      },
      forward(own, [x, output, cell]): readonly Value[] {
        const wanted = [inputFeatures, stateSize, stateSize]
        ;[x, output, cell].forEach((value, i) => {
          if (value.shape.length !== 2 || value.shape[1] !== wanted[i])
            throw new ShapeError('LLTM', `input ${i} has shape ${shown(value.shape)}; give [N, ${wanted[i]}]`)
        })
        const gates = affine(m.concat([output, x], 1), own.weights, own.bias)
        const [enter, leave, candidate] = m.split(gates, 1, [stateSize, stateSize, stateSize])
        const next = m.add(cell, m.mul(m.elu(candidate), m.sigmoid(enter)))
        return [m.mul(m.tanh(next), m.sigmoid(leave)), next]
      },
    })
  },
})

import { ShapeError, shown } from '../../core/errors.ts'
import { int } from '../../core/options.ts'
import { sizeOf, tensor } from '../../core/tensor.ts'
import { ifftnCentered, rootSumOfSquares } from '../../graph/complex.ts'
import { constant, type Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { checkComplex, measuredInputs } from '../blocks/varnetBlock.ts'
import { layer } from '../layer.ts'
import { network, networkOption, singleLayer } from '../network.ts'
import { ComplexUnet, checkTwoChannels, complexUnetOptions } from './complexUnet.ts'

/**
 * Learns how sensitive the coils of an MR scanner are, from the fully sampled middle of k-space (Sriram et al. 2020; MONAI
 * CoilSensitivityModel). Inputs: the measured k-space `[N, C, ...spatial, 2]` with coils as C, and the mask of what was
 * measured, `[1, 1, ..., lines, 1]`. It gives maps of the shape of the k-space.
 */
export const CoilSensitivityModel = network({
  name: 'CoilSensitivityModel',
  inputs: () => measuredInputs,
  options: {
    ...complexUnetOptions,
    coilDim: int.opt('The axis of coils.', 1),
    convNet: networkOption.opt('A network of complex images in place of the ComplexUnet; that one when null.', null),
  },
  check: ({ convNet }) => checkTwoChannels(convNet),
  build: ({ coilDim, convNet, ...unet }) =>
    layer({
      children: { conv_net: convNet ? singleLayer(convNet) : ComplexUnet.layer(unet) },
      forward(own, [kspace, mask]) {
        checkComplex('CoilSensitivityModel', kspace, unet.spatialDims)
        const middle = m.where(sampledMiddle(mask, kspace), kspace, m.zerosLike(kspace))
        const images = ifftnCentered(middle, unet.spatialDims)
        const [samples, coils, ...rest] = images.shape
        const maps = m.reshape(own.conv_net(m.reshape(images, [samples * coils, 1, ...rest])), images.shape)
        return m.div(maps, rootSumOfSquares(maps, coilDim, true))
      },
    }),
})

/**
 * 1 for the lines of the fully sampled middle, `[lines, 1]`: as many as are sampled on both sides of the middle line
 * without a gap, set around the middle.
 */
function sampledMiddle(mask: Value, kspace: Value): Value {
  const lines = kspace.shape[kspace.shape.length - 2]
  if (mask.shape[mask.shape.length - 2] !== lines || sizeOf(mask.shape) !== lines)
    throw new ShapeError(
      'CoilSensitivityModel',
      `the mask has shape ${shown(mask.shape)}; give [1, 1, ..., ${lines}, 1], one value for each line of k-space`,
    )
  const middle = Math.floor(lines / 2)
  const numbers = (from: number, count: number, step = 1) =>
    constant(
      tensor(
        'float32',
        [count],
        Float32Array.from({ length: count }, (_, i) => from + step * i),
      ),
    )
  const flat = m.reshape(mask, [lines])
  // How many lines there are before the first gap: the smallest distance of one that is not sampled.
  const upward = m.where(m.narrow(flat, 0, middle, lines - middle), lines - middle, numbers(0, lines - middle))
  const downward = m.where(m.narrow(flat, 0, 0, middle + 1), middle + 1, numbers(middle, middle + 1, -1))
  const count = m.sub(m.add(m.reduceMin(upward), m.reduceMin(downward)), 1)
  const start = m.floor(m.div(m.sub(lines + 1, count), 2))
  const line = numbers(0, lines)
  const inside = m.mul(m.greaterEqual(line, start), m.less(line, m.add(start, count)))
  return m.reshape(inside, [lines, 1])
}

import { sizeOf } from '../../core/tensor.ts'
import * as m from '../../graph/math.ts'
import { convolution, residualUnit } from '../blocks/convolutions.ts'
import { linear } from '../blocks/linear.ts'
import { flattened } from '../blocks/simple.ts'
import {
  checkImageShape,
  checkStack,
  resUnits,
  stackOptions,
  unbatchedShape,
  unitOptions,
} from '../blocks/unitOptions.ts'
import { layer, sequential, type Layer } from '../layer.ts'
import { network } from '../network.ts'

/** An image from a vector: a linear layer to a small image, which transposed convolutions enlarge (MONAI Generator). */
export const Generator = network({
  name: 'Generator',
  options: {
    latentShape: unbatchedShape.req('Shape of the vector.'),
    startShape: unbatchedShape.req('Channels and spatial sizes of the small image.'),
    ...stackOptions,
    numResUnits: resUnits.opt('Convolutions per residual unit; 0 for none after the transposed ones.', 2),
    ...unitOptions,
  },
  check(options) {
    checkImageShape('startShape', options.startShape)
    checkStack(options)
  },
  inputs: ({ latentShape }) => [
    { name: 'x', about: `vectors [N, ${latentShape.join(', ')}]`, shape: ([n]) => [n, ...latentShape] },
  ],
  build({ latentShape, startShape, channels, strides, numResUnits, ...rest }) {
    const axes = startShape.length - 1
    const enlarging = (width: number, i: number): Layer => {
      const from = i === 0 ? startShape[0] : channels[i - 1]
      const isLast = i === channels.length - 1
      const convOnly = isLast || numResUnits > 0
      const up = convolution(axes, from, width, { ...rest, strides: strides[i], isTransposed: true, convOnly })
      return numResUnits > 0
        ? sequential([up, residualUnit(axes, width, width, { ...rest, subunits: numResUnits, lastConvOnly: isLast })])
        : up
    }
    return layer({
      children: {
        flatten: flattened('Generator', sizeOf(latentShape)),
        linear: linear(sizeOf(latentShape), sizeOf(startShape)),
        conv: sequential(Object.fromEntries(channels.map((width, i) => [`layer_${i}`, enlarging(width, i)]))),
      },
      forward: (own, [x]) => own.conv(m.reshape(own.linear(own.flatten(x)), [x.shape[0], ...startShape])),
    })
  },
})

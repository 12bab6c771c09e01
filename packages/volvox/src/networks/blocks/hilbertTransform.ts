import { ShapeError, shown } from '../../core/errors.ts'
import { count, int } from '../../core/options.ts'
import { tensor } from '../../core/tensor.ts'
import { complexOf } from '../../graph/complex.ts'
import { fourier } from '../../graph/fourier.ts'
import { constant } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { pure } from '../layer.ts'
import { network } from '../network.ts'

/**
 * The analytic signal along an axis, `[...]` to `[..., 2]`: the input and its Hilbert transform as real and imaginary part
 * (MONAI HilbertTransform, which gives complex numbers).
 */
export const HilbertTransform = network({
  name: 'HilbertTransform',
  options: {
    axis: int.where((n) => n >= 0, 'a whole number of 0 or more').opt('The axis; 2 is the first spatial one.', 2),
    n: count.opt('Size to which the axis is cropped or padded with 0; as it is when null.', null),
  },
  build: ({ axis, n }) =>
    pure((x) => {
      if (axis >= x.shape.length)
        throw new ShapeError('HilbertTransform.axis', `${axis} does not exist in an input of shape ${shown(x.shape)}`)
      const size = n ?? x.shape[axis]
      // Twice the frequencies above 0 and none below; 0 stays, and so does nothing at the highest of an even number.
      const factors = Float32Array.from({ length: size }, (_, k) => (k === 0 ? 1 : 2 * k < size ? 2 : 0))
      const shape = x.shape.map((_, i) => (i === axis ? size : 1))
      const above = constant(tensor('float32', shape, factors))
      const { real, imaginary } = fourier({ real: x, imaginary: null }, [axis], { sizes: [size] })
      const half = { real: m.mul(real, above), imaginary: imaginary && m.mul(imaginary, above) }
      return complexOf(fourier(half, [axis], { inverse: true }))
    }),
})

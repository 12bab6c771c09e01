import { OptionError } from '../../core/errors.ts'
import { withVoxels } from '../../core/image.ts'
import { bool, instance, int } from '../../core/options.ts'
import { axisIndex, sizeOf } from '../../core/tensor.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { cast, floatCopy } from '../shared.ts'

const elementwise = instance<(x: number) => number>('a function of one number', (value) => typeof value === 'function')

/** Sigmoid, softmax or a function of your own on the output of a network (MONAI `Activations`); computed in float32. */
export const Activations = voxels({
  name: 'Activations',
  options: {
    sigmoid: bool.opt('Apply 1 / (1 + exp(-x)).', false, { perKey: true }),
    softmax: bool.opt('Apply softmax along dim.', false, { perKey: true }),
    other: elementwise.opt('Applied to every value last.', null, { perKey: true }),
    dim: int.opt('Axis of the softmax; 0 is the channel.', 0),
  },
  apply(img, { sigmoid, softmax, other, dim }) {
    if (sigmoid && softmax) throw new OptionError('Activations', 'sigmoid and softmax are both set; choose one')
    const data = floatCopy(img)
    if (sigmoid) for (let i = 0; i < data.length; i++) data[i] = 1 / (1 + Math.exp(-data[i]))
    if (softmax) softmaxInPlace(data, img.shape, axisIndex(dim, img.shape.length, 'Activations.dim'))
    if (other) for (let i = 0; i < data.length; i++) data[i] = other(data[i])
    return cast(withVoxels(img, { dtype: 'float32', data }), img.dtype)
  },
})

export const Activationsd = dictionary(Activations)

/** exp(x - max) / sum along `axis` of a row-major array. */
function softmaxInPlace(data: Float32Array, shape: readonly number[], axis: number): void {
  const count = shape[axis]
  const step = sizeOf(shape.slice(axis + 1))
  for (let start = 0; start < data.length; start += count * step)
    for (let inner = start; inner < start + step; inner++) {
      const end = inner + count * step
      let top = -Infinity
      for (let i = inner; i < end; i += step) top = Math.max(top, data[i])
      let sum = 0
      for (let i = inner; i < end; i += step) sum += Math.exp(data[i] - top)
      for (let i = inner; i < end; i += step) data[i] = Math.exp(data[i] - top) / sum
    }
}

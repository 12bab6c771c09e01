import { OptionError } from '../../core/errors.ts'
import { withVoxels } from '../../core/image.ts'
import { bool, instance, int } from '../../core/options.ts'
import { axisIndex, sizeOf } from '../../core/tensor.ts'
import { sigmoid as logistic, softmax as softmaxOf } from '../../kernels/index.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { resultArray } from '../handover.ts'
import { cast, floatsOf } from '../shared.ts'

const elementwise = instance<(x: number) => number>('a function of one number', (value) => typeof value === 'function')

/** Sigmoid, softmax or a function of your own on the output of a network (MONAI `Activations`); computed in float32. */
export const Activations = voxels({
  name: 'Activations',
  handsOver: true,
  options: {
    sigmoid: bool.opt('Apply 1 / (1 + exp(-x)).', false, { perKey: true }),
    softmax: bool.opt('Apply softmax along dim.', false, { perKey: true }),
    other: elementwise.opt('Applied to every value last.', null, { perKey: true }),
    dim: int.opt('Axis of the softmax; 0 is the channel.', 0),
  },
  apply(img, { sigmoid, softmax, other, dim }) {
    if (sigmoid && softmax) throw new OptionError('Activations', 'sigmoid and softmax are both set; choose one')
    const values = floatsOf(img)
    const data = resultArray(img)
    if (sigmoid) logistic(values, data)
    else if (softmax) {
      const axis = axisIndex(dim, img.shape.length, 'Activations.dim')
      softmaxOf(values, img.shape[axis], sizeOf(img.shape.slice(axis + 1)), data)
    } else data.set(values)
    if (other) for (let i = 0; i < data.length; i++) data[i] = other(data[i])
    return cast(withVoxels(img, { dtype: 'float32', data }), img.dtype)
  },
})

export const Activationsd = dictionary(Activations)

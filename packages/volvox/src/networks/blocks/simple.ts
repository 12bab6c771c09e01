import { ShapeError, shown } from '../../core/errors.ts'
import { ints } from '../../core/options.ts'
import { sizeOf } from '../../core/tensor.ts'
import * as m from '../../graph/math.ts'
import { pure, type Layer } from '../layer.ts'
import { network } from '../network.ts'

/** `[N, ...]` to `[N, values]`. */
export const flatten: Layer = pure((x) => m.reshape(x, [x.shape[0], -1]))

/** MONAI Flatten: each sample as one row of values. */
export const Flatten = network({ name: 'Flatten', options: {}, build: () => flatten })

/** MONAI Reshape: each sample in another shape. */
export const Reshape = network({
  name: 'Reshape',
  options: { shape: ints.req('Shape of a sample; one size may be -1 and follows from the others.') },
  build: ({ shape }) => pure((x) => m.reshape(x, [x.shape[0], ...shape])),
})

/** Samples of so many values, of any shape, as rows. */
export function flattened(where: string, size: number): Layer {
  return pure((x) => {
    if (sizeOf(x.shape.slice(1)) !== size)
      throw new ShapeError(where, `input has shape ${shown(x.shape)}; it was made for samples of ${size} values`)
    return m.reshape(x, [x.shape[0], size])
  })
}

import { isFloating, unclearedFloats } from '../../core/dtype.ts'
import { DataError, OptionError } from '../../core/errors.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import { bool, int, intOrInts, oneOf, text } from '../../core/options.ts'
import { divide, extent, filterAxes, scaleShift } from '../../kernels/index.ts'
import { checkSound } from '../checks.ts'
import { voxels } from '../define.ts'
import { sampleOnly, withEachImage } from '../sample.ts'
import { cast, dtypeKind, floatsOf, torchPaddings } from '../shared.ts'
import { axesOf } from '../spatial/options.ts'

const oddSize = int.where((n) => n >= 3 && n % 2 === 1, 'an odd whole number of 3 or more')

export const sobelOptions = {
  kernelSize: oddSize.opt('Voxels along each axis of the kernel.', 3),
  spatialAxes: intOrInts.opt('Axes of the gradients; all when null.', null),
  normalizeKernels: bool.opt('Scale kernels so that a slope of 1 gives 1.', true),
  normalizeGradients: bool.opt('Stretch each gradient to 0 to 1.', false),
  paddingMode: oneOf('reflect', 'replicate', 'circular', 'zeros', 'constant').opt('What lies outside.', 'reflect'),
  dtype: dtypeKind.opt('Element type of the kernels.', 'float32'),
}

/** Gradients by Sobel's kernels: all channels along the first axis, then along the next (MONAI `SobelGradients`). */
export const SobelGradients = voxels({
  name: 'SobelGradients',
  options: sobelOptions,
  apply(img, { kernelSize, spatialAxes, normalizeKernels, normalizeGradients, paddingMode, dtype }) {
    if (normalizeKernels && !dtype.includes('float'))
      throw new OptionError('SobelGradients.dtype', `${dtype} cannot hold normalised kernels; use a float type`)
    if (!isFloating(img.dtype))
      throw new DataError(
        'SobelGradients',
        `the image is ${img.dtype}, which holds no gradients; cast it to float32 first`,
      )
    const rank = img.shape.length - 1
    const outside = torchPaddings[paddingMode]
    const small = img.shape.slice(1).findIndex((n) => outside === 'reflect' && n <= (kernelSize - 1) / 2)
    if (small >= 0)
      throw new OptionError(
        'SobelGradients.kernelSize',
        `${kernelSize} reaches beyond axis ${small} of [${img.shape.slice(1).join(', ')}] when reflected; use a smaller kernel or paddingMode "replicate"`,
      )
    const [difference, smooth] = sobelKernels(kernelSize, normalizeKernels)
    const floats = floatsOf(img)
    const gradients = axesOf('SobelGradients.spatialAxes', spatialAxes, rank).map((along) => {
      const kernels = Array.from({ length: rank }, (_, axis) => (axis === along ? difference : smooth))
      const values = filterAxes(floats, img.shape, kernels, outside)
      return normalizeGradients ? stretched(img, values) : values
    })
    const data = unclearedFloats(gradients.length * img.data.length)
    gradients.forEach((values, i) => data.set(values, i * img.data.length))
    return cast(
      withVoxels(img, { dtype: 'float32', shape: [gradients.length * img.shape[0], ...img.shape.slice(1)], data }),
      img.dtype,
    )
  },
})

/** [-1, 0, 1] and [1, 2, 1], widened by [1, 2, 1] until they have `size` values. */
function sobelKernels(size: number, normalize: boolean): [difference: number[], smooth: number[]] {
  const wide = normalize ? [0.25, 0.5, 0.25] : [1, 2, 1]
  const grown = (kernel: number[]): number[] => (kernel.length >= size ? kernel : grown(convolved(kernel, wide)))
  return [grown(normalize ? [-0.5, 0, 0.5] : [-1, 0, 1]), grown(wide)]
}

function convolved(a: readonly number[], b: readonly number[]): number[] {
  const out = new Array<number>(a.length + b.length - 1).fill(0)
  a.forEach((x, i) => b.forEach((y, j) => (out[i + j] += x * y)))
  return out
}

function stretched(img: Image, values: Float32Array): Float32Array {
  const { min: low, max: high } = extent(values)
  checkSound('SobelGradients', img, low, high)
  const shift = low === high ? 0 : low
  const top = Math.fround(high - shift)
  scaleShift(values, { base: shift }, values)
  return top > 0 ? divide(values, top, values) : values
}

/** As `SobelGradients`; with a prefix the gradients are stored beside the images (MONAI `SobelGradientsd`). */
export const SobelGradientsd = sampleOnly({
  name: 'SobelGradientsd',
  options: {
    ...sobelOptions,
    newKeyPrefix: text.opt('Put before the keys of the results; null replaces images.', null),
  },
  apply(sample, { keys, allowMissingKeys, newKeyPrefix, ...options }) {
    const gradients = SobelGradients(options)
    const stored = (key: string) => `${newKeyPrefix ?? ''}${key}`
    return withEachImage('SobelGradientsd', sample, { keys, allowMissingKeys }, (img) => gradients(img), stored)
  },
})

import { isFloating } from '../../core/dtype.ts'
import { ShapeError } from '../../core/errors.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import type { Schema, Values } from '../../core/options.ts'
import { sameShape } from '../../core/tensor.ts'
import { castVoxels, extent, gammaField } from '../../kernels/index.ts'
import { checkSound } from '../checks.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { random, type RandomSource } from '../random.ts'
import { changed } from '../intensity/linear.ts'
import { cast, chance, floatsOf, rangeKind } from '../shared.ts'
import { drawnField, drawOptions, fieldKind, fieldMode, orderedRange, smoothField, smoothOptions } from './field.ts'

const appliedOptions = {
  field: fieldKind.req('The coarse field.'),
  ...smoothOptions,
  mode: fieldMode.opt('How the field becomes smooth.', 'area', { perKey: true }),
}

/** Raise the values, scaled to [0, 1], to the power of a smooth field; range and minimum stay. */
const FieldContrast = voxels({
  name: 'FieldContrast',
  handsOver: true,
  options: appliedOptions,
  apply(img, options) {
    const field = fieldOf('RandSmoothFieldAdjustContrast', img, options)
    const { min: low, max } = extent(floatsOf(img))
    const range = max - low
    checkSound('RandSmoothFieldAdjustContrast', img, range)
    const data = changed(img, true, (from, to) => gammaField(from, field, { low, divisor: range + 1e-10, range }, to))
    return cast(withVoxels(img, { dtype: 'float32', data }), isFloating(img.dtype) ? img.dtype : 'float32')
  },
})

/** Multiply by a smooth field. */
const FieldIntensity = voxels({
  name: 'FieldIntensity',
  handsOver: true,
  options: appliedOptions,
  apply(img, options) {
    const field = fieldOf('RandSmoothFieldAdjustIntensity', img, options)
    const data = changed(img, true, (from, to) => {
      for (let i = 0; i < to.length; i++) to[i] = from[i] * field[i]
    })
    return cast(withVoxels(img, { dtype: 'float32', data }), img.dtype)
  },
})

const optionsWith = <const G extends readonly [number, number]>(gamma: G) => ({
  ...smoothOptions,
  ...drawOptions,
  mode: appliedOptions.mode,
  prob: chance(),
  gamma: rangeKind.opt('Range of the values of the field; one number g means (0.5, g).', gamma),
})
const contrastOptions = optionsWith([0.5, 4.5])
const intensityOptions = optionsWith([0.1, 1])

/** Change the contrast by a random smooth field of exponents (MONAI `RandSmoothFieldAdjustContrast`). */
export const RandSmoothFieldAdjustContrast = random(FieldContrast, {
  name: 'RandSmoothFieldAdjustContrast',
  gated: true,
  options: contrastOptions,
  draw: (source, options) => drawn('RandSmoothFieldAdjustContrast', source, options),
})

/** Multiply by a random smooth field (MONAI `RandSmoothFieldAdjustIntensity`). */
export const RandSmoothFieldAdjustIntensity = random(FieldIntensity, {
  name: 'RandSmoothFieldAdjustIntensity',
  options: intensityOptions,
  draw: (source, options) => drawn('RandSmoothFieldAdjustIntensity', source, options),
  drawSample: afterGate((source, options: Values<typeof intensityOptions>) =>
    drawn('RandSmoothFieldAdjustIntensity', source, options),
  ),
})

export const RandSmoothFieldAdjustContrastd = dictionary(RandSmoothFieldAdjustContrast)
export const RandSmoothFieldAdjustIntensityd = dictionary(RandSmoothFieldAdjustIntensity)

/** Draws as MONAI's dictionary forms of smooth fields do: also when their gate is closed. */
export function afterGate<S extends Schema, D>(
  draw: (source: RandomSource, options: Values<S> & { readonly prob: number }) => D | null,
): (source: RandomSource, options: Values<S> & { readonly prob: number }) => D | null {
  return (source, options) => {
    const passes = source.rand() < options.prob
    const field = draw(source.twin('inner'), { ...options, prob: 1 })
    return passes ? field : null
  }
}

function drawn(where: string, source: RandomSource, options: Values<typeof contrastOptions>) {
  const { prob, gamma, spatialSize, mode, alignCorners } = options
  const range = orderedRange(`${where}.gamma`, gamma, 0.5)
  if (source.rand() >= prob) return null
  return { field: drawnField(source.twin('field'), options, range, 1, 1), spatialSize, mode, alignCorners }
}

/** The smooth field for an image, in its element type as in MONAI. */
function fieldOf(where: string, img: Image, options: Values<typeof appliedOptions>): Float32Array {
  const { field, spatialSize, mode, alignCorners } = options
  const { shape, values } = smoothField(field, spatialSize, mode, alignCorners)
  if (sameShape(shape, img.shape.slice(1))) return floatsOf({ ...img, data: castVoxels(values, 'float32', img.dtype) })
  throw new ShapeError(
    `${where}.spatialSize`,
    `a field of [${shape.join(', ')}] does not fit an image of shape [${img.shape.join(', ')}]; give [${img.shape.slice(1).join(', ')}]`,
  )
}

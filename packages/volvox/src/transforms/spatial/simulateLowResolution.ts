import { roundEven } from '../../core/convert.ts'
import { ShapeError } from '../../core/errors.ts'
import { gridOf, type Image } from '../../core/image.ts'
import { bool, instance } from '../../core/options.ts'
import type { ScaleMode } from '../../core/plan.ts'
import { plain } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { scalingMatrix } from '../plan.ts'
import { random } from '../random.ts'
import { runPlan } from '../resample.ts'
import { cast, chance, pairKind } from '../shared.ts'
import { scaleMode } from './options.ts'

const shared = {
  downsampleMode: scaleMode.opt('Interpolation on the way down.', 'nearest'),
  upsampleMode: scaleMode.opt('Interpolation on the way back.', 'trilinear'),
  alignCorners: bool
    .nullable()
    .opt('On the way back the outermost centres of both lattices fall on each other; null is false.', false),
}
const factorKind = instance<() => number>('a function that gives a factor', (value) => typeof value === 'function')

/** Makes the image smaller by a factor and brings it back to its size; float32. Without a factor only the type changes. */
const SimulateLowResolution = plain({
  name: 'SimulateLowResolution',
  schema: { factor: factorKind.opt('The factor, for each image anew.', null), ...shared },
  inputs: {},
  lazy: false,
  readsVoxels: true,
  apply(img, { factor, downsampleMode, upsampleMode, alignCorners }) {
    if (!factor) return cast(img, 'float32')
    const { shape, affine } = gridOf(img)
    const zoom = factor()
    const size = shape.map((n) => (n === 1 ? 1 : roundEven(n * zoom)))
    if (size.some((n) => n < 1))
      throw new ShapeError(
        'RandSimulateLowResolution.zoomRange',
        `${zoom} leaves nothing of [${shape.join(', ')}]; use larger factors`,
      )
    const small = scaled(img, size, downsampleMode, false)
    return { ...scaled(small, shape, upsampleMode, alignCorners ?? false), affine }
  },
})

function scaled(img: Image, shape: readonly number[], mode: ScaleMode, alignCorners: boolean): Image {
  const matrix = scalingMatrix(gridOf(img).shape, shape)
  return runPlan(img, { kind: 'scale', shape, matrix, mode, alignCorners, antiAliasingSigma: null })
}

/**
 * Takes resolution away: makes the image smaller by a drawn factor and brings it back to its size, or not (MONAI
 * `RandSimulateLowResolution`; after Isensee et al., nnU-Net, 2021). The dictionary form draws a factor for each image.
 */
export const RandSimulateLowResolution = random(SimulateLowResolution, {
  options: { prob: chance(), zoomRange: pairKind.opt('Range of the factor.', [0.5, 1]), ...shared },
  draw(source, { prob, zoomRange, ...rest }) {
    const passes = source.rand() < prob
    const zoom = source.uniform(...zoomRange)
    return passes ? { ...rest, factor: () => zoom } : null
  },
  drawSample(source, { prob, zoomRange, ...rest }) {
    if (source.rand() >= prob) return { ...rest, factor: null }
    const inner = source.twin('inner')
    const factor = () => {
      inner.rand()
      return inner.uniform(...zoomRange)
    }
    return { ...rest, factor }
  },
})

export const RandSimulateLowResolutiond = dictionary(RandSimulateLowResolution)

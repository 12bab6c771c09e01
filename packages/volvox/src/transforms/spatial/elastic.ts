import { z } from 'zod'
import { identity } from '../../core/affine.ts'
import { OptionError } from '../../core/errors.ts'
import { gridOf } from '../../core/image.ts'
import { Kind, intOrInts, numberOrNumbers, type Values } from '../../core/options.ts'
import { sizeOf } from '../../core/tensor.ts'
import { displace, elasticField, interpolate, type KeptFloats } from '../../kernels/index.ts'
import { plain } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { centred } from '../plan.ts'
import { random, type DrawContext, type RandomSource } from '../random.ts'
import { runPlan, sampleAt } from '../resample.ts'
import { chance, pairKind } from '../shared.ts'
import { affineDraw, type AffineRanges } from './affine.ts'
import { affineMatrix } from './affineMatrix.ts'
import { controlOffsets, controlPoints } from './controlPoints.ts'
import { forAxes, ranges, samplingOptions, sizesOr } from './options.ts'

/**
 * For each voxel of a lattice of `shape` a position in voxels from the centre of the image: [rank, ...shape], float32. Kept in the
 * kernels' memory while the images of a sample are transformed.
 */
interface Field {
  readonly shape: readonly number[]
  readonly centred: Float32Array | KeptFloats
}

const fieldKind = new Kind<Field>('a field of positions', () =>
  z.custom<Field>((x) => typeof x === 'object' && x !== null),
)
const { mode, paddingMode } = samplingOptions('reflection', 'float64')
const spatialSize = intOrInts.opt(
  'Size of the result; the size of the image when null, and where a value is below 1.',
  null,
)

/** Takes each voxel of the result from a position of its own, or a centred part of the image when there are none. */
const Elastic = plain({
  name: 'Elastic',
  schema: { field: fieldKind.nullable().opt('Where voxels come from.', null), spatialSize, mode, paddingMode },
  inputs: {},
  lazy: false,
  readsVoxels: true,
  apply(img, { field, spatialSize: size, mode: how, paddingMode: outside }) {
    const { shape, affine } = gridOf(img)
    const sampling = { mode: how, paddingMode: outside, dtype: 'float64' as const }
    if (field) {
      const origin = shape.map((n) => (n - 1) / 2)
      return sampleAt(img, { kind: 'field', shape: field.shape, coordinates: field.centred, origin, sampling })
    }
    const wanted = sizesOr('Elastic.spatialSize', size, shape)
    const matrix = centred(identity(shape.length + 1), shape, wanted)
    return runPlan(img, { kind: 'affine', shape: wanted, matrix, sampling, affine })
  },
})

const commonOptions = {
  prob: chance(),
  rotateRange: ranges.opt('Ranges of the angles in radians.', null),
  shearRange: ranges.opt('Ranges of the shearing factors.', null),
  translateRange: ranges.opt('Ranges of the shift in voxels.', null),
  scaleRange: ranges.opt('Ranges of the scaling factors, less 1.', null),
  spatialSize,
  mode,
  paddingMode,
}

const options3d = {
  sigmaRange: pairKind.req('Range of the standard deviation, in voxels, of the Gaussian that smooths the offsets.'),
  magnitudeRange: pairKind.req('Range of the factor of the smoothed offsets, in voxels.'),
  ...commonOptions,
}
type Options3d = Values<typeof options3d>

/**
 * Moves voxels by random offsets from -1 to 1 that are smoothed by a Gaussian and multiplied by a magnitude, and then by a
 * random affine map; 3-D (MONAI `Rand3DElastic`). Cannot be inverted.
 */
export const Rand3DElastic = random(Elastic, {
  name: 'Rand3DElastic',
  options: options3d,
  ...elasticDraws((source, options: Options3d, shape, wanted) => {
    checkRank('Rand3DElastic', shape, 3)
    const centred = elasticField(source, shape, Math.max(...options.sigmaRange), () => {
      const magnitude = source.uniform(...options.magnitudeRange)
      const sigma = source.uniform(...options.sigmaRange)
      affineDraw(source.twin('grid'), options)
      return wanted ? { sigma, magnitude, affine: affineMatrix(3, affineDraw(source.twin('grid'), options)) } : null
    })
    return centred && { shape, centred }
  }),
})

const options2d = {
  spacing: numberOrNumbers
    .where((given) => [given].flat().every((x) => x > 0), 'a number above 0 or a list of them')
    .req('Distance of the control points, in voxels.'),
  magnitudeRange: pairKind.req('Range of the factor of the offsets of control points, which are standard normal.'),
  ...commonOptions,
}
type Options2d = Values<typeof options2d>

/**
 * Moves control points by random offsets and a random affine map, and the voxels between them along bicubic curves; 2-D
 * (MONAI `Rand2DElastic`). Cannot be inverted.
 */
export const Rand2DElastic = random(Elastic, {
  name: 'Rand2DElastic',
  options: options2d,
  ...elasticDraws((source, options: Options2d, shape, wanted) => {
    checkRank('Rand2DElastic', shape, 2)
    const spacing = forAxes('Rand2DElastic.spacing', options.spacing, 2)
    const deform = source.twin('deform')
    controlOffsets(deform, options.magnitudeRange, shape) // MONAI draws twice, for the image first, and takes the second
    affineDraw(source.twin('grid'), options)
    if (!wanted) return null
    const points = controlPoints(shape, spacing)
    const { offsets, magnitude } = controlOffsets(deform, options.magnitudeRange, points)
    const affine = affineMatrix(2, affineDraw(source.twin('grid'), options))
    const grid = displace(offsets, { shape: points, spacing, magnitude, affine })
    const fine = points.map((n, axis) => Math.floor(n * spacing[axis]))
    return { shape, centred: middle(interpolate(grid, 2, points, fine, 'bicubic', false), fine, shape) }
  }),
})

interface Common extends AffineRanges {
  readonly prob: number
  readonly spatialSize: number | readonly number[] | null
  readonly mode: Values<typeof commonOptions>['mode']
  readonly paddingMode: string
}

/**
 * How both draw: `fieldOf` takes what MONAI draws in any case once a transform is on, and gives the field if it is wanted. The
 * transform inside MONAI's dictionary form is always on, and draws even when the outer one is not.
 */
function elasticDraws<O extends Common>(
  fieldOf: (source: RandomSource, options: O, shape: readonly number[], wanted: boolean) => Field | null,
) {
  const fixed = ({ spatialSize: size, mode: how, paddingMode: outside }: O) => ({ spatialSize: size, mode: how, paddingMode: outside }) // prettier-ignore
  const sizeFor = (options: O, { grid }: DrawContext) => sizesOr('Elastic.spatialSize', options.spatialSize, grid.shape)
  return {
    draw(source: RandomSource, options: O, context: DrawContext) {
      const passes = source.rand() < options.prob
      return { ...fixed(options), field: passes ? fieldOf(source, options, sizeFor(options, context), true) : null }
    },
    drawSample(source: RandomSource, options: O, context: DrawContext) {
      const passes = source.rand() < options.prob
      const inner = source.twin('inner')
      inner.rand()
      return { ...fixed(options), field: fieldOf(inner, options, sizeFor(options, context), passes) }
    },
  }
}

function checkRank(name: string, shape: readonly number[], rank: number): void {
  if (shape.length !== rank)
    throw new OptionError(
      name,
      `was given an image with ${shape.length} spatial axes; it takes ${rank}, see Rand${5 - rank}DElastic for others`,
    )
}

/** The centred part of [2, ...shape] that has the size `wanted`. */
function middle(values: Float32Array, shape: readonly number[], wanted: readonly number[]): Float32Array {
  const [top, left] = wanted.map((n, axis) => Math.max(0, Math.floor(shape[axis] / 2) - Math.floor(n / 2)))
  const out = new Float32Array(2 * sizeOf(wanted))
  for (let plane = 0; plane < 2; plane++)
    for (let row = 0; row < wanted[0]; row++) {
      const from = (plane * shape[0] + top + row) * shape[1] + left
      out.set(values.subarray(from, from + wanted[1]), (plane * wanted[0] + row) * wanted[1])
    }
  return out
}

export const Rand3DElasticd = dictionary(Rand3DElastic)
export const Rand2DElasticd = dictionary(Rand2DElastic)

// Filters that smooth an image but not across its edges (Tomasi and Manduchi 1998).
import { OptionError, ShapeError, shown } from '../../core/errors.ts'
import { bool, numberOrNumbers, positive, type Schema, type Values } from '../../core/options.ts'
import { sameShape, sizeOf, stridesOf, tensor } from '../../core/tensor.ts'
import { constant, scalar, type Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { layer, pure, type Layer, type Weight } from '../layer.ts'
import { network, optionError } from '../network.ts'

interface Widths {
  /** Standard deviation along each axis, in voxels. */
  readonly spatial: readonly Value[]
  /** Of differences of values. */
  readonly color: Value
  /** Voxels of the window along each axis, odd. */
  readonly window: readonly number[]
  /** For deviations that change: only neighbours as near as MONAI takes for them count, and none beyond the image. */
  readonly isLearnt: boolean
}

/**
 * Means of neighbours in x `[N, C, ...spatial]`, each weighted by its distance and by the difference of the guide there,
 * `[N, any, ...spatial]`. All neighbours of all voxels are in memory at once.
 */
function bilateral(x: Value, guide: Value, { spatial, color, window, isLearnt }: Widths): Value {
  const [samples, channels, ...sizes] = x.shape
  const { places, inside, distances } = neighbourhood(sizes, window)
  const around = (image: Value) => m.gather(m.reshape(image, [samples, image.shape[1], -1]), constant(places), 2)
  const nearness = distances
    .map((squares, axis) => m.div(m.mul(-0.5, constant(squares)), m.square(spatial[axis])))
    .reduce((a, b) => m.add(a, b))
  const home = m.reshape(guide, [samples, guide.shape[1], 1, -1])
  const differences = m.sum(m.square(m.sub(around(guide), home)), [1], true) // [N, 1, taps, voxels]
  const likeness = m.div(m.mul(-0.5, differences), m.square(color))
  const free = m.exp(m.add(nearness, likeness))
  const near = distances.map((squares, axis) => m.lessEqual(constant(squares), m.square(reachOf(spatial[axis]))))
  const weights = isLearnt ? [constant(inside), ...near].reduce((y, factor) => m.mul(y, factor), free) : free
  const y = m.div(m.sum(m.mul(around(x), weights), [2]), m.sum(weights, [2]))
  return m.reshape(y, [samples, channels, ...sizes])
}

/**
 * For each place in the window and each voxel the voxel that lies there, the nearest one where none does, and whether one
 * does, `[taps, voxels]`; for each axis the squared distance of each place, `[taps, 1]`.
 */
function neighbourhood(sizes: readonly number[], window: readonly number[]) {
  const [taps, voxels] = [sizeOf(window), sizeOf(sizes)]
  const [steps, tapSteps] = [stridesOf(sizes), stridesOf(window)]
  const places = new Int32Array(taps * voxels)
  const inside = new Float32Array(taps * voxels).fill(1)
  const distances = window.map(() => new Float32Array(taps))
  for (let tap = 0; tap < taps; tap++)
    window.forEach((span, axis) => {
      const shift = (Math.floor(tap / tapSteps[axis]) % span) - (span - 1) / 2
      distances[axis][tap] = shift ** 2
      for (let voxel = 0; voxel < voxels; voxel++) {
        const wanted = (Math.floor(voxel / steps[axis]) % sizes[axis]) + shift
        const nearest = Math.min(sizes[axis] - 1, Math.max(0, wanted))
        places[tap * voxels + voxel] += nearest * steps[axis]
        if (nearest !== wanted) inside[tap * voxels + voxel] = 0
      }
    })
  return {
    places: tensor('int32', [taps, voxels], places),
    inside: tensor('float32', [taps, voxels], inside),
    distances: distances.map((squares) => tensor('float32', [taps, 1], squares)),
  }
}

/** How many neighbours on each side MONAI takes for a deviation: of a window of 5 deviations, made odd. */
function neighbours(sigma: number): number {
  return Math.floor(Math.ceil(Math.fround(5 * Math.fround(sigma))) / 2)
}

/** The same in a graph, but 2 at least, as MONAI takes for deviations that are learnt. */
function reachOf(sigma: Value): Value {
  const ceiling = m.neg(m.floor(m.mul(-5, sigma)))
  return m.max(m.floor(m.div(ceiling, 2)), 2)
}

/** Each voxel becomes a mean of its neighbours, of those most that look like it (MONAI BilateralFilter). */
export const BilateralFilter = network({
  name: 'BilateralFilter',
  options: {
    spatialSigma: positive.opt('Standard deviation in voxels.', 5),
    colorSigma: positive.opt('Standard deviation of differences of values.', 0.5),
    fastApprox: bool.opt('Only false, which MONAI does not do unless told.', false),
  },
  check({ fastApprox }) {
    if (fastApprox)
      optionError('fastApprox', 'true asks for a lattice that there is only in compiled code; set it to false')
  },
  build: ({ spatialSigma, colorSigma }) =>
    pure((x) => {
      const axes = x.shape.slice(2)
      return bilateral(x, x, {
        spatial: axes.map(() => scalar(spatialSigma)),
        color: scalar(colorSigma),
        window: axes.map(() => 2 * neighbours(spatialSigma) + 1),
        isLearnt: false,
      })
    }),
})

const learnt = {
  spatialSigma: numberOrNumbers
    .where((s) => [s].flat().every((n) => n > 0) && [s].flat().length > 0, 'a number above 0 or a list of them')
    .req(
      'Standard deviation in voxels to begin with, for all axes or for each. Windows have room for two fifths of a voxel more.',
    ),
  colorSigma: positive.req('Standard deviation of differences of values to begin with.'),
} satisfies Schema

/** A bilateral filter whose deviations are learnt (Wagner et al. 2022; MONAI TrainableBilateralFilter). One channel. */
export const TrainableBilateralFilter = network({
  name: 'TrainableBilateralFilter',
  options: learnt,
  check: checkSigmas,
  build: (o) => learntFilter('TrainableBilateralFilter', o, false),
})

/**
 * The same, but neighbours count as much as they look alike in a second input, the guide (MONAI
 * TrainableJointBilateralFilter).
 */
export const TrainableJointBilateralFilter = network({
  name: 'TrainableJointBilateralFilter',
  inputs: () => [
    { name: 'input_tensor', about: 'the image' },
    { name: 'guidance_tensor', about: 'the guide' },
  ],
  options: learnt,
  check: checkSigmas,
  build: (o) => learntFilter('TrainableJointBilateralFilter', o, true),
})

function checkSigmas({ spatialSigma }: Pick<Values<typeof learnt>, 'spatialSigma'>): void {
  if (typeof spatialSigma !== 'number' && spatialSigma.length > 3)
    throw new OptionError('spatialSigma', `has ${spatialSigma.length} values; give 1 to 3`)
}

function learntFilter(where: string, { spatialSigma, colorSigma }: Values<typeof learnt>, isGuided: boolean): Layer {
  const given = typeof spatialSigma === 'number' ? [spatialSigma, spatialSigma, spatialSigma] : spatialSigma
  const [x = 0.01, y = 0.01, z = 0.01] = given
  const weight = (value: number): Weight => ({ shape: [], init: { kind: 'constant', value }, role: 'scale' })
  return layer({
    weights: { sigma_x: weight(x), sigma_y: weight(y), sigma_z: weight(z), sigma_color: weight(colorSigma) },
    forward(own, [image, second]) {
      const axes = image.shape.length - 2
      if (image.shape[1] !== 1 || axes < 1 || axes > given.length)
        throw new ShapeError(
          where,
          `got shape ${shown(image.shape)}; give [N, 1, ...spatial] with no more spatial axes than sigmas, ${given.length}`,
        )
      if (isGuided && !sameShape(image.shape, second.shape))
        throw new ShapeError(
          where,
          `the guide has shape ${shown(second.shape)}; give one of shape ${shown(image.shape)}`,
        )
      return bilateral(image, isGuided ? second : image, {
        spatial: [own.sigma_x, own.sigma_y, own.sigma_z].slice(0, axes),
        color: own.sigma_color,
        // With room for one neighbour more on each side, when deviations grow.
        window: given.slice(0, axes).map((sigma) => 2 * Math.max(neighbours(sigma), 2) + 3),
        isLearnt: true,
      })
    },
  })
}

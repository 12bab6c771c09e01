import { castArray } from '../core/convert.ts'
import { OptionError, ShapeError, shown } from '../core/errors.ts'
import { bool, count, int, number, oneOf, parseOptions, positive, type Given } from '../core/options.ts'
import { sizeOf } from '../core/tensor.ts'
import type { TorchGenerator } from '../rng/index.ts'
import { checkOutput, checkSteps, mixed, mixedEach, type Scheduler, type SchedulerComponent } from './scheduler.ts'

const name = 'RFlowScheduler'

const schema = {
  numTrainTimesteps: count.opt('Steps from an image to noise.', 1000),
  useDiscreteTimesteps: bool.opt('Whether steps are whole numbers.', true),
  sampleMethod: oneOf('uniform', 'logit-normal').opt('How steps are drawn for training.', 'uniform'),
  loc: number.opt('Mean of the logit of drawn steps.', 0),
  scale: positive.opt('Deviation of the logit of drawn steps.', 1),
  useTimestepTransform: bool.opt('Whether larger images have more of the noisy steps.', false),
  transformScale: number.opt('Accepted since configs carry it; MONAI does not use it.', 1),
  stepsOffset: int.opt('Added to each step of sampling.', 0),
  baseImgSizeNumel: count.opt('Voxels of an image whose steps stay as they are.', 32 ** 3),
  spatialDim: count.opt('Spatial axes.', 3),
}

export interface RectifiedFlowScheduler extends Scheduler {
  /** A step of training for each image. */
  sampleTimesteps(images: { readonly shape: readonly number[] }, generator: TorchGenerator): number[]
}

/** Rectified flow: straight lines from noise to images (Liu et al. 2023, RFlowScheduler of MONAI 1.5). */
export const RFlowScheduler: SchedulerComponent<typeof schema, RectifiedFlowScheduler> = Object.assign(
  (given: Given<typeof schema> = {}): RectifiedFlowScheduler => {
    const options = parseOptions(name, schema, given)
    const { numTrainTimesteps: trained, useDiscreteTimesteps, useTimestepTransform, stepsOffset } = options
    let timesteps: readonly number[] = []
    const transformed = (t: number, voxels: number, axes: number) => {
      const ratio = (voxels / options.baseImgSizeNumel) ** (1 / axes)
      const share = t / trained
      return ((ratio * share) / (1 + (ratio - 1) * share)) * trained
    }
    return {
      name,
      options,
      numTrainTimesteps: trained,
      get timesteps() {
        return timesteps
      },
      setTimesteps(steps, imageVoxels) {
        checkSteps(name, steps, trained)
        if (useTimestepTransform && imageVoxels === undefined)
          throw new OptionError(name, 'useTimestepTransform is set; give setTimesteps the voxels of an image, too')
        const even = Array.from({ length: steps }, (_, i) => (1 - i / steps) * trained)
        const whole = useDiscreteTimesteps ? even.map(roundedToEven) : even
        const moved = useTimestepTransform ? whole.map((t) => transformed(t, imageVoxels!, options.spatialDim)) : whole
        timesteps = halfPrecision(moved).map((t) => (useDiscreteTimesteps ? Math.trunc(t) : t) + stepsOffset)
      },
      addNoise(original, noise, steps) {
        if (noise.shape.length !== 4 && noise.shape.length !== 5)
          throw new ShapeError(name, `noise has shape ${shown(noise.shape)}; give [N, C, ...] with 2 or 3 spatial axes`)
        const shares = steps.map((t) => [1 - t / trained, t / trained] as const)
        return mixedEach(name, original, noise, shares)
      },
      sampleTimesteps({ shape }, generator) {
        const [samples, , ...spatial] = shape
        const drawn =
          options.sampleMethod === 'uniform'
            ? generator.rand(samples)
            : generator.randn(samples).map((x) => 1 / (1 + Math.exp(-(x * options.scale + options.loc))))
        return Array.from(drawn, (share) => {
          const t = Math.fround(share * trained)
          const step = useDiscreteTimesteps ? Math.trunc(t) : t
          return useTimestepTransform ? transformed(step, sizeOf(spatial), spatial.length) : step
        })
      },
      step(modelOutput, timestep, sample, { nextTimestep } = {}) {
        if (timesteps.length === 0) throw new OptionError(name, 'has no steps yet; call setTimesteps first')
        checkOutput(name, modelOutput, sample)
        const share =
          nextTimestep === undefined ? 1 / timesteps.length : (timestep - Math.trunc(nextTimestep)) / trained
        return {
          previous: mixed([1, sample], [share, modelOutput]),
          original: mixed([1, sample], [timestep / trained, modelOutput]),
        }
      },
    }
  },
  { componentName: name, schema },
)

/** The nearest whole number, halves to the even one. */
function roundedToEven(x: number): number {
  const low = Math.floor(x)
  if (x - low !== 0.5) return Math.round(x)
  return low % 2 === 0 ? low : low + 1
}

/** MONAI keeps steps in float16 on the way. */
function halfPrecision(steps: readonly number[]): number[] {
  const bits = castArray(Float32Array.from(steps), 'float32', 'float16')
  return Array.from(castArray(bits, 'float16', 'float32') as Float32Array)
}

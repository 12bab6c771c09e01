import { OptionError, ShapeError, shown } from '../core/errors.ts'
import { instance, parseOptions, type Given } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { sameShape } from '../core/tensor.ts'
import type { Floats, Scheduler, StepOptions } from '../schedulers/index.ts'

/** Runs a diffusion network: images `[N, C, ...]`, a time for each of them, and a context where there is one. */
export type DiffusionPredictor = (
  images: Floats,
  timesteps: readonly number[],
  context: Floats | null,
) => Floats | Promise<Floats>

/** What a network is told beside image and time. */
export interface DiffusionCondition {
  readonly condition?: Floats | null
  /** Whether the condition is the network's context, or further channels of the image. */
  readonly mode?: 'crossattn' | 'concat'
}

export interface SampleOptions extends DiffusionCondition, Pick<StepOptions, 'eta' | 'generator'> {
  /** Another scheduler than the inferer's. */
  readonly scheduler?: Scheduler
  /** Called with the image after each step whose number this divides. */
  readonly intermediateSteps?: number
  readonly onIntermediate?: (image: Floats, timestep: number) => void
}

export interface DiffusionInferer {
  readonly infererName: string
  /** What the network makes of images with noise: what training compares with the noise. */
  predict(
    inputs: Floats,
    model: DiffusionPredictor,
    noise: Floats,
    timesteps: readonly number[],
    options?: DiffusionCondition,
  ): Promise<Floats>
  /** Images from noise, by all steps of the scheduler. */
  sample(inputNoise: Floats, model: DiffusionPredictor, options?: SampleOptions): Promise<Floats>
}

const schema = {
  scheduler: instance<Scheduler>(
    'a scheduler, e.g. DDPMScheduler()',
    (given) => typeof given === 'object' && given !== null && 'addNoise' in given && 'step' in given,
  ).req('Adds noise, and takes it away.'),
}

/** Training and sampling with a diffusion network (MONAI DiffusionInferer). */
export const DiffusionInferer: Component & {
  (given: Given<typeof schema>): DiffusionInferer
  readonly schema: typeof schema
} = Object.assign(
  (given: Given<typeof schema>): DiffusionInferer => {
    const own = parseOptions('DiffusionInferer', schema, given).scheduler
    return {
      infererName: 'DiffusionInferer',
      predict: async (inputs, model, noise, timesteps, options = {}) =>
        run(model, own.addNoise(inputs, noise, timesteps), timesteps, options),
      async sample(inputNoise, model, { scheduler = own, intermediateSteps = 100, onIntermediate, ...options } = {}) {
        const samples = inputNoise.shape[0]
        let image = inputNoise
        for (const t of scheduler.timesteps) {
          const output = await run(model, image, new Array<number>(samples).fill(t), options)
          image = scheduler.step(output, t, image, options).previous
          if (onIntermediate && t % intermediateSteps === 0) onIntermediate(image, t)
        }
        return image
      },
    }
  },
  { componentName: 'DiffusionInferer', schema },
)

function run(
  model: DiffusionPredictor,
  images: Floats,
  timesteps: readonly number[],
  { condition = null, mode = 'crossattn' }: DiffusionCondition,
): Floats | Promise<Floats> {
  if (mode === 'crossattn') return model(images, timesteps, condition)
  if (!condition)
    throw new OptionError('DiffusionInferer', 'mode is "concat", but there is no condition; give the channels to add')
  return model(besideChannels(images, condition), timesteps, null)
}

/** The channels of both images, one after the other. */
function besideChannels(a: Floats, b: Floats): Floats {
  const [samples, channels, ...spatial] = a.shape
  if (b.shape[0] !== samples || !sameShape(b.shape.slice(2), spatial))
    throw new ShapeError(
      'DiffusionInferer',
      `the condition ${shown(b.shape)} does not go beside images ${shown(a.shape)}; give [${samples}, channels, ${spatial.join(', ')}]`,
    )
  const [sizeA, sizeB] = [a.data.length / samples, b.data.length / samples]
  const data = new Float32Array(a.data.length + b.data.length)
  for (let n = 0; n < samples; n++) {
    data.set(a.data.subarray(n * sizeA, (n + 1) * sizeA), n * (sizeA + sizeB))
    data.set(b.data.subarray(n * sizeB, (n + 1) * sizeB), n * (sizeA + sizeB) + sizeA)
  }
  return { dtype: 'float32', shape: [samples, channels + b.shape[1], ...spatial], data }
}

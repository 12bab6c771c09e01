import { mixed, type Floats } from '../schedulers/scheduler.ts'
import type { Scheduler } from '../schedulers/index.ts'
import { after, predicted, type DiffusionPredictor, type SampleOptions } from './diffusionModels.ts'

/** Images from noise, by all steps of a scheduler. */
export async function sampled(
  where: string,
  own: Scheduler,
  noise: Floats,
  model: DiffusionPredictor,
  { scheduler = own, intermediateSteps = 100, onIntermediate, cfg = null, ...options }: SampleOptions,
): Promise<Floats> {
  const { timesteps } = scheduler
  let image = noise
  for (const [i, t] of timesteps.entries()) {
    const times = new Array<number>(image.shape[0]).fill(t)
    const output =
      cfg === null
        ? await predicted(where, model, image, times, options)
        : await guided(where, model, image, times, { ...options, cfg })
    image = scheduler.step(output, t, image, { ...options, nextTimestep: timesteps[i + 1] ?? 0 }).previous
    if (onIntermediate && t % intermediateSteps === 0) await onIntermediate(image, t)
  }
  return image
}

/** The output without the condition, which is then -1 everywhere, and `cfg` times what the condition changes. */
async function guided(
  where: string,
  model: DiffusionPredictor,
  image: Floats,
  times: readonly number[],
  { condition = null, mode, cfg }: SampleOptions & { readonly cfg: number },
): Promise<Floats> {
  const none = condition && { ...condition, data: new Float32Array(condition.data.length).fill(-1) }
  const both = none && condition && after(none, condition)
  const output = await predicted(where, model, after(image, image), [...times, ...times], { condition: both, mode })
  const half = output.data.length / 2
  const part = (data: Float32Array): Floats => ({ ...output, shape: [times.length, ...output.shape.slice(1)], data })
  return mixed([1 - cfg, part(output.data.subarray(0, half))], [cfg, part(output.data.subarray(half))])
}

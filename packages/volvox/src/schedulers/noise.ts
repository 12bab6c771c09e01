import { count, number, oneOf, type Schema, type Values } from '../core/options.ts'
import { OptionError } from '../core/errors.ts'

/** How noise grows: per step, its variance β, what is kept, α = 1 - β, and the product of all α so far. */
export interface NoiseSchedule {
  readonly betas: Float32Array
  readonly alphas: Float32Array
  readonly alphasCumprod: Float32Array
}

/** The options of a noise schedule, which every scheduler of one has. */
export const noiseOptions = {
  numTrainTimesteps: count.opt('Steps from an image to noise.', 1000),
  schedule: oneOf('linear_beta', 'scaled_linear_beta', 'sigmoid_beta', 'cosine').opt('How noise grows.', 'linear_beta'),
  betaStart: number.opt('The first β; 0.0001 when null. Not of cosine.', null),
  betaEnd: number.opt('The last β; 0.02 when null. Not of cosine.', null),
  sigRange: number.opt('Range of the sigmoid of sigmoid_beta; 6 when null.', null),
  s: number.opt('Offset of cosine; 0.008 when null.', null),
} satisfies Schema

type NoiseOptions = Values<typeof noiseOptions>

const takes = {
  linear_beta: ['betaStart', 'betaEnd'],
  scaled_linear_beta: ['betaStart', 'betaEnd'],
  sigmoid_beta: ['betaStart', 'betaEnd', 'sigRange'],
  cosine: ['s'],
} as const satisfies Record<string, readonly (keyof NoiseOptions)[]>

/** MONAI's NoiseSchedules, in float32. */
export function noiseSchedule(owner: string, options: NoiseOptions): NoiseSchedule {
  const { numTrainTimesteps: steps, schedule } = options
  const own: readonly string[] = takes[schedule]
  for (const option of ['betaStart', 'betaEnd', 'sigRange', 's'] as const)
    if (options[option] !== null && !own.includes(option))
      throw new OptionError(`${owner}.${option}`, `is not of schedule "${schedule}", which takes ${own.join(', ')}`)
  if (schedule === 'cosine') return cosine(steps, options.s ?? 0.008)
  const [first, last] = [options.betaStart ?? 1e-4, options.betaEnd ?? 0.02]
  switch (schedule) {
    case 'linear_beta':
      return fromBetas(spaced(first, last, steps))
    case 'scaled_linear_beta':
      return fromBetas(spaced(Math.sqrt(first), Math.sqrt(last), steps).map((root) => root ** 2))
    case 'sigmoid_beta': {
      const range = options.sigRange ?? 6
      return fromBetas(spaced(-range, range, steps).map((x) => (last - first) / (1 + Math.exp(-x)) + first))
    }
  }
}

function fromBetas(betas: Float32Array): NoiseSchedule {
  const alphas = betas.map((beta) => 1 - beta)
  let product = 1
  return { betas, alphas, alphasCumprod: alphas.map((alpha) => (product *= alpha)) }
}

/** Nichol and Dhariwal 2021, as MONAI 1.5 has it: with 1.4's, one step later, nothing is left to divide by at step 0. */
function cosine(steps: number, s: number): NoiseSchedule {
  const kept = spaced(0, steps, steps + 1).map((x) => Math.cos((((x / steps + s) / (1 + s)) * Math.PI) / 2) ** 2)
  return fromBetas(
    Float32Array.from({ length: steps }, (_, i) =>
      Math.min(Math.max(1 - Math.fround(kept[i + 1] / kept[i]), 0), 0.999),
    ),
  )
}

/** `count` numbers from `first` to `last` (torch.linspace). */
function spaced(first: number, last: number, count: number): Float32Array {
  const step = count > 1 ? (last - first) / (count - 1) : 0
  return Float32Array.from({ length: count }, (_, i) =>
    i < count / 2 ? first + step * i : last - step * (count - 1 - i),
  )
}

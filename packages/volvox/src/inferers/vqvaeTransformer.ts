import { OptionError, ShapeError, shown } from '../core/errors.ts'
import { oneOf, parseOptions } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { sizeOf } from '../core/tensor.ts'
import type { TorchGenerator } from '../rng/index.ts'
import type { Floats } from '../schedulers/index.ts'
import type { Ordering } from './ordering.ts'
import { resizeSpatial } from './resizeSpatial.ts'

/** An autoencoder whose middle is a map of numbers of vectors. */
export interface TokenCoder {
  readonly numEmbeddings: number
  /** MONAI's `index_quantize`: images `[N, C, ...]` to numbers `[N, ...]`. */
  indexQuantize(images: Floats): Floats | Promise<Floats>
  /** MONAI's `decode_samples`, the way back. */
  decodeSamples(numbers: Floats): Floats | Promise<Floats>
}

/** Scores of what comes after each token: of sequences `[N, L]` and a context where there is one, `[N, L, tokens]`. */
export interface TokenTransformer {
  readonly maxSeqLen: number
  /** Scores after a token must not depend on later ones. */
  predict(tokens: Floats, context: Floats | null): Floats | Promise<Floats>
}

export interface TokenSampleOptions {
  readonly condition?: Floats | null
  /** Draws tokens, as torch does. */
  readonly generator: TorchGenerator
  /** Below 1 the likely tokens get likelier. */
  readonly temperature?: number
  /** From how many of the likeliest tokens each is drawn; all of them when null. */
  readonly topK?: number | null
}

export interface TokenLikelihoodOptions {
  readonly condition?: Floats | null
  /** Whether log-likelihoods are given at the size of the images, `[N, 1, ...]`; by which interpolation. */
  readonly resampleLatentLikelihoods?: boolean
  readonly resampleInterpolationMode?: 'nearest' | 'bilinear' | 'trilinear'
}

export interface VQVAETransformerInferer {
  readonly infererName: string
  /**
   * What training compares: the scores, the tokens that they should foretell `[N, L]`, and the size of the map. Of a
   * sequence longer than the transformer takes, a part is drawn.
   */
  predict(
    inputs: Floats,
    vqvae: TokenCoder,
    transformer: TokenTransformer,
    ordering: Ordering,
    options?: { readonly condition?: Floats | null; readonly generator?: TorchGenerator },
  ): Promise<{ readonly prediction: Floats; readonly target: Floats; readonly latentSpatialDim: readonly number[] }>
  /** Images, token by token from the first ones `[N, 1]`, usually the number of embeddings. */
  sample(
    latentSpatialDim: readonly number[],
    startingTokens: Floats,
    vqvae: TokenCoder,
    transformer: TokenTransformer,
    ordering: Ordering,
    options: TokenSampleOptions,
  ): Promise<Floats>
  /** The log-likelihood of each token of the map, `[N, ...]`. */
  getLikelihood(
    inputs: Floats,
    vqvae: TokenCoder,
    transformer: TokenTransformer,
    ordering: Ordering,
    options?: TokenLikelihoodOptions,
  ): Promise<Floats>
}

const name = 'VQVAETransformerInferer'

/** Training and sampling with a transformer of the tokens of a VQVAE (MONAI VQVAETransformerInferer). */
export const VQVAETransformerInferer: Component & {
  (given?: Record<string, never>): VQVAETransformerInferer
  readonly schema: Record<never, never>
} = Object.assign(
  (given: Record<string, never> = {}): VQVAETransformerInferer => {
    parseOptions(name, {}, given)
    return { infererName: name, predict, sample, getLikelihood }
  },
  { componentName: name, schema: {} },
)

const predict: VQVAETransformerInferer['predict'] = async (inputs, vqvae, transformer, ordering, options = {}) => {
  const { tokens, size } = await sequences(inputs, vqvae, ordering)
  const length = sizeOf(size)
  const { maxSeqLen } = transformer
  const start = length > maxSeqLen ? partOf(length, maxSeqLen, options.generator) : 0
  const taken = Math.min(length, maxSeqLen)
  return {
    prediction: await transformer.predict(columns(tokens, start, taken), options.condition ?? null),
    target: columns(tokens, start + 1, taken),
    latentSpatialDim: size,
  }
}

const sample: VQVAETransformerInferer['sample'] = async (
  size,
  startingTokens,
  vqvae,
  transformer,
  ordering,
  options,
) => {
  const { condition = null, generator, temperature = 1, topK = null } = options
  if (!(temperature > 0)) throw new OptionError(`${name}.temperature`, `is ${temperature}; give a number above 0`)
  if (topK !== null && !(Number.isInteger(topK) && topK > 0))
    throw new OptionError(`${name}.topK`, `is ${topK}; give a whole number of 1 or more`)
  if (startingTokens.shape.length !== 2 || startingTokens.shape[1] !== 1)
    throw new ShapeError(name, `starting tokens have shape ${shown(startingTokens.shape)}; give [N, 1]`)
  const [samples] = startingTokens.shape
  const length = sizeOf(size)
  const tokens: Floats = {
    dtype: 'float32',
    shape: [samples, length + 1],
    data: new Float32Array(samples * (length + 1)),
  }
  startingTokens.data.forEach((token, n) => (tokens.data[n * (length + 1)] = token))
  const window = Math.min(length, transformer.maxSeqLen)
  for (let known = 1; known <= length; known++) {
    // Always as many tokens, so that one compiled network does; those not yet known do not matter.
    const start = Math.max(known - window, 0)
    const scores = await transformer.predict(columns(tokens, start, window), condition)
    for (let n = 0; n < samples; n++) {
      const chances = chancesOf(rowOf(scores, n, known - 1 - start), temperature, topK)
      chances[vqvae.numEmbeddings] = 0 // the token that begins sequences
      if (!chances.some((chance) => chance > 0))
        throw new OptionError(`${name}.topK`, `is ${topK}, and none of those tokens may follow; give a larger one`)
      tokens.data[n * (length + 1) + known] = generator.pick(chances)
    }
  }
  return vqvae.decodeSamples(asMap(columns(tokens, 1, length), size, ordering))
}

const getLikelihood: VQVAETransformerInferer['getLikelihood'] = async (
  inputs,
  vqvae,
  transformer,
  ordering,
  { condition = null, resampleLatentLikelihoods = false, resampleInterpolationMode = 'nearest' } = {},
) => {
  const where = `${name}.resampleInterpolationMode`
  const mode = oneOf('nearest', 'bilinear', 'trilinear').parse(resampleInterpolationMode, where)
  const { tokens, size } = await sequences(inputs, vqvae, ordering)
  const [samples, length] = [tokens.shape[0], sizeOf(size)]
  const window = Math.min(length, transformer.maxSeqLen)
  const logs: Floats = { dtype: 'float32', shape: [samples, length], data: new Float32Array(samples * length) }
  /** Of the tokens `from` to `to`, by the window that begins at `start`. */
  const fill = async (start: number, from: number, to: number) => {
    const scores = await transformer.predict(columns(tokens, start, window), condition)
    for (let n = 0; n < samples; n++)
      for (let i = from; i < to; i++) {
        const chance = chancesOf(rowOf(scores, n, i - start))[tokens.data[n * (length + 1) + i + 1]]
        logs.data[n * length + i] = Math.log(chance)
      }
  }
  await fill(0, 0, window)
  for (let i = window; i < length; i++) await fill(i + 1 - window, i, i + 1)
  const map = asMap(logs, size, ordering)
  if (!resampleLatentLikelihoods) return map
  const withChannel = { ...map, shape: [samples, 1, ...size] }
  return resizeSpatial(withChannel, inputs.shape.slice(2), mode === 'nearest' ? mode : 'linear')
}

/** The tokens of images in order, after the one that begins sequences: `[N, 1 + L]`; and the size of the map. */
async function sequences(
  inputs: Floats,
  { numEmbeddings, indexQuantize }: TokenCoder,
  ordering: Ordering,
): Promise<{ tokens: Floats; size: readonly number[] }> {
  const map = await indexQuantize(inputs)
  const [samples, ...size] = map.shape
  const length = sizeOf(size)
  const order = checkedOrder(ordering.getSequenceOrdering(), size)
  const data = new Float32Array(samples * (length + 1))
  for (let n = 0; n < samples; n++) {
    data[n * (length + 1)] = numEmbeddings
    order.forEach((element, i) => (data[n * (length + 1) + i + 1] = map.data[n * length + element]))
  }
  return { tokens: { dtype: 'float32', shape: [samples, length + 1], data }, size }
}

/** Sequences `[N, L]` back in the places of the map. */
function asMap({ shape: [samples], data }: Floats, size: readonly number[], ordering: Ordering): Floats {
  const order = checkedOrder(ordering.getRevertSequenceOrdering(), size)
  const map = new Float32Array(data.length)
  for (let n = 0; n < samples; n++)
    order.forEach((place, element) => (map[n * order.length + element] = data[n * order.length + place]))
  return { dtype: 'float32', shape: [samples, ...size], data: map }
}

function checkedOrder(order: readonly number[], size: readonly number[]): readonly number[] {
  if (order.length === sizeOf(size)) return order
  throw new ShapeError(
    name,
    `the ordering has ${order.length} places, the map ${shown(size)}; make one with these dimensions`,
  )
}

function columns({ shape: [samples, length], data }: Floats, start: number, count: number): Floats {
  const out = new Float32Array(samples * count)
  for (let n = 0; n < samples; n++) out.set(data.subarray(n * length + start, n * length + start + count), n * count)
  return { dtype: 'float32', shape: [samples, count], data: out }
}

function rowOf({ shape: [, length, tokens], data }: Floats, sample: number, place: number): Float32Array {
  return data.subarray((sample * length + place) * tokens, (sample * length + place + 1) * tokens)
}

/** Softmax, of the `topK` highest scores. */
function chancesOf(scores: Float32Array, temperature = 1, topK: number | null = null): Float32Array {
  const least = topK !== null && topK < scores.length ? scores.toSorted()[scores.length - topK] : -Infinity
  const most = scores.reduce((a, b) => Math.max(a, b), -Infinity)
  const powers = scores.map((score) => (score < least ? 0 : Math.exp((score - most) / temperature)))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => power / sum)
}

/** Where the part of a sequence begins that is trained on. */
function partOf(length: number, most: number, generator: TorchGenerator | undefined): number {
  if (generator) return generator.randint(0, length + 1 - most, 1)[0]
  throw new OptionError(
    name,
    `sequences have ${length} tokens, the transformer takes ${most}; give a generator to draw which part`,
  )
}

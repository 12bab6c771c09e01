import { ShapeError, shown } from '../../core/errors.ts'
import { floats } from '../../core/tensor.ts'
import { constant, type Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { cos, sin } from '../../graph/waves.ts'
import { oneImage, type NetworkInput } from '../inputs.ts'
import { sequential } from '../layer.ts'
import { silu } from './generative.ts'
import { embeddingTable } from './embedding.ts'
import { linear } from './linear.ts'

/** What diffusion networks are told beside the image and the time. */
export interface DiffusionConditions {
  /** Tokens `[N, tokens, features]` that attention looks at, or nothing. */
  readonly context: readonly Value[]
  /** Class numbers `[N]`. */
  readonly classLabels?: Value
  /** MAISI's, as many as the network takes. */
  readonly vectors: readonly Value[]
  /** The inputs that follow. */
  readonly rest: readonly Value[]
}

/** Which of MAISI's vectors a network takes beside the time; none unless given. */
export interface PlaceOptions {
  readonly includeTopRegionIndexInput?: boolean
  readonly includeBottomRegionIndexInput?: boolean
  readonly includeSpacingInput?: boolean
}

interface Place {
  readonly layer: 'top_region_index_layer' | 'bottom_region_index_layer' | 'spacing_layer'
  /** What MONAI's forward calls it. */
  readonly input: string
  readonly what: string
  readonly length: number
}

/** The vectors that a network takes, in order. */
function placesOf(options: PlaceOptions): readonly Place[] {
  const all: readonly (Place | false | undefined)[] = [
    options.includeTopRegionIndexInput && {
      layer: 'top_region_index_layer',
      input: 'top_region_index_tensor',
      what: 'top region',
      length: 4,
    },
    options.includeBottomRegionIndexInput && {
      layer: 'bottom_region_index_layer',
      input: 'bottom_region_index_tensor',
      what: 'bottom region',
      length: 4,
    },
    options.includeSpacingInput && { layer: 'spacing_layer', input: 'spacing_tensor', what: 'spacing', length: 3 },
  ]
  return all.filter((place) => place !== undefined && place !== false)
}

/** The features of a network's time: four times the width, and as many for each vector that joins it. */
export function timeFeatures(width: number, options: PlaceOptions): number {
  return 4 * width * (1 + placesOf(options).length)
}

/** What networks take that look at a context. */
export function contextInput(features: number): NetworkInput {
  return {
    name: 'context',
    about: `a context [N, tokens, ${features}]`,
    presence: 'usual',
    shape: ([n]) => [n, 1, features],
  }
}

/** A label map beside an image, one channel a class. */
export function labelInput(labelNc: number): NetworkInput {
  return {
    name: 'seg',
    about: `labels [N, ${labelNc}, ...]`,
    shape: ([n, , ...spatial]) => [n, labelNc, ...spatial],
  }
}

/** What diffusion networks take: an image, times, what else is `beside` those, and as far as options ask for them, conditions. */
export function diffusionInputs(
  takes: PlaceOptions & { readonly crossAttentionDim: number | null; readonly numClassEmbeds: number | null },
  beside: readonly NetworkInput[] = [],
): readonly NetworkInput[] {
  const perSample = ([n]: readonly number[]) => [n]
  return [
    ...oneImage,
    { name: 'timesteps', about: 'times [N]', dtype: 'int32', shape: perSample },
    ...beside,
    ...(takes.crossAttentionDim === null ? [] : [contextInput(takes.crossAttentionDim)]),
    ...(takes.numClassEmbeds === null
      ? []
      : [{ name: 'class_labels', about: 'class numbers [N]', dtype: 'int32', shape: perSample } as const]),
    ...placesOf(takes).map(({ input: name, what, length }) => ({
      name,
      about: `${what} [N, ${length}]`,
      shape: ([n]: readonly number[]) => [n, length],
    })),
  ]
}

/** Tells the inputs after image and time apart: context, class numbers and MAISI's vectors, of networks that take them. */
export function conditionsOf(
  where: string,
  inputs: readonly Value[],
  takes: PlaceOptions & { readonly withConditioning: boolean; readonly numClassEmbeds: number | null },
): DiffusionConditions {
  const given = [...inputs]
  const context = takes.withConditioning && given[0]?.shape.length === 3 ? given.splice(0, 1) : []
  const classLabels = takes.numClassEmbeds === null ? undefined : given.shift()
  if (takes.numClassEmbeds !== null && classLabels?.shape.length !== 1)
    throw new ShapeError(
      where,
      `got no class numbers [N], but was made for ${takes.numClassEmbeds} classes; give them after ${takes.withConditioning ? 'the context' : 'the times'}`,
    )
  const isVector = ({ shape }: Value) => shape.length === 2
  const vectors = given.filter(isVector)
  const wanted = placesOf(takes)
  const fits = wanted.every(({ length }, i) => vectors[i]?.shape[1] === length)
  if (!fits || vectors.length > wanted.length)
    throw new ShapeError(
      where,
      `got ${vectors.length} vectors of shapes ${vectors.map(({ shape }) => shown(shape)).join(', ') || 'none'}; give ${wanted.map(({ what, length }) => `${what} [N, ${length}]`).join(', ') || 'none'}`,
    )
  return { context, classLabels, vectors, rest: given.filter((value) => !isVector(value)) }
}

/** The layers that times, classes and MAISI's vectors go through; class numbers have a table. */
export function conditionLayers(width: number, options: PlaceOptions & { readonly numClassEmbeds: number | null }) {
  const { numClassEmbeds } = options
  const features = 4 * width
  const embedding = (from: number) => sequential([linear(from, features), silu, linear(features, features)])
  const places = placesOf(options)
  const placed = (layer: Place['layer']) => {
    const place = places.find((place) => place.layer === layer)
    return place && embedding(place.length)
  }
  return {
    time_embed: embedding(width),
    class_embedding: numClassEmbeds === null ? undefined : embeddingTable(numClassEmbeds, features),
    top_region_index_layer: placed('top_region_index_layer'),
    bottom_region_index_layer: placed('bottom_region_index_layer'),
    spacing_layer: placed('spacing_layer'),
  }
}

/** The layers of `conditionLayers`, ready to use. */
type Embeddings = {
  readonly [K in keyof ReturnType<typeof conditionLayers>]?: (x: Value) => Value
} & { readonly time_embed: (x: Value) => Value }

/** The times `[N]` of samples, and what joins them, as features. */
export function embeddedConditions(
  own: Embeddings,
  width: number,
  samples: number,
  times: Value,
  { classLabels, vectors }: DiffusionConditions,
): Value {
  const time = own.time_embed(timeWaves(times, samples, width))
  const classed = own.class_embedding && classLabels ? m.add(time, own.class_embedding(classLabels)) : time
  const layers = [own.top_region_index_layer, own.bottom_region_index_layer, own.spacing_layer]
  const placed = layers.filter((layer) => layer !== undefined).map((layer, i) => layer(vectors[i]))
  return placed.length > 0 ? m.concat([classed, ...placed], 1) : classed
}

/** Times `[N]` as cosines and sines of falling frequencies, `[N, width]` (Ho et al. 2020). */
function timeWaves(times: Value, samples: number, width: number): Value {
  const half = Math.floor(width / 2)
  const frequencies = Array.from({ length: half }, (_, i) => Math.exp((-Math.log(10000) * i) / half))
  const angles = m.mul(m.reshape(m.cast(times, 'float32'), [samples, 1]), constant(floats([1, half], frequencies)))
  const waves = m.concat([cos(angles), sin(angles)], 1)
  return width % 2 === 1 ? m.pad(waves, [0, 0, 0, 1]) : waves
}

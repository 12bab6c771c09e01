import { ShapeError, shown } from '../../core/errors.ts'
import { floats } from '../../core/tensor.ts'
import { constant, type Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { cos, sin } from '../../graph/waves.ts'
import { sequential, type Layer } from '../layer.ts'
import { silu } from './generative.ts'
import { embeddingTable } from './embedding.ts'
import { linear } from './linear.ts'

/** What diffusion networks are told beside the image and the time. */
export interface DiffusionConditions {
  /** Tokens `[N, tokens, features]` that attention looks at, or nothing. */
  readonly context: readonly Value[]
  /** Class numbers `[N]`. */
  readonly classLabels?: Value
  /** The inputs that follow. */
  readonly rest: readonly Value[]
}

/** Tells the inputs after image and time apart: the context, then the class numbers, of networks that take them. */
export function conditionsOf(
  where: string,
  inputs: readonly Value[],
  takes: { readonly withConditioning: boolean; readonly numClassEmbeds: number | null },
): DiffusionConditions {
  const rest = [...inputs]
  const context = takes.withConditioning && rest[0]?.shape.length === 3 ? rest.splice(0, 1) : []
  if (takes.numClassEmbeds === null) return { context, rest }
  const classLabels = rest.shift()
  if (classLabels?.shape.length !== 1)
    throw new ShapeError(
      where,
      `got no class numbers [N], but was made for ${takes.numClassEmbeds} classes; give them after ${takes.withConditioning ? 'the context' : 'the times'}`,
    )
  return { context, classLabels, rest }
}

/** The two layers that times go through, and the table of classes (MONAI `time_embed`, `class_embedding`). */
export function timeEmbedding(
  width: number,
  numClassEmbeds: number | null,
): { readonly time_embed: Layer; readonly class_embedding: Layer | undefined } {
  const features = 4 * width
  return {
    time_embed: sequential([linear(width, features), silu, linear(features, features)]),
    class_embedding: numClassEmbeds === null ? undefined : embeddingTable(numClassEmbeds, features),
  }
}

/** Times `[N]` as cosines and sines of falling frequencies, `[N, width]` (Ho et al. 2020). */
export function timeWaves(where: string, times: Value | undefined, samples: number, width: number): Value {
  if (times?.shape.length !== 1 || times.shape[0] !== samples)
    throw new ShapeError(
      where,
      `times have shape ${shown(times?.shape ?? null)}; give one for each sample, [${samples}], as second input`,
    )
  const half = Math.floor(width / 2)
  const frequencies = Array.from({ length: half }, (_, i) => Math.exp((-Math.log(10000) * i) / half))
  const angles = m.mul(m.reshape(m.cast(times, 'float32'), [samples, 1]), constant(floats([1, half], frequencies)))
  const waves = m.concat([cos(angles), sin(angles)], 1)
  return width % 2 === 1 ? m.pad(waves, [0, 0, 0, 1]) : waves
}

import { z } from 'zod'
import { isRecord } from '../core/json.ts'
import { Kind, anything, bool, fromConfigNames, parseOptions, text } from '../core/options.ts'
import type { Sampling } from '../core/plan.ts'
import { dtypeKind } from './shared.ts'
import { samplingMode } from './spatial/options.ts'

/** What replaces the sampling of lazy transforms where their joined plans are carried out. */
export interface LazySampling extends Partial<Sampling> {
  /** Moves of whole voxels copy them when `auto`; else they are resampled as everything is. */
  readonly resampleMode?: string
}

/** By key of the sample; that of images that stand alone is under `alone`. */
export type Overrides = Readonly<Record<string, LazySampling>>

export const alone = ''

const schema = {
  mode: samplingMode.opt('Interpolation.', 'bilinear'),
  paddingMode: text.opt('What lies outside.', 'border'),
  alignCorners: bool.opt('Treat voxels as points.', false),
  dtype: dtypeKind.nullable().opt('Type to compute in.', 'float64'),
  resampleMode: text.opt('"auto" copies whole voxels where nothing else is needed.', 'auto'),
  device: anything.opt('Kept for configs of MONAI; no effect.', null),
}
const where = 'Compose.overrides'

function samplingFrom(given: Readonly<Record<string, unknown>>): LazySampling {
  const named = fromConfigNames(where, schema, given)
  const parsed = parseOptions(where, schema, named)
  const {
    device: _,
    dtype,
    ...sampling
  } = Object.fromEntries(Object.entries(parsed).filter(([key]) => key in named)) as Partial<typeof parsed>
  return { ...sampling, ...(dtype !== undefined && { dtype: dtype === 'float64' ? dtype : 'float32' }) }
}

function overridesFrom(given: Readonly<Record<string, unknown>>): Overrides {
  const keys = Object.entries(given)
  if (!keys.every(([, value]) => isRecord(value))) return { [alone]: samplingFrom(given) }
  return Object.fromEntries(keys.map(([key, value]) => [key, samplingFrom(value as Readonly<Record<string, unknown>>)])) // just checked
}

/** Sampling by key of the sample, or that of all images; names as in code or as in configs. */
export const overridesKind: Kind<Overrides> = new Kind(
  'an object of sampling options, or one by key',
  () => z.record(z.string(), z.unknown()).transform(overridesFrom) as unknown as z.ZodType<Overrides>,
)

import { z } from 'zod'
import { OptionError } from '../../core/errors.ts'
import { gridOf } from '../../core/image.ts'
import { Kind, bool } from '../../core/options.ts'
import { imageAt, keysKind, type Sample } from '../sample.ts'

/** What was done to boxes, kept in the sample under `<key>_transforms` as MONAI does: they have no history of their own. */
export interface BoxRecord {
  readonly name: string
  /** Null when it was drawn to do nothing. */
  readonly options: Readonly<Record<string, unknown>> | null
  /** Size of the image before. */
  readonly size?: readonly number[]
}

const traceOf = (key: string) => `${key}_transforms`

/** The sample with a record for the boxes under `key`. */
export function traced(sample: Sample, key: string, record: BoxRecord): Sample {
  const before = (sample[traceOf(key)] ?? []) as readonly BoxRecord[] // written here alone
  return { ...sample, [traceOf(key)]: [...before, record] }
}

/** The newest record of boxes, and the sample without it. */
export function untraced(sample: Sample, key: string, name: string): readonly [BoxRecord, Sample] {
  const records = (sample[traceOf(key)] ?? []) as readonly BoxRecord[] // written here alone
  const record = records.at(-1)
  if (record?.name !== name)
    throw new OptionError(
      `${name}.inverse`,
      `the newest transform of "${key}" is ${record?.name ?? 'none'}; invert transforms in reverse order`,
    )
  return [record, { ...sample, [traceOf(key)]: records.slice(0, -1) }]
}

/** Options that name the entries of a sample. */
export const boxKeyOptions = {
  boxKeys: keysKind.req('Keys of the boxes.'),
  allowMissingKeys: bool.opt('Skip keys that the sample does not have.', false),
}

const single = new Kind<string>(
  'one key',
  () => z.union([z.string(), z.tuple([z.string()]).transform(([key]) => key)]) as unknown as z.ZodType<string>,
)

/** An option for exactly one key. */
export const oneKey = (doc: string) => single.req(doc)

/** An option for the images that boxes are in. */
export const refKeys = keysKind.req('Key of the image that the boxes are in, or one for each key of boxes.')

/** The image that the i-th boxes are in. */
export function refKeyAt(name: string, keys: readonly string[], i: number, count: number): string {
  if (keys.length !== 1 && keys.length !== count)
    throw new OptionError(
      `${name}.boxRefImageKeys`,
      `has ${keys.length} keys for ${count} of boxes; give one, or as many`,
    )
  return keys.length === 1 ? keys[0] : keys[i]
}

/** The size of the image under a key. */
export function sizeAt(name: string, sample: Sample, key: string): readonly number[] {
  return gridOf(imageAt(name, sample, key)).shape
}

/** As many further keys as there are of boxes. */
export function checkAsMany(
  name: string,
  boxKeys: readonly string[],
  lists: Readonly<Record<string, readonly string[]>>,
) {
  for (const [option, keys] of Object.entries(lists))
    if (keys.length !== boxKeys.length)
      throw new OptionError(`${name}.${option}`, `has ${keys.length} keys for ${boxKeys.length} of boxes; give as many`)
}

import { z } from 'zod'
import { allocate, commonType } from '../../core/dtype.ts'
import { DataError, OptionError, ShapeError, shown } from '../../core/errors.ts'
import { isImage, withVoxels, type Image } from '../../core/image.ts'
import { Kind, bool, count, int, parseOptions, text, type Values } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { axisIndex, sizeOf } from '../../core/tensor.ts'
import { settle } from '../define.ts'
import { imageAt, keysKind, present, refuseTaken, sampleOnly, type Sample } from '../sample.ts'
import { cast } from '../shared.ts'
import { SplitDim } from './axes.ts'

/** Further entries with the same values (MONAI `CopyItemsd`); values are never changed in place, so they are shared. */
export const CopyItemsd = sampleOnly({
  name: 'CopyItemsd',
  options: {
    times: count.opt('How many copies of each.', 1),
    names: keysKind.opt(
      'Keys of the copies: all first ones, all second ones, ...; `key_0`, `key_1`, ... when null.',
      null,
    ),
  },
  apply(sample, { keys, allowMissingKeys, times, names }) {
    // MONAI lists names it makes up key by key but reads them copy by copy.
    const wanted = names ?? keys.flatMap((key) => Array.from({ length: times }, (_, i) => `${key}_${i}`))
    if (wanted.length !== keys.length * times)
      throw new OptionError(
        'CopyItemsd.names',
        `has ${wanted.length} names for ${times} copies of ${keys.length} keys; give ${keys.length * times}`,
      )
    const out: Record<string, unknown> = { ...sample }
    for (let i = 0; i < times; i++)
      for (const [key, index] of present('CopyItemsd', sample, keys, allowMissingKeys)) {
        const name = wanted[i * keys.length + index]
        refuseTaken('CopyItemsd', out, name)
        out[name] = sample[key]
      }
    return out
  },
})

/** Only the named entries (MONAI `SelectItemsd`). */
export const SelectItemsd = sampleOnly({
  name: 'SelectItemsd',
  options: {},
  apply: (sample, { keys, allowMissingKeys }) =>
    Object.fromEntries(present('SelectItemsd', sample, keys, allowMissingKeys).map(([key]) => [key, sample[key]])),
})

/** Images put together along an axis, as one more entry, in a type that holds them all (MONAI `ConcatItemsd`). */
export const ConcatItemsd = sampleOnly({
  name: 'ConcatItemsd',
  options: {
    name: text.req('Key of the result.'),
    dim: int.opt('Axis to join along; 0 is the channel.', 0),
  },
  apply(sample, { keys, allowMissingKeys, name, dim }) {
    const images = present('ConcatItemsd', sample, keys, allowMissingKeys).map(([key]) =>
      settle(imageAt('ConcatItemsd', sample, key)),
    )
    if (images.length === 0) return sample
    const dtype = images.map((img) => img.dtype).reduce(commonType)
    return { ...sample, [name]: joined('ConcatItemsd', images.map((img) => cast(img, dtype)), dim) } // prettier-ignore
  },
})

/** Images of one element type put together along an axis; place and history are those of the first. */
export function joined(where: string, images: readonly Image[], dim: number): Image {
  const [first] = images
  const axis = axisIndex(dim, first.shape.length, `${where}.dim`)
  const odd = images.find(
    (img) => img.dtype !== first.dtype || img.shape.with(axis, 0).join() !== first.shape.with(axis, 0).join(),
  )
  if (odd)
    throw new ShapeError(
      where,
      `${odd.dtype} [${odd.shape.join(', ')}] does not join ${first.dtype} [${first.shape.join(', ')}] along axis ${axis}; give images of one type that differ in that axis only`,
    )
  const total = images.reduce((sum, img) => sum + img.shape[axis], 0)
  const inner = sizeOf(first.shape.slice(axis + 1))
  const outer = sizeOf(first.shape.slice(0, axis))
  const data = allocate(first.dtype, outer * total * inner)
  let at = 0
  for (const img of images) {
    const block = img.shape[axis] * inner
    for (let o = 0; o < outer; o++)
      data.set(img.data.subarray(o * block, (o + 1) * block) as never, o * total * inner + at) // of one element type
    at += block
  }
  return withVoxels(first, { shape: first.shape.with(axis, total), data })
}

const flags = new Kind<boolean | readonly boolean[]>('true, false, or a list with one per key', () =>
  z.union([z.boolean(), z.array(z.boolean()).readonly()]),
)

/** Entries taken out, by name, by path (`image_meta.affine`) or by regular expression (MONAI `DeleteItemsd`). */
export const DeleteItemsd = sampleOnly({
  name: 'DeleteItemsd',
  options: {
    sep: text.opt('Separates the names of a path into nested entries.', '.'),
    useRe: flags.opt('Whether the last name of a path is a regular expression.', false),
  },
  apply: (sample, { keys, sep, useRe }) =>
    keys.reduce<Sample>((rest, key, i) => {
      const pattern = typeof useRe === 'boolean' ? useRe : (useRe[i] ?? false)
      return withoutEntries(rest, sep === '' ? [key] : key.split(sep), pattern, ['DeleteItemsd', 'keys'])
    }, sample),
})

/** Entries without the ones at a path, whose last name may be a regular expression; `asked` is the option it is from. */
export function withoutEntries(
  entries: Sample,
  [name, ...deeper]: readonly string[],
  pattern: boolean,
  asked: readonly [transform: string, option: string],
): Sample {
  const [transform, option] = asked
  if (deeper.length > 0) {
    const inside = entries[name]
    if (!isEntries(inside))
      throw new DataError(
        transform,
        `"${name}" holds ${shown(inside)}, which has no "${deeper.join('.')}"; fix ${option}`,
      )
    return { ...entries, [name]: withoutEntries(inside, deeper, pattern, asked) }
  }
  const matches = pattern ? expression(name, `${transform}.${option}`) : null
  return Object.fromEntries(Object.entries(entries).filter(([key]) => (matches ? !matches.test(key) : key !== name)))
}

function expression(source: string, where: string): RegExp {
  try {
    return new RegExp(source)
  } catch {
    throw new OptionError(where, `${shown(source)} is no regular expression; fix it, or give names as they are`)
  }
}

function isEntries(value: unknown): value is Sample {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

/** Entries of entries moved to the top (MONAI `FlattenSubKeysd`). */
export const FlattenSubKeysd = sampleOnly({
  name: 'FlattenSubKeysd',
  options: {
    subKeys: keysKind.opt('Which ones to move; all when null.', null),
    deleteKeys: bool.opt('Take out what they were in.', true),
    prefix: text.opt('Put before their names, with an underscore.', null),
  },
  apply(sample, { keys, allowMissingKeys, subKeys, deleteKeys, prefix }) {
    let out: Sample = sample
    for (const [key] of present('FlattenSubKeysd', sample, keys, allowMissingKeys)) {
      const inside = out[key]
      if (!isEntries(inside) || isImage(inside))
        throw new DataError('FlattenSubKeysd', `"${key}" holds ${shown(inside)} instead of entries; fix keys`)
      const moved = present(`FlattenSubKeysd.${key}`, inside, subKeys ?? Object.keys(inside), false).map(([name]) => {
        const target = prefix ? `${prefix}_${name}` : name
        refuseTaken('FlattenSubKeysd', out, target)
        return [target, inside[name]] as const
      })
      out = { ...out, ...Object.fromEntries(moved) }
      if (deleteKeys) out = Object.fromEntries(Object.entries(out).filter(([name]) => name !== key))
    }
    return out
  },
})

const splitOptions = {
  keys: keysKind.req('Keys of the images to split.'),
  outputPostfixes: keysKind.opt('Ends of the new keys; 0, 1, ... when null.', null),
  dim: int.opt('Axis to split along; 0 is the channel.', 0),
  keepdim: SplitDim.schema.keepdim,
  updateMeta: SplitDim.schema.updateMeta,
  listOutput: bool.opt('Give a list of samples instead of further keys.', false),
  allowMissingKeys: bool.opt('Skip keys that the sample does not have.', false),
}

/** One entry (`key_0`, `key_1`, ...) or one sample for each position along an axis (MONAI `SplitDimd`). */
export const SplitDimd: Component &
  ((given: Readonly<Record<string, unknown>>) => (sample: Sample) => Sample | readonly Sample[]) = Object.assign(
  (given: Readonly<Record<string, unknown>>) => {
    const options = parseOptions('SplitDimd', splitOptions, given)
    const { keys, allowMissingKeys, dim, keepdim, updateMeta } = options
    const splitter = SplitDim({ dim, keepdim, updateMeta })
    const split = (sample: Sample) => {
      const parts = present('SplitDimd', sample, keys, allowMissingKeys).map(
        ([key]) => [key, splitter(imageAt('SplitDimd', sample, key))] as const,
      )
      if (parts.length === 0) return sample
      return options.listOutput ? asSamples(sample, parts) : asEntries(sample, parts, options)
    }
    return Object.assign(split, { transformName: 'SplitDimd', options, schema: splitOptions })
  },
  { componentName: 'SplitDimd', schema: splitOptions },
)

type Parts = readonly (readonly [key: string, images: readonly Image[]])[]

function asSamples(sample: Sample, parts: Parts): Sample[] {
  const fewest = Math.min(...parts.map(([, images]) => images.length))
  return Array.from({ length: fewest }, (_, i) => ({
    ...sample,
    ...Object.fromEntries(parts.map(([key, images]) => [key, images[i]])),
  }))
}

function asEntries(sample: Sample, parts: Parts, { outputPostfixes }: Values<typeof splitOptions>): Sample {
  const out: Record<string, unknown> = { ...sample }
  for (const [key, images] of parts) {
    if (outputPostfixes && outputPostfixes.length !== images.length)
      throw new OptionError(
        'SplitDimd.outputPostfixes',
        `has ${outputPostfixes.length} ends for the ${images.length} parts of "${key}"; give ${images.length}`,
      )
    images.forEach((img, i) => {
      const name = `${key}_${outputPostfixes?.[i] ?? i}`
      refuseTaken('SplitDimd', out, name)
      out[name] = img
    })
  }
  return out
}

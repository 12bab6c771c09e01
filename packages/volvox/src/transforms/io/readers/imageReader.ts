import { z } from 'zod'
import { OptionError, ShapeError, shown } from '../../../core/errors.ts'
import { bool, Kind, parseOptions, type Given, type Option, type Schema, type Values } from '../../../core/options.ts'
import type { Component } from '../../../core/registry.ts'
import type { Files } from '../../../core/files.ts'
import type { ReadOptions, Volume } from '../../../formats/index.ts'

/** What one of MONAI's readers makes of a file: how it is to be read, and how its axes and metadata are to be. */
export interface ImageReader {
  readonly readerName: string
  /** Names of the formats that it reads; others are left to the reader that MONAI takes for them. */
  readonly formats: readonly string[]
  readonly reading: ReadOptions
  /** Reads a file that is not read whole; without it, the file's format does. */
  open?(path: string, files: Files): Volume
  arrange(volume: Volume): Volume
}

export type ReaderComponent<S extends Schema> = ((given?: Given<S>) => ImageReader) & Component

export function isImageReader(value: unknown): value is ImageReader {
  return typeof value === 'object' && value !== null && 'readerName' in value && 'arrange' in value
}

/** A reader as a component that configs can name. */
export function imageReader<S extends Schema>(
  name: string,
  formats: readonly string[],
  schema: S,
  make: (options: Values<S>) => Pick<ImageReader, 'reading' | 'open' | 'arrange'>,
): ReaderComponent<S> {
  const reader = (given = {} as Given<S>): ImageReader => ({
    readerName: name,
    formats,
    ...make(parseOptions(name, schema, given)),
  })
  return Object.assign(reader, { componentName: name, schema })
}

/** The place of the channel axis, or that there is none. */
export type ChannelDim = number | 'no_channel'
export const channelDimKind: Kind<ChannelDim> = new Kind('the number of an axis, or "no_channel"', () =>
  z.union([z.int(), z.literal('no_channel')]),
)

/** Options that several readers have. */
export const channelDim: Option<ChannelDim | null> = channelDimKind
  .nullable()
  .opt('Axis of the channels; null where the file tells.', null)
export const lpsToRas: Option<boolean> = bool.opt(
  'Give the affine in RAS+ as all readers do; false leaves it in LPS+.',
  true,
)

/** The volume in another place. */
export function withAffine(volume: Volume, affine: readonly number[], space = 'RAS'): Volume {
  return { ...volume, affine, meta: { ...volume.meta, affine, original_affine: affine, space } }
}

/** Metadata that say which axis is the channels': `spatial_shape` has the first `most` of the others. */
export function withChannelDim(volume: Volume, channelDim: ChannelDim | null, where: string, most = 3): Volume {
  if (channelDim === null) return volume
  const { shape, meta } = volume
  const kept = channelDim === 'no_channel' ? shape : shape.toSpliced(placeOf(channelDim, shape, where), 1)
  return { ...volume, meta: { ...meta, original_channel_dim: channelDim, spatial_shape: kept.slice(0, most) } }
}

export function placeOf(channelDim: number, shape: readonly number[], where: string): number {
  const place = channelDim < 0 ? channelDim + shape.length : channelDim
  if (place >= 0 && place < shape.length) return place
  throw new ShapeError(`${where}.channelDim`, `the file has the shape ${shown(shape)}, which has no axis ${channelDim}`)
}

/** The options of `given` that are set and that `schema` has. */
export function optionsFor(schema: Schema, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([key, value]) => key in schema && value !== null))
}

/** Refuses options that are set but that none of the readers takes. */
export function refuseUntaken(
  readers: readonly Component[],
  given: Readonly<Record<string, unknown>>,
  where: string,
): void {
  const untaken = Object.entries(given).find(
    ([key, value]) => value !== null && !readers.some(({ schema }) => key in schema),
  )
  if (!untaken) return
  const names = readers.map(({ componentName }) => componentName).join(', ')
  throw new OptionError(`${where}.${untaken[0]}`, `${names} does not take it; leave it out or choose another reader`)
}

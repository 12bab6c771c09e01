import { ShapeError } from '../core/errors.ts'
import { isImage, spatialShape, type Image } from '../core/image.ts'
import { parseOptions, toConfigNames, type Given } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { SpatialPad } from '../transforms/croppad/index.ts'
import { settle } from '../transforms/define.ts'
import type { Sample } from '../transforms/sample.ts'
import { listDataCollate, type Collate } from './collate.ts'

const name = 'PadListDataCollate'
const { method, mode, value } = SpatialPad.schema
const schema = { method, mode, value }

/**
 * Pads the images under each key to the largest size along every axis, and stacks the samples (MONAI
 * `PadListDataCollate`). `PadListDataCollate.inverse` takes the padding off a sample again.
 */
export const PadListDataCollate: Component &
  ((given?: Given<typeof schema>) => Collate) & { readonly inverse: (sample: Sample) => Sample } = Object.assign(
  (given: Given<typeof schema> = {}): Collate => {
    const options = parseOptions(name, schema, given)
    const collate: Collate = (samples) => {
      const flat = samples.flat() as Sample[]
      const sizes = new Map(Object.keys(flat[0] ?? {}).map((key) => [key, largestOf(key, flat)]))
      return listDataCollate(flat.map((sample) => mapImages(sample, (img, key) => padTo(img, sizes.get(key), options))))
    }
    return Object.assign(collate, { componentName: name, options: toConfigNames(schema, options) })
  },
  { componentName: name, schema, inverse: (sample: Sample): Sample => mapImages(sample, withoutPadding) },
)

function mapImages(sample: Sample, change: (img: Image, key: string) => Image): Sample {
  return Object.fromEntries(
    Object.entries(sample).map(([key, entry]) => [key, isImage(entry) ? change(entry, key) : entry]),
  )
}

/** The largest size along each axis of the images under a key; none where they are of one size. */
function largestOf(key: string, samples: readonly Sample[]): readonly number[] | undefined {
  const shapes = samples.map((sample) => sample[key]).filter(isImage).map((img) => spatialShape(settle(img))) // prettier-ignore
  if (new Set(shapes.map((shape) => shape.join())).size < 2) return undefined
  const odd = shapes.find((shape) => shape.length !== shapes[0].length)
  if (odd)
    throw new ShapeError(
      `${name}.${key}`,
      `images of [${shapes[0].join(', ')}] and [${odd.join(', ')}] have no size in common; give images of one rank`,
    )
  return shapes[0].map((_, axis) => Math.max(...shapes.map((shape) => shape[axis])))
}

function padTo(img: Image, size: readonly number[] | undefined, options: Given<typeof schema>): Image {
  if (!size) return settle(img)
  const padded = SpatialPad({ ...options, spatialSize: size })(settle(img))
  return {
    ...padded,
    history: [...img.history, ...padded.history.slice(img.history.length).map((r) => ({ ...r, name }))],
  }
}

function withoutPadding(img: Image): Image {
  const record = img.history.at(-1)
  if (record?.name !== name || !SpatialPad.definition.invert) return img
  return SpatialPad.definition.invert({ ...img, history: img.history.slice(0, -1) }, record, { lazy: false })
}

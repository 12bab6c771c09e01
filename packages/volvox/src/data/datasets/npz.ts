import { z } from 'zod'
import { OptionError } from '../../core/errors.ts'
import { currentFiles, type Files } from '../../core/files.ts'
import { Kind, parseOptions, text, texts, type Given } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { sizeOf, type Tensor } from '../../core/tensor.ts'
import { readNpz } from '../../formats/numpy/npz.ts'
import { pipelineKind, stepsOf } from '../pipeline.ts'
import type { Dataset } from './dataset.ts'
import { itemDataset } from './items.ts'

const namesKind = new Kind<Readonly<Record<string, string>>>('an object such as { images: "image" }', () =>
  z.record(z.string(), z.string()).refine((names) => Object.keys(names).length > 0),
)

const schema = {
  npzfile: text.req('The .npz file.'),
  keys: namesKind.req('Names of arrays in the file, and what each is called in a sample.'),
  transform: pipelineKind.opt('What is done to each sample.', null),
  otherKeys: texts.opt('Arrays that are loaded beside, whole; see `otherArrays` of the data set.', []),
}

/** A data set with arrays beside its samples. */
export interface NPZDataset extends Dataset {
  readonly otherArrays: Readonly<Record<string, Tensor>>
}

/** Samples along the first axis of the arrays of an .npz file (MONAI `NPZDictItemDataset`). */
export const NPZDictItemDataset: Component & ((given: Given<typeof schema>) => NPZDataset) = Object.assign(
  (given: Given<typeof schema>) => {
    const { npzfile, keys, transform, otherKeys } = parseOptions('NPZDictItemDataset', schema, given)
    const wanted = [...new Set([...Object.keys(keys), ...otherKeys])]
    const files = currentFiles()
    const inflate: Files['inflate'] = (...given) => files.inflate(...given)
    const arrays = readNpz(files.read(npzfile), { name: npzfile, keys: wanted, inflate })
    const columns = Object.entries(keys).map(([key, name]) => ({ key, name, array: arrays[key] }))
    const [first] = columns
    const odd = columns.find(({ array }) => array.shape[0] !== first.array.shape[0])
    if (odd)
      throw new OptionError(
        'NPZDictItemDataset.keys',
        `"${first.key}" has ${first.array.shape[0]} items, "${odd.key}" ${odd.array.shape[0]}; name arrays of one length`,
      )
    const data = Array.from({ length: first.array.shape[0] }, (_, i) =>
      Object.fromEntries(columns.map(({ name, array }) => [name, itemAt(array, i)])),
    )
    return {
      ...itemDataset({ data, steps: stepsOf(transform) }),
      otherArrays: Object.fromEntries(otherKeys.map((key) => [key, arrays[key]])),
    }
  },
  { componentName: 'NPZDictItemDataset', schema },
)

/** One item along the first axis: a view, or a number where there is no further axis. */
function itemAt({ dtype, shape, data }: Tensor, i: number): Tensor | number {
  const rest = shape.slice(1)
  if (rest.length === 0) return Number(data[i])
  const size = sizeOf(rest)
  return { dtype, shape: rest, data: data.subarray(i * size, (i + 1) * size) }
}

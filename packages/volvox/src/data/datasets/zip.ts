import { OptionError } from '../../core/errors.ts'
import { isImage } from '../../core/image.ts'
import { instance, parseOptions, type Given, type Kind } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { asSamples, describeSteps, pipelineKind, runSteps, stepsOf, type PipelineStep } from '../pipeline.ts'
import type { Sample } from '../../transforms/sample.ts'
import type { Dataset } from './dataset.ts'
import { itemDataset } from './items.ts'

const sourcesKind: Kind<readonly (Dataset | readonly unknown[])[]> = instance(
  'a list of one or more data sets or lists',
  (value) => Array.isArray(value) && value.length > 0 && value.every((one) => Array.isArray(one) || isDataset(one)),
)

const schema = {
  datasets: sourcesKind.req('The data sets, or lists of items.'),
  transform: pipelineKind.opt('What is done to what they give together.', null),
}

/**
 * Several data sets side by side, as long as the shortest (MONAI `ZipDataset`): a sample holds under 0, 1, ... what each gives; samples
 * that are such tuples themselves are joined. All draw their random numbers from the same seed, so equal transforms move alike.
 */
export const ZipDataset: Component & ((given: Given<typeof schema>) => Dataset) = Object.assign(
  (given: Given<typeof schema>) => {
    const { datasets, transform } = parseOptions('ZipDataset', schema, given)
    return zipped(
      datasets.map((one) => (isDataset(one) ? one : itemDataset({ data: one, steps: [] }))),
      stepsOf(transform),
    )
  },
  { componentName: 'ZipDataset', schema },
)

/** Data sets side by side, then transforms of what they give; `withMeta` adds the metadata of the images to the tuple. */
export function zipped(datasets: readonly Dataset[], steps: readonly PipelineStep[], withMeta = false): Dataset {
  const result = (index: number, seed?: number): unknown => {
    const parts = datasets.flatMap((dataset, i) => entriesOf(dataset.get(index, seed), i))
    const metas = withMeta ? parts.filter(isImage).map(({ meta }) => meta) : []
    return runSteps(steps, { ...[...parts, ...metas] }, { seed, item: `item ${index}` })
  }
  return {
    length: Math.min(...datasets.map(({ length }) => length)),
    get: (index, seed) => asSamples(result(index, seed)),
    result,
    describe: () => ({
      kind: 'zip',
      datasets: datasets.map((one) => one.describe()),
      withMeta,
      transform: describeSteps(steps),
    }),
    async prepare(epoch) {
      const changed = await Promise.all(datasets.map((one) => one.prepare?.(epoch) ?? false))
      return changed.includes(true)
    },
    async dispose() {
      await Promise.all(datasets.map((one) => one.dispose?.()))
    },
  }
}

export function isDataset(value: unknown): value is Dataset {
  return typeof value === 'object' && value !== null && 'get' in value && 'length' in value && 'describe' in value
}

/** The values of a tuple; a sample with names of its own is one value. */
function entriesOf(sample: Sample | readonly Sample[], i: number): unknown[] {
  if (Array.isArray(sample))
    throw new OptionError(
      `ZipDataset.datasets[${i}]`,
      `gives ${sample.length} samples of one item; crop several samples after zipping`,
    )
  const keys = Object.keys(sample)
  return keys.every((key, place) => key === String(place)) ? Object.values(sample) : [sample]
}

import { DataError, OptionError } from '../core/errors.ts'
import { anything, bool, count, instance, int, parseOptions, text, type Given } from '../core/options.ts'
import type { Image } from '../core/image.ts'
import type { Component } from '../core/registry.ts'
import { sizeOf, type Tensor } from '../core/tensor.ts'
import { Invertd } from '../transforms/post/index.ts'
import type { Sample } from '../transforms/sample.ts'
import { decollateBatch, listDataCollate, tensorOf } from './collate.ts'
import { Dataset } from './datasets/items.ts'
import { DataLoader } from './loader.ts'
import { PadListDataCollate } from './padListDataCollate.ts'
import { stepsOf, type PipelineStep } from './pipeline.ts'
import { workerOptions } from './workers.ts'

const name = 'TestTimeAugmentation'
/** Under which predictions are in a batch. */
const predKey = 'pred'

type Inferrer = (batch: Tensor) => Tensor | Promise<Tensor>
const inferrer = instance<Inferrer>('a function of a batch', (value) => typeof value === 'function')
const change = instance<(img: Image) => Image>('a function of an image', (value) => typeof value === 'function')
const { transform, nearestInterp } = Invertd.schema

const schema = {
  transform,
  batchSize: count.req('Realisations that are inferred at once.'),
  ...workerOptions,
  inferrerFn: inferrer.opt('What runs the network on a batch [N, C, ...spatial]; gives it back unless set.', null),
  imageKey: text.opt('Key of the image that the network sees.', 'image'),
  origKey: text.opt('Key of the image whose transforms are undone for the predictions.', 'label'),
  nearestInterp,
  postFunc: change.opt('Applied to each prediction after it was brought back.', null),
  returnFullData: bool.opt('Give all predictions beside the statistics.', false),
  seed: int.opt('Seed of the random transforms: the same one gives the same realisations.', 0),
  device: anything.opt('Kept for configs of MONAI; no effect.', null),
  outputDevice: anything.opt('Kept for configs of MONAI; no effect.', null),
  toTensor: anything.opt('Kept for configs of MONAI; there is one kind of array here.', true),
  origMetaKeys: anything.opt('Kept for configs of MONAI; images hold their metadata.', null),
  metaKeyPostfix: anything.opt('Kept for configs of MONAI; images hold their metadata.', 'meta_dict'),
  progress: anything.opt('Kept for configs of MONAI; no effect.', true),
}

/** What came out for each voxel, over all realisations, and of how sure the network is of the whole. */
export interface TestTimeStatistics {
  /** The most frequent value of each voxel, its fraction cut off; the least of several. */
  readonly mode: Tensor
  readonly mean: Tensor
  /** Standard deviation of each voxel (of a sample: N - 1). */
  readonly std: Tensor
  /** Volume variation coefficient: deviation over mean of all values together (Wang et al., Neurocomputing 2019). */
  readonly vvc: number
}

/** With `returnFullData`, `full` has all predictions [N, C, ...spatial]; else it is null. */
export type TestTimeResult = TestTimeStatistics & { readonly full: Tensor | null }

/** Runs a network on a sample in random variants, 10 unless told otherwise. */
export type TestTimeAugmenter = (sample: Sample, numExamples?: number) => Promise<TestTimeResult>

/**
 * Runs a network on random variants of one sample, brings the predictions back to where the sample was, and tells what they have in
 * common (MONAI `TestTimeAugmentation`). A `label` takes the transforms beside the image unless `origKey` is the image itself.
 */
export const TestTimeAugmentation: Component & ((given: Given<typeof schema>) => TestTimeAugmenter) = Object.assign(
  (given: Given<typeof schema>): TestTimeAugmenter => {
    const options = parseOptions(name, schema, given)
    const { transform, batchSize, imageKey, origKey, nearestInterp, postFunc, inferrerFn } = options
    const invert = Invertd({ keys: predKey, transform, origKeys: origKey, nearestInterp, postFunc })
    return async (sample, numExamples = 10) => {
      if (!Number.isInteger(numExamples) || numExamples < 1 || numExamples % batchSize !== 0)
        throw new OptionError(
          `${name}.numExamples`,
          `${numExamples} is no multiple of batchSize ${batchSize}; give one`,
        )
      const dataset = Dataset({
        data: Array.from({ length: numExamples }, () => sample),
        transform: stepsOf(transform as PipelineStep),
      })
      const { workers, numWorkers, seed } = options
      const loader = DataLoader({ dataset, batchSize, workers, numWorkers, seed, collate: PadListDataCollate() })
      const restored: Sample[] = []
      try {
        for await (const batch of loader) {
          const input = tensorOf(batch, imageKey)
          const { places } = tensorOf(batch, origKey)
          const { dtype, shape, data } = inferrerFn ? await inferrerFn(input) : input
          if (shape[0] !== batchSize)
            throw new DataError(
              name,
              `the network gave [${shape.join(', ')}] for ${batchSize} images; it must give one each`,
            )
          const predicted = { ...batch, [predKey]: { dtype, shape, data, places } }
          for (const one of decollateBatch(predicted)) {
            const inverted = invert(PadListDataCollate.inverse(one)) as Sample
            restored.push({ [predKey]: inverted[predKey] })
          }
        }
      } finally {
        await loader.dispose()
      }
      const full = tensorOf(listDataCollate(restored), predKey)
      return { ...testTimeStatistics(full), full: options.returnFullData ? full : null }
    }
  },
  { componentName: name, schema },
)

/** Statistics over the first axis of predictions [N, ...]. */
export function testTimeStatistics({ shape, data }: Tensor): TestTimeStatistics {
  const [n, ...rest] = shape
  const size = sizeOf(rest)
  const mode = new Float32Array(size)
  const mean = new Float32Array(size)
  const std = new Float32Array(size)
  const values = new Float64Array(n)
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < n; k++) values[k] = Number(data[k * size + i])
    const [centre, deviation] = meanAndDeviation(values)
    mean[i] = centre
    std[i] = deviation
    mode[i] = mostFrequent(values.map(Math.trunc).sort())
  }
  const [centre, deviation] = meanAndDeviation(Float64Array.from(data as ArrayLike<number | bigint>, Number))
  return {
    mode: { dtype: 'float32', shape: rest, data: mode },
    mean: { dtype: 'float32', shape: rest, data: mean },
    std: { dtype: 'float32', shape: rest, data: std },
    vvc: deviation / centre,
  }
}

function meanAndDeviation(values: Float64Array): [mean: number, deviation: number] {
  let sum = 0
  for (const x of values) sum += x
  const mean = sum / values.length
  let squares = 0
  for (const x of values) squares += (x - mean) ** 2
  return [mean, Math.sqrt(squares / (values.length - 1))]
}

/** Of ascending values the one that comes most often, the first of several. */
function mostFrequent(sorted: Float64Array): number {
  let [best, most, run] = [sorted[0], 0, 0]
  sorted.forEach((x, i) => {
    run = i > 0 && x === sorted[i - 1] ? run + 1 : 1
    if (run > most) [best, most] = [x, run]
  })
  return best
}

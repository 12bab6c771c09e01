import { buildSteps, type TransformConfig } from '../pipeline.ts'
import type { Sample } from '../../transforms/sample.ts'
import type { BatchJob } from '../jobs.ts'
import type { Dataset, DatasetDescription, SampleStream } from './dataset.ts'
import { itemDataset } from './items.ts'
import { streamOf } from './stream.ts'
import { zipped } from './zip.ts'

type Create = (config: TransformConfig, where: string) => unknown

/** Rebuilds a described data set, in a worker thread; `create` looks transforms up (`registry().create`). */
export function datasetFrom(description: DatasetDescription, create: Create): Dataset | SampleStream {
  const steps = buildSteps(description.transform, create)
  switch (description.kind) {
    case 'items':
      return itemDataset({ ...description, steps })
    case 'zip':
      return zipped(
        description.datasets.map((one) => datasetFrom(one, create) as Dataset), // only data sets can be zipped
        steps,
        description.withMeta,
      )
    case 'stream':
      return streamOf(() => [], steps, description.result)
  }
}

/** The samples of a job. */
export function samplesFor(dataset: Dataset | SampleStream, job: BatchJob): (Sample | readonly Sample[])[] {
  return job.indices.map((index, i) =>
    'through' in dataset ? dataset.through(job.items?.[i], index, job.seeds[i]) : dataset.get(index, job.seeds[i]),
  )
}

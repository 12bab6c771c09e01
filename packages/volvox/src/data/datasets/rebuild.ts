import { usedUp } from '../../transforms/handover.ts'
import { listDataCollate, type Collate, type SampleBatch } from '../collate.ts'
import { buildSteps, type TransformConfig } from '../pipeline.ts'
import type { Sample } from '../../transforms/sample.ts'
import type { BatchJob } from '../jobs.ts'
import type { Dataset, DatasetDescription, SampleStream } from './dataset.ts'
import { itemDataset, lentSample } from './items.ts'
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

/** The batch of a job. */
export function batchOf(dataset: Dataset | SampleStream, job: BatchJob, collate: Collate): SampleBatch {
  const make = () => collate(job.indices.map((index, i) => sampleOf(dataset, job, index, i)))
  return collate === listDataCollate ? usedUp(make) : make() // others may keep what they are given
}

function sampleOf(
  dataset: Dataset | SampleStream,
  { items, seeds }: BatchJob,
  index: number,
  i: number,
): Sample | readonly Sample[] {
  return 'through' in dataset ? dataset.through(items?.[i], index, seeds[i]) : lentSample(dataset, index, seeds[i])
}

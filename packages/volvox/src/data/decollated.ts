import { anything, bool, instance, parseOptions, type Given } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import type { Composed } from '../transforms/compose.ts'
import { keysKind, present, type Sample, type SampleTransform } from '../transforms/sample.ts'
import { decollateBatch, type SampleBatch } from './collate.ts'
import { PadListDataCollate } from './padListDataCollate.ts'

const kept = {
  detach: bool.opt('Kept for configs of MONAI; no effect.', true),
  padBatch: bool.opt('Kept for configs of MONAI; batches hold entries of one length.', true),
  fillValue: anything.opt('Kept for configs of MONAI; no effect.', null),
}
const schema = {
  keys: keysKind.opt('Keys of the batch to take; all when null.', null),
  allowMissingKeys: bool.opt('Skip keys that the batch does not have.', false),
  ...kept,
}

/** The samples of a batch (MONAI `Decollated`). */
export const Decollated: Component & ((given?: Given<typeof schema>) => (batch: SampleBatch) => Sample[]) =
  Object.assign(
    (given: Given<typeof schema> = {}) => {
      const { keys, allowMissingKeys } = parseOptions('Decollated', schema, given)
      return (batch: SampleBatch): Sample[] => {
        if (!keys) return decollateBatch(batch)
        const found = present('Decollated', batch, keys, allowMissingKeys)
        return decollateBatch(Object.fromEntries(found.map(([key]) => [key, batch[key]])))
      }
    },
    { componentName: 'Decollated', schema },
  )

const pipelineKind = instance<Composed | SampleTransform>(
  'a transform or a Compose of dictionary transforms',
  (value) => typeof value === 'function' && 'inverse' in value,
)
const inverseSchema = {
  transform: pipelineKind.req('The pipeline that the samples of the batch went through.'),
  loader: anything.opt('Kept for configs of MONAI; padding is undone where the history says so.', null),
  collateFn: anything.opt('Kept for configs of MONAI; a list of samples is given.', null),
  numWorkers: anything.opt('Kept for configs of MONAI; no effect.', 0),
  ...kept,
}

/** Undoes a pipeline for every sample of a batch, and padding of `PadListDataCollate` before (MONAI `BatchInverseTransform`). */
export const BatchInverseTransform: Component &
  ((given: Given<typeof inverseSchema>) => (batch: SampleBatch) => Sample[]) = Object.assign(
  (given: Given<typeof inverseSchema>) => {
    const { transform } = parseOptions('BatchInverseTransform', inverseSchema, given)
    return (batch: SampleBatch): Sample[] =>
      decollateBatch(batch).map((sample) => transform.inverse(PadListDataCollate.inverse(sample)) as Sample)
  },
  { componentName: 'BatchInverseTransform', schema: inverseSchema },
)

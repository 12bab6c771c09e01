import type { Sample } from '../transforms/sample.ts'
import type { Collate, SampleBatch } from './collate.ts'

/** Leaves samples as they are (MONAI `no_collation`): a batch has a list under each key that any of them has, nothing is stacked. */
export const noCollation: Collate = Object.assign(
  (samples: Parameters<Collate>[0]): SampleBatch => {
    const flat = samples.flat() as Sample[]
    const keys = new Set(flat.flatMap((sample) => Object.keys(sample)))
    return Object.fromEntries([...keys].map((key) => [key, flat.map((sample) => sample[key])]))
  },
  { componentName: 'noCollation', options: {} },
)

/** `noCollation` as threads find it by its name. */
export const noCollationComponent = {
  noCollation: Object.assign(() => noCollation, { componentName: 'noCollation', schema: {} }),
}

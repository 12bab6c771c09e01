import { z } from 'zod'
import { Kind, text } from '../../../core/options.ts'
import { sampleOptions, withEachImage } from '../../sample.ts'
import { dtypeKind } from '../../shared.ts'
import { MapLabelValue } from '../../utility/labels.ts'
import { wholeSample } from '../../wholeSample.ts'

type Pairs = readonly (readonly [number, number])[]

const mappings = new Kind<Readonly<Record<string, Pairs | null>>>(
  'lists of [from, to] pairs of label values by data set, e.g. { default: [[1, 26]] }',
  () =>
    z
      .record(
        z.string(),
        z
          .array(z.tuple([z.int(), z.int()]).readonly())
          .readonly()
          .nullable(),
      )
      .readonly(),
)

/** Other label values, by a list of pairs for each data set (MONAI `Relabeld` of VISTA3D). */
export const Relabeld = wholeSample({
  name: 'Relabeld',
  options: {
    ...sampleOptions,
    labelMappings: mappings.req(
      'Pairs [from, to] for each data set; labels of a data set that is not listed, or is null, stay as they are.',
    ),
    dtype: dtypeKind.opt('Element type of the result.', 'int16'),
    datasetKey: text.opt('Key of the name of the data set; "default" where the sample has none.', 'dataset_name'),
  },
  apply(sample, { keys, allowMissingKeys, labelMappings, dtype, datasetKey }) {
    const pairs = labelMappings[String(sample[datasetKey] ?? 'default')]
    if (!pairs) return sample
    const relabel = MapLabelValue({
      origLabels: pairs.map(([from]) => from),
      targetLabels: pairs.map(([, to]) => to),
      dtype,
    })
    return withEachImage('Relabeld', sample, { keys, allowMissingKeys }, (label) => relabel(label))
  },
})

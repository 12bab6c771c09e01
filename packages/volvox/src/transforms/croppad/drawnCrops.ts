import type { Image } from '../../core/image.ts'
import type { Schema } from '../../core/options.ts'
import { dictionary, type SampleFactory } from '../dictionary.ts'
import type { Exceptions } from '../dictionaryForm.ts'
import { random, type RandomFactory } from '../random.ts'
import type { RandomSampleTransform, Sample } from '../sample.ts'
import { SpatialCrop } from './crop.ts'
import { numbered } from './numbered.ts'

type Box = typeof SpatialCrop.schema
type Spec<S extends Schema> = Parameters<typeof random<S, Box, readonly Image[]>>[1]

/**
 * Both forms of a transform that cuts out several drawn boxes. The inputs of calls of the plain form may be given once
 * as options instead, `always`; the dictionary form has their keys.
 */
export function drawnCrops<S extends Schema, A extends Schema>(
  spec: Omit<Spec<S>, 'after' | 'readsVoxels'>,
  always: A,
  exceptions: Exceptions = {},
): readonly [RandomFactory<S & A, Box, readonly Image[]>, SampleFactory<S, RandomSampleTransform<readonly Sample[]>>] {
  const common = { ...spec, readsVoxels: true, after: numbered }
  const plain = random<S & A, Box, readonly Image[]>(SpatialCrop, {
    ...common,
    options: { ...spec.options, ...always },
    draw(source, options, context) {
      const values: Readonly<Record<string, unknown>> = options
      const fixed = Object.fromEntries(Object.keys(always).map((name) => [name, values[name]]))
      return spec.draw(source, options, { ...context, inputs: { ...fixed, ...context.inputs } })
    },
  })
  return [plain, dictionary(random<S, Box, readonly Image[]>(SpatialCrop, common), exceptions)]
}

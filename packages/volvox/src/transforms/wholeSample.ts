import { parseOptions, type Schema, type Values } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { checkSample, naming } from './checks.ts'
import { RandomSource, reseeding } from './random.ts'
import type { RandomSampleTransform, Sample, SampleTransform } from './sample.ts'

/** A transform that reads and writes entries of a sample by names of its own, as those of MONAI's apps and of boxes do. */
export interface WholeSample<S extends Schema, R = Sample> {
  readonly name: string
  /** All options; those of `sampleOptions` among them where it has `keys`, or `boxKeys`. */
  readonly options: S
  apply(sample: Sample, options: Values<S>, source: RandomSource): R
  inverse?(sample: Sample, options: Values<S>): Sample
}

export type WholeSampleFactory<T = SampleTransform> = Component & ((options?: Readonly<Record<string, unknown>>) => T)

/** A transform of a sample that draws no random numbers. */
export function wholeSample<S extends Schema, R = Sample>(
  spec: WholeSample<S, R>,
): WholeSampleFactory<SampleTransform<R>> {
  const make = (given: Readonly<Record<string, unknown>> = {}) => sampleTransform(spec, given, new RandomSource())
  return Object.assign(make, { componentName: spec.name, schema: spec.options })
}

/** A transform of a sample with random numbers of its own. */
export function randomWholeSample<S extends Schema, R = Sample>(
  spec: WholeSample<S, R>,
): WholeSampleFactory<RandomSampleTransform<R>> {
  const make = (given: Readonly<Record<string, unknown>> = {}) => {
    const source = new RandomSource()
    const transform: RandomSampleTransform<R> = Object.assign(sampleTransform(spec, given, source), {
      setRandomState: reseeding(source, () => transform),
    })
    return transform
  }
  return Object.assign(make, { componentName: spec.name, schema: spec.options })
}

function sampleTransform<S extends Schema, R>(
  spec: WholeSample<S, R>,
  given: Readonly<Record<string, unknown>>,
  source: RandomSource,
): SampleTransform<R> {
  const options = parseOptions(spec.name, spec.options, given)
  const { keys, boxKeys } = options as { readonly keys?: readonly string[]; readonly boxKeys?: readonly string[] } // where there are such options
  const run = (sample: Sample) => {
    checkSample(spec.name, sample)
    return naming(spec.name, () => spec.apply(sample, options, source))
  }
  return Object.assign((sample: Sample) => run(sample), {
    kind: 'sample' as const,
    transformName: spec.name,
    options,
    keys: keys ?? boxKeys ?? [],
    lazy: false,
    run,
    inverse: (sample: Sample) => spec.inverse?.(sample, options) ?? sample,
  })
}

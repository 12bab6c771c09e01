import { parseOptions, type Schema, type Values } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { RandomSource } from '../random.ts'
import type { RandomSampleTransform, Sample, SampleTransform } from '../sample.ts'

/** A transform that reads and writes entries of a sample by names of its own, as those of MONAI's apps do. */
export interface WholeSample<S extends Schema> {
  readonly name: string
  /** All options; those of `sampleOptions` among them where it has `keys`. */
  readonly options: S
  apply(sample: Sample, options: Values<S>, source: RandomSource): Sample
  inverse?(sample: Sample, options: Values<S>): Sample
}

export type WholeSampleFactory<T = SampleTransform> = Component & ((options?: Readonly<Record<string, unknown>>) => T)

/** A transform of a sample that draws no random numbers. */
export function wholeSample<S extends Schema>(spec: WholeSample<S>): WholeSampleFactory {
  const make = (given: Readonly<Record<string, unknown>> = {}) => sampleTransform(spec, given, new RandomSource())
  return Object.assign(make, { componentName: spec.name, schema: spec.options })
}

/** A transform of a sample with random numbers of its own. */
export function randomWholeSample<S extends Schema>(spec: WholeSample<S>): WholeSampleFactory<RandomSampleTransform> {
  const make = (given: Readonly<Record<string, unknown>> = {}) => {
    const source = new RandomSource()
    const transform: RandomSampleTransform = Object.assign(sampleTransform(spec, given, source), {
      setRandomState: (seed: number) => {
        source.reseed(seed)
        return transform
      },
    })
    return transform
  }
  return Object.assign(make, { componentName: spec.name, schema: spec.options })
}

function sampleTransform<S extends Schema>(
  spec: WholeSample<S>,
  given: Readonly<Record<string, unknown>>,
  source: RandomSource,
): SampleTransform {
  const options = parseOptions(spec.name, spec.options, given)
  const { keys } = options as { readonly keys?: readonly string[] } // of sampleOptions, when they are there
  const run = (sample: Sample) => spec.apply(sample, options, source)
  return Object.assign((sample: Sample) => run(sample), {
    kind: 'sample' as const,
    transformName: spec.name,
    options,
    keys: keys ?? [],
    lazy: false,
    run,
    inverse: (sample: Sample) => spec.inverse?.(sample, options) ?? sample,
  })
}

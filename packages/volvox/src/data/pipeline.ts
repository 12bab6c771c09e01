import { ConfigError, VolvoxError } from '../core/errors.ts'
import { isRecord } from '../core/json.ts'
import { instance, snakeCase, toConfigNames, type Kind, type Schema } from '../core/options.ts'
import { isTensorLike } from '../core/tensor.ts'
import { handOver, runHandingOver, takesPart } from '../transforms/handover.ts'
import type { Sample } from '../transforms/sample.ts'
import { caseNameOf } from './paths.ts'
import { seedFrom } from './seeds.ts'

/** A step of a pipeline. Ours carry their name and options; in-process any function will do. */
export interface PipelineStep {
  (sample: never): unknown
  readonly transformName?: string
  readonly kind?: string
  /** See transforms/handover.ts. */
  readonly handsOver?: boolean
  readonly definition?: { readonly handsOver?: boolean }
  readonly options?: Readonly<Record<string, unknown>>
  readonly schema?: Schema
  /** Restarts the random numbers; only random transforms have it. */
  setRandomState?(seed: number): unknown
  /** The steps of a Compose. */
  readonly transforms?: readonly PipelineStep[]
}

/** One transform, a list of them, or none. */
export type Pipeline = PipelineStep | readonly PipelineStep[] | null | undefined

/** The steps of a pipeline in order. An eager Compose gives its own steps, a lazy one stays whole: it joins them. */
export function stepsOf(pipeline: Pipeline): PipelineStep[] {
  if (!pipeline) return []
  if (typeof pipeline !== 'function') return pipeline.flatMap(stepsOf)
  const joined = pipeline.options?.lazy === true || pipeline.options?.lazy === null
  return pipeline.transforms && !joined ? pipeline.transforms.flatMap(stepsOf) : [pipeline]
}

/** Whether a step draws random numbers, so that its result cannot be kept. */
export function drawsRandomNumbers(step: PipelineStep): boolean {
  return (
    typeof step.setRandomState === 'function' &&
    (step.transforms === undefined || step.transforms.some(drawsRandomNumbers))
  )
}

/** A step, a list of them or null, as the `transform` option of data sets. */
export const pipelineKind: Kind<Pipeline> = instance<Pipeline>(
  'a transform or a list of transforms',
  (value) => value === null || [value].flat(Infinity).every((one) => typeof one === 'function'),
)

interface RunOptions {
  readonly seed?: number
  /** The number of steps that were run before. */
  readonly first?: number
  readonly item: string
  /** Whether nobody but the caller has the result; see `usedUp`. */
  readonly handsOver?: boolean
  /** Memory that the sample lies in, and nothing else. */
  readonly memory?: Float32Array | null
}

/**
 * Runs steps on a sample. With a seed, step number i draws from a random state of its own, derived from the seed and i. A step that
 * gives several samples (crops) has the later ones run on each.
 */
export function runSteps(steps: readonly PipelineStep[], sample: unknown, options: RunOptions): unknown {
  const { seed, first = 0, item } = options
  let current = sample
  let left: Parameters<typeof runHandingOver>[1] = new Set(options.memory ? [{ memory: options.memory }] : [])
  steps.forEach((step, i) => {
    const position = i + first
    try {
      if (seed !== undefined) step.setRandomState?.(seedFrom(seed, position))
      const run = step as (sample: unknown) => unknown
      const go = () => (Array.isArray(current) ? current.flatMap((one: unknown) => run(one)) : run(current))
      ;[current, left] = runHandingOver(takesPart(step), left, go)
    } catch (error) {
      throw located(error, item, step.transformName ?? (step.name || `transform ${position}`))
    }
  })
  if (options.handsOver) left.forEach(handOver)
  return current
}

/** Results as samples: what is no record of its own, such as an image, stands under the key `0`. */
export function asSamples(result: unknown): Sample | readonly Sample[] {
  return Array.isArray(result) ? result.map(asSample) : asSample(result)
}

function asSample(value: unknown): Sample {
  return isRecord(value) && !isTensorLike(value) && !ArrayBuffer.isView(value) ? value : { 0: value }
}

function located(error: unknown, item: string, step: string): Error {
  if (error instanceof VolvoxError) return error.within(error.where.startsWith(step) ? item : `${item}: ${step}`)
  const message = error instanceof Error ? error.message : String(error)
  return new Error(`${item}: ${step}: ${message}`, { cause: error })
}

/** What an item is called in sentences: its image's name, else its number. */
export function itemName(item: unknown, index: number): string {
  const values = isRecord(item) && !ArrayBuffer.isView(item) ? Object.values(item) : [item]
  const path = values.find((value) => typeof value === 'string')
  return typeof path === 'string' ? `item ${index} (${caseNameOf(path)})` : `item ${index}`
}

/** A transform as plain data: `{ _target_: 'RandFlipd', keys: ['image'], prob: 0.5 }`. */
export type TransformConfig = Readonly<Record<string, unknown>>

/** Why a step cannot be written as a config; null where it can. */
export function hindrance(step: PipelineStep): string | null {
  if (!step.transformName || !step.options) return 'it is a function of your own'
  const isFunction = Object.entries(step.options).find(([, value]) => typeof value === 'function')
  return isFunction
    ? `its option ${isFunction[0]} is a function`
    : (step.transforms?.map(hindrance).find((why) => why !== null) ?? null)
}

/** Writes steps as configs, so that worker threads can build them anew; a step that is a bare function has none. */
export function describeSteps(steps: readonly PipelineStep[]): TransformConfig[] {
  return steps.map((step, i) => {
    const why = hindrance(step)
    if (why !== null || !step.options)
      throw new ConfigError(
        `transform ${i} (${step.transformName ?? (step.name || 'a function')})`,
        `cannot be sent to worker threads since ${why}; use registered transforms with plain options, or a loader without workers`,
      )
    const inner = step.transforms && { transforms: describeSteps(step.transforms) }
    const { transforms: _, ...options } = step.options
    const named = step.schema
      ? toConfigNames(step.schema, options)
      : Object.fromEntries(Object.entries(options).map(([key, value]) => [snakeCase(key), value]))
    return { _target_: step.transformName, ...named, ...inner }
  })
}

/** Builds steps from configs; `create` looks names up (`registry().create`). A step that is null gives what it is given. */
export function buildSteps(
  configs: readonly (TransformConfig | null)[],
  create: (config: TransformConfig, where: string) => unknown,
): PipelineStep[] {
  return configs.map((config, i) => {
    if (config === null) return (sample) => sample
    const { transforms, ...rest } = config
    const inner = Array.isArray(transforms) ? { transforms: buildSteps(transforms as TransformConfig[], create) } : {}
    const step = create({ ...rest, ...inner }, `transform ${i}`)
    if (typeof step !== 'function')
      throw new ConfigError(`transform ${i}`, `${String(config._target_)} is not a transform; give the name of one`)
    return step as PipelineStep
  })
}

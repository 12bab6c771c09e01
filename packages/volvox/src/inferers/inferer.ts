import type { FloatTensor } from '../core/tensor.ts'

/** Where a window lies: which item of the batch, and the voxels from `start` up to `stop` along each spatial axis. */
export interface WindowPlace {
  readonly item: number
  readonly start: readonly number[]
  readonly stop: readonly number[]
}

/** One output, several (e.g. one per level), or several by name. */
export type OneOrMore<T> = T | readonly T[] | Readonly<Record<string, T>>

/** What a predictor gives; each output is `[batch, channel, ...spatial]`. */
export type Outputs = OneOrMore<FloatTensor>

/**
 * Runs a network on a batch `[batch, channel, ...spatial]`. If it was asked for, `places` says where its items come from, and
 * `padding` how many voxels were put before the image along each axis; places count from there.
 */
export type Predictor = (
  batch: FloatTensor,
  places?: readonly WindowPlace[],
  padding?: readonly number[],
) => Outputs | Promise<Outputs>

/** A way to run a network on whole images `[batch, channel, ...spatial]`. */
export interface Inferer {
  (inputs: FloatTensor, predictor: Predictor): Promise<Outputs>
  readonly infererName: string
}

/** A list of what came out, in any case; outputs with names in the order of their names. */
export function outputList(outputs: Outputs): readonly FloatTensor[] {
  if (isTensor(outputs)) return [outputs]
  return isList(outputs) ? outputs : outputNames(outputs)!.map((name) => outputs[name])
}

/** The names of the outputs in order; null where they have none. */
export function outputNames(outputs: Outputs): readonly string[] | null {
  return isTensor(outputs) || isList(outputs) ? null : Object.keys(outputs).sort()
}

/** As a predictor gives it: under `names`, or a list, or the thing itself when it is alone. */
export function packed<T>(list: readonly T[], names: readonly string[] | null = null): OneOrMore<T> {
  if (names) return Object.fromEntries(names.map((name, i) => [name, list[i]]))
  return list.length === 1 ? list[0] : list
}

/** The same outputs, each changed by `change`. */
export function mapOutputs(outputs: Outputs, change: (output: FloatTensor) => FloatTensor): Outputs {
  return packed(outputList(outputs).map(change), outputNames(outputs))
}

function isTensor(outputs: Outputs): outputs is FloatTensor {
  return 'data' in outputs && ArrayBuffer.isView(outputs.data)
}

function isList(outputs: Exclude<Outputs, FloatTensor>): outputs is readonly FloatTensor[] {
  return Array.isArray(outputs)
}

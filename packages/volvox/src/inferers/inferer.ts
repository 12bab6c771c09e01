import type { FloatTensor } from '../core/tensor.ts'

/** Where a window lies: which item of the batch, and the voxels from `start` up to `stop` along each spatial axis. */
export interface WindowPlace {
  readonly item: number
  readonly start: readonly number[]
  readonly stop: readonly number[]
}

/** What a predictor gives: one output, or several (e.g. one per level), each `[batch, channel, ...spatial]`. */
export type Outputs = FloatTensor | readonly FloatTensor[]

/** Runs a network on a batch `[batch, channel, ...spatial]`; `places` says where its items come from, if it was asked for. */
export type Predictor = (batch: FloatTensor, places?: readonly WindowPlace[]) => Outputs | Promise<Outputs>

/** A way to run a network on whole images `[batch, channel, ...spatial]`. */
export interface Inferer {
  (inputs: FloatTensor, predictor: Predictor): Promise<Outputs>
  readonly infererName: string
}

/** A list of what came out, in any case. */
export function outputList(outputs: Outputs): readonly FloatTensor[] {
  return 'shape' in outputs ? [outputs] : outputs
}

/** As the predictor gave it: the tensor itself when it is alone. */
export function packed(outputs: readonly FloatTensor[]): Outputs {
  return outputs.length === 1 ? outputs[0] : outputs
}

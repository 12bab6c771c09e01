import type { Tensor } from '../core/tensor.ts'
import type { SampleBatch } from '../data/collate.ts'

/** What a step is given beside its batch. */
export interface StepContext {
  /** 1 for the first. */
  readonly step: number
  readonly learningRate: number
  /** Seed of what the step draws itself, e.g. dropout masks; the same step of a resumed run has the same. */
  readonly seed: number
}

/** Something that learns from batches: weights, optimiser state and a compiled step. */
export interface Learner {
  /** The optimiser's own, unless a schedule changes it. */
  readonly learningRate: number
  /** Does one optimisation step; the numbers that it found, `loss` among them. */
  step(batch: SampleBatch, context: StepContext): Promise<Readonly<Record<string, number>>>
  /** Weights, averages and moments by name: all that a step depends on and changes. */
  read(): Promise<Record<string, Tensor>>
  write(tensors: Readonly<Record<string, Tensor>>): Promise<void>
}

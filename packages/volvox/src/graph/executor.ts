import type { Tensor } from '../core/tensor.ts'
import type { Program } from './ir.ts'

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>

/** In which type convolutions and matrix products compute, and the activations around them are kept. */
export type Precision = 'float32' | 'bfloat16'

export interface SessionOptions {
  /**
   * Float32 unless given. With bfloat16 state tensors, statistics and losses stay float32. An executor or a machine
   * without units for it goes on in float32, and `Session.precision` says so.
   */
  readonly precision?: Precision
  /** Lets the session have the arrays of `initial`, which may be empty afterwards: weights are not there twice. */
  readonly takeInitial?: boolean
  /** Threads for the kernels; the machine's cores unless given. */
  readonly threads?: number
  /** Times every operation until `Session.profile` is called; runs take longer meanwhile. */
  readonly profile?: boolean | ProfileOptions
}

export interface ProfileOptions {
  /** First runs of each program that are not counted, while memory and caches warm up; none unless given. */
  readonly skip?: number
}

/** What one step of a program was. */
interface StepFacts {
  readonly program: string
  /** The operation; of several that run as one, the first. */
  readonly op: string
  /** Where in the network. */
  readonly scope: string
  /** What computed it, as the library calls it: this tells a slow reference implementation. */
  readonly kernel: string
  /** Whether it only moved data into the layout that the operation wants. */
  readonly isReorder: boolean
  readonly ms: number
  /** As `flopsOf` counts. */
  readonly flops: number
  /** Read and written; 0 where the executor does not know. */
  readonly bytes: number
}

/** One step of one run. */
export interface TraceEvent extends StepFacts {
  /** Since the beginning of the run. */
  readonly startMs: number
}

/** Sums over the steps that agree in all but numbers. */
export interface ProfileRow extends StepFacts {
  readonly calls: number
}

export interface RunOptions {
  /**
   * Outputs may lie in memory that the second such run of the program after this one writes over, so that they can be
   * read while the next one computes: fresh memory for large ones can take longer than computing them.
   */
  readonly reuseOutputs?: boolean
}

/**
 * Compiled programs over one shared set of state tensors. Runs do not overlap: a second `run` waits for the first.
 * All arrays that come back are the caller's own, unless it says otherwise.
 */
export interface Session {
  /** What it computes in, whatever was asked for. */
  readonly precision: Precision
  /** Computes the outputs of a program and applies its state updates. */
  run(program: string, inputs: Tensors, options?: RunOptions): Promise<Record<string, Tensor>>
  /** State tensors in their plain row-major form; all of them unless named. */
  read(names?: readonly string[]): Promise<Record<string, Tensor>>
  /** Replaces state tensors. */
  write(tensors: Tensors): Promise<void>
  /** Ends profiling: what the runs until now took, slowest first. Later runs are not timed. */
  profile(): Promise<readonly ProfileRow[]>
  /** The steps of the last run that was timed, once profiling has ended; for `chromeTrace`. */
  trace(): Promise<readonly TraceEvent[]>
  /** Bytes that the session holds outside JavaScript's heap. */
  memoryBytes(): Promise<number>
  dispose(): Promise<void>
}

/** Something that runs programs: `onednn`, `ort`, or the slow float64 interpreter that judges both. */
export interface Executor {
  readonly name: string
  /** `initial` holds a value for every state of every program. */
  open(programs: readonly Program[], initial: Tensors, options?: SessionOptions): Promise<Session>
}

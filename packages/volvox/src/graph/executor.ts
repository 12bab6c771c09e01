import type { Tensor } from '../core/tensor.ts'
import type { Program } from './ir.ts'

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>

export interface SessionOptions {
  /** Threads for the kernels; the machine's cores unless given. */
  readonly threads?: number
  /** Collects times per operation, read with `Session.profile`. */
  readonly profile?: boolean
}

export interface ProfileRow {
  readonly op: string
  readonly scope: string
  readonly calls: number
  readonly ms: number
}

/**
 * Compiled programs over one shared set of state tensors. Runs do not overlap: a second `run` waits for the first.
 * All arrays that come back are the caller's own.
 */
export interface Session {
  /** Computes the outputs of a program and applies its state updates. */
  run(program: string, inputs: Tensors): Promise<Record<string, Tensor>>
  /** State tensors in their plain row-major form; all of them unless named. */
  read(names?: readonly string[]): Promise<Record<string, Tensor>>
  /** Replaces state tensors. */
  write(tensors: Tensors): Promise<void>
  profile(): Promise<readonly ProfileRow[]>
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

import { GraphError } from '../core/errors.ts'
import type { Remote } from '../core/remote.ts'
import type { Tensor } from '../core/tensor.ts'
import type { Precision, ProfileRow, RunOptions, Session, Tensors, TraceEvent } from './executor.ts'

type Now<T> = T | Promise<T>

/** What the thread of a session is asked once it is open. */
export interface SessionCalls {
  run(program: string, inputs: Tensors, options?: RunOptions): Now<Record<string, Tensor>>
  read(names?: readonly string[]): Now<Record<string, Tensor>>
  write(tensors: Tensors): Now<void>
  profile(): Now<readonly ProfileRow[]>
  trace(): Now<readonly TraceEvent[]>
  memoryBytes(): Now<number>
  dispose(): Now<void>
}

/** A session in another thread. */
export class RemoteSession implements Session {
  readonly precision: Precision
  private readonly remote: Remote<SessionCalls>

  constructor(remote: Remote<SessionCalls>, precision: Precision) {
    this.remote = remote
    this.precision = precision
  }

  run(program: string, inputs: Tensors, options?: RunOptions): Promise<Record<string, Tensor>> {
    return this.remote.ask('run', [program, inputs, options])
  }

  read(names?: readonly string[]): Promise<Record<string, Tensor>> {
    return this.remote.ask('read', [names])
  }

  write(tensors: Tensors): Promise<void> {
    return this.remote.ask('write', [tensors])
  }

  profile(): Promise<readonly ProfileRow[]> {
    return this.remote.ask('profile', [])
  }

  trace(): Promise<readonly TraceEvent[]> {
    return this.remote.ask('trace', [])
  }

  memoryBytes(): Promise<number> {
    return this.remote.ask('memoryBytes', [])
  }

  dispose(): Promise<void> {
    return endSession(this.remote)
  }
}

/** Ends the thread of a session, open or not. */
export function endSession(remote: Remote<SessionCalls>): Promise<void> {
  return remote.end(new GraphError('session', 'is disposed; open a new one'), () => remote.ask('dispose', []))
}

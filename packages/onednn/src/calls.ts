import type { PlainProgram, Precision, SessionCalls, SessionOptions } from 'volvox/graph'

/** What the thread of a session is asked. */
export interface Calls extends SessionCalls {
  /** Gives the precision that it computes in. */
  open(programs: readonly PlainProgram[], options: SessionOptions): Precision
}

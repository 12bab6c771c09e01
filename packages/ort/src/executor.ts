import { toPlain, type Executor } from 'volvox/graph'
import { openSession, type SessionSettings } from './session.ts'
import type { Runtime } from './runtime.ts'
import { openInThread } from './thread.ts'

export interface OrtOptions extends SessionSettings {
  /**
   * The module `onnxruntime-web`, say, which has as many threads as its `env.wasm.numThreads` says before the first
   * session; unless given, `onnxruntime-node` in a thread of its own.
   */
  readonly runtime?: Runtime
}

/**
 * Runs programs on ONNX Runtime: each is lowered to one ONNX model, states go in as inputs and updates come out as
 * outputs. A runtime that is handed in is used where it is; onnxruntime-web then computes in threads of its own making.
 */
export function createOrt({ runtime, ...settings }: OrtOptions = {}): Executor {
  return {
    name: 'ort',
    open: (programs, initial, options = {}) =>
      runtime
        ? openSession(runtime, programs, initial, settings, options)
        : openInThread(programs.map(toPlain), initial, settings, options),
  }
}

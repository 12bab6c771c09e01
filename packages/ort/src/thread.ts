import { Remote } from 'volvox/core'
import {
  endSession,
  RemoteSession,
  type PlainProgram,
  type Session,
  type SessionCalls,
  type SessionOptions,
  type Tensors,
} from 'volvox/graph'
import type { SessionSettings } from './session.ts'

// onnxruntime-node computes on the thread that calls it, so that its sessions live in a thread of their own.

/** What the thread of a session is asked. */
export interface Calls extends SessionCalls {
  open(
    programs: readonly PlainProgram[],
    initial: Tensors,
    settings: SessionSettings,
    options: SessionOptions,
  ): Promise<void>
}

// The built file: Node's worker threads take no TypeScript. Right from src/ and from dist/ alike. Not written into
// `new URL`, which bundlers for the browser would follow.
const workerPath = '../dist/worker.js'

/** Opens a session in a new thread of Node. */
export async function openInThread(...args: Parameters<Calls['open']>): Promise<Session> {
  const { Worker } = process.getBuiltinModule('node:worker_threads')
  const worker = new Worker(new URL(workerPath, import.meta.url), { name: 'ort', execArgv: [] })
  const remote = new Remote<Calls>(worker, 'ort')
  try {
    await remote.ask('open', args)
    return new RemoteSession(remote, 'float32')
  } catch (error) {
    await endSession(remote)
    throw error
  }
}

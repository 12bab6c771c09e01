import { parentPort } from 'node:worker_threads'
import { GraphError, serve } from 'volvox/core'
import { fromPlain, type Session } from 'volvox/graph'
import { nodeRuntime } from './runtime.ts'
import { openSession } from './session.ts'
import type { Calls } from './thread.ts'

// The thread in which a session of onnxruntime-node computes, so that the event loop of the program stays free.

let session: Session | null = null

const calls: Calls = {
  async open(programs, initial, settings, options) {
    session = await openSession(await nodeRuntime(), programs.map(fromPlain), initial, settings, options)
  },
  run: (...args) => opened().run(...args),
  read: (...args) => opened().read(...args),
  write: (...args) => opened().write(...args),
  profile: () => opened().profile(),
  trace: () => opened().trace(),
  memoryBytes: () => opened().memoryBytes(),
  dispose: () => session?.dispose(),
}

function opened(): Session {
  if (!session) throw new GraphError('session', 'is not open; open it first')
  return session
}

if (parentPort) serve(parentPort, calls, { last: 'dispose', gives: (name) => name === 'run' || name === 'read' })

import { parentPort } from 'node:worker_threads'
import { GraphError, toWire, type Tensor } from 'volvox/core'
import { fromPlain, type Session } from 'volvox/graph'
import { nodeRuntime } from './runtime.ts'
import { openSession } from './session.ts'
import type { Answer, Asked, Calls } from './thread.ts'

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
  dispose: () => opened().dispose(),
}

function opened(): Session {
  if (!session) throw new GraphError('session', 'is not open; open it first')
  return session
}

parentPort?.on('message', ({ id, method, args }: Asked) => void answer(id, method, args))

async function answer(id: number, method: Asked['method'], args: readonly unknown[]): Promise<void> {
  const send = (message: Answer, buffers: ArrayBuffer[] = []) => parentPort?.postMessage(message, buffers)
  try {
    const call = calls[method] as (...args: readonly unknown[]) => Promise<unknown> // arguments of a typed `ask`
    const result = await call(...args)
    send({ id, result }, method === 'run' || method === 'read' ? buffersOf(result) : [])
  } catch (error) {
    send({ id, error: toWire(error) })
  }
}

/** What a run or a read gives is the asker's own, so it moves over instead of being copied. */
function buffersOf(result: unknown): ArrayBuffer[] {
  return Object.values(result as Record<string, Tensor>).map(({ data }) => data.buffer as ArrayBuffer) // copies made by the session
}

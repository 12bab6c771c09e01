import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort } from 'node:worker_threads'
import { GraphError, toWire, type Tensor } from 'volvox/core'
import { fromPlain, type Tensors } from 'volvox/graph'
import { releaseLibrary } from './ffi.ts'
import type { Answer, Asked, Request } from './messages.ts'
import { inSharedMemory } from './shared.ts'
import { openEmpty, type DirectSession } from './session.ts'

// The thread in which a session computes, so that the event loop of the program stays free.

const port = parentPort
let session: DirectSession | null = null

port?.on('message', ({ id, request }: Asked) => {
  try {
    const result = answer(request)
    port.postMessage({ id, ok: true, result } satisfies Answer, buffersOf(request, result))
  } catch (error) {
    port.postMessage({ id, ok: false, error: toWire(error) } satisfies Answer)
  }
  if (request.kind === 'write') collect(request)
  if (request.kind === 'dispose') {
    releaseLibrary()
    port.close()
  }
})

function answer(request: Request): unknown {
  if (request.kind === 'open') {
    session = openEmpty(request.programs.map(fromPlain), request.options)
    return session.precision
  }
  if (!session) throw new GraphError('session', 'is not open; open it first')
  switch (request.kind) {
    case 'run':
      return run(session, request)
    case 'read':
      return session.read(request.names)
    case 'write':
      return session.write(request.tensors)
    case 'profile':
      return session.profile()
    case 'trace':
      return session.trace()
    case 'memoryBytes':
      return session.memoryBytes()
    case 'dispose':
      return session.dispose()
    default:
      return request satisfies never
  }
}

const reused = new Map<string, Tensors>()

/** Runs a program, if so asked into shared memory, the same each time. */
function run(on: DirectSession, { program, inputs, reuse }: Extract<Request, { kind: 'run' }>): Tensors {
  const known = reuse ? reused.get(program) : undefined
  const outputs = on.run(program, inputs, known)
  if (!reuse || known) return outputs
  const first = inSharedMemory(outputs)
  reused.set(program, first)
  return first
}

const MUCH = 1 << 24 // bytes

/**
 * Gives the memory of arrays back that nobody needs any more. What the library uses does not count for V8, so the small
 * heap of this thread would not be looked through for hours.
 */
function collect({ tensors }: { readonly tensors: Tensors }): void {
  if (Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0) < MUCH) return
  setFlagsFromString('--expose-gc')
  const gc: unknown = runInNewContext('gc')
  if (typeof gc === 'function') gc()
}

/** What a run or a read gives is the asker's own, so it moves over instead of being copied. */
function buffersOf(request: Request, result: unknown): ArrayBuffer[] {
  const given = request.kind === 'read' || (request.kind === 'run' && !request.reuse)
  if (!given) return []
  const buffers = Object.values(result as Record<string, Tensor>).map(({ data }) => data.buffer) // copies made by the session
  return buffers.filter((buffer) => buffer instanceof ArrayBuffer)
}

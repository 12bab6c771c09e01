import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort } from 'node:worker_threads'
import { GraphError, serve } from 'volvox/core'
import { fromPlain, type RunOptions, type Tensors } from 'volvox/graph'
import type { Calls } from './calls.ts'
import { releaseLibrary } from './ffi.ts'
import { inSharedMemory } from './shared.ts'
import { openEmpty, type DirectSession } from './session.ts'

// The thread in which a session computes, so that the event loop of the program stays free.

let session: DirectSession | null = null

const calls: Calls = {
  open(programs, options) {
    session = openEmpty(programs.map(fromPlain), options)
    return session.precision
  },
  run: (program, inputs, options) =>
    options?.reuseOutputs ? runReusing(program, inputs) : opened().run(program, inputs),
  read: (names) => opened().read(names),
  write(tensors) {
    opened().write(tensors)
    if (bytesOf(tensors) >= MUCH) setImmediate(collect)
  },
  profile: () => opened().profile(),
  trace: () => opened().trace(),
  memoryBytes: () => opened().memoryBytes(),
  dispose() {
    session?.dispose()
    releaseLibrary()
  },
}

if (parentPort)
  serve(parentPort, calls, {
    last: 'dispose',
    gives: (name, args) => name === 'read' || (name === 'run' && !(args[2] as RunOptions | undefined)?.reuseOutputs),
  })

function opened(): DirectSession {
  if (!session) throw new GraphError('session', 'is not open; open it first')
  return session
}

/** For each program the memory of its last outputs, and of those before. */
const reused = new Map<string, readonly [last: Tensors | undefined, before: Tensors | undefined]>()

/** Runs a program into shared memory: that of the run before the last. */
function runReusing(program: string, inputs: Tensors): Tensors {
  const [last, before] = reused.get(program) ?? []
  const run = opened().run(program, inputs, before)
  const outputs = before ? run : inSharedMemory(run)
  reused.set(program, [outputs, last])
  return outputs
}

const MUCH = 1 << 24 // bytes

function bytesOf(tensors: Tensors): number {
  return Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0)
}

/**
 * Gives the memory of arrays back that nobody needs any more. What the library uses does not count for V8, so the small
 * heap of this thread would not be looked through for hours.
 */
function collect(): void {
  setFlagsFromString('--expose-gc')
  const gc: unknown = runInNewContext('gc')
  if (typeof gc === 'function') gc()
}

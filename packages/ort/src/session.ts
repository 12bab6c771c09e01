import { GraphError, ShapeError, sameShape, type Tensor } from 'volvox/core'
import {
  nameOf,
  Profiler,
  type ProfileRow,
  type Program,
  type Session,
  type SessionOptions,
  type Tensors,
  type TensorType,
  type TraceEvent,
} from 'volvox/graph'
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { lower, type Naming } from './lower.ts'
import { profileFolder, profilePrefix, readProfile } from './profile.ts'
import { checkProvider, type Provider } from './provider.ts'
import { firstLine, type Runtime } from './runtime.ts'
import { States, fromOrt, toOrt } from './states.ts'

/** How a session is made, as plain data. */
export interface SessionSettings {
  /**
   * Where ONNX Runtime computes; unless given, on the processor. One that is not there is an error, never replaced;
   * single operators that it lacks ONNX Runtime runs on the processor.
   */
  readonly provider?: Provider
  /** How much ONNX Runtime rewrites the graph; `all` unless given. */
  readonly graphOptimizationLevel?: 'disabled' | 'basic' | 'extended' | 'all'
}

/** Compiles programs for a runtime, which computes in the thread that calls it or where it pleases. */
export async function openSession(
  runtime: Runtime,
  programs: readonly Program[],
  initial: Tensors,
  settings: SessionSettings,
  options: SessionOptions,
): Promise<Session> {
  const names = programs.map((program) => program.name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new GraphError('session', `two programs are called "${twice}"; name each once`)
  if (settings.provider) await checkProvider(settings.provider, runtime)
  const states = new States(runtime, programs, initial)
  const compiled = new Map<string, Compiled>()
  const profiles = options.profile ? profileFolder() : null
  for (const program of programs)
    compiled.set(program.name, await compile(runtime, program, settings, options.threads, profiles))
  return new OrtSession(runtime, states, compiled, profiles, new Profiler(options.profile ?? false))
}

interface Compiled {
  readonly program: Program
  readonly session: InferenceSession
}

const naming: Naming = {
  input: (name) => `input/${name}`,
  state: (name) => `state/${name}`,
  output: (name) => `output/${name}`,
  update: (name) => `update/${name}`,
}

/** The model of a program as sessions run it: states are inputs, their next values outputs. */
export function sessionModel(program: Program): Uint8Array {
  return lower(program, { kind: 'inputs' }, naming).encode()
}

async function compile(
  runtime: Runtime,
  program: Program,
  { provider, graphOptimizationLevel = 'all' }: SessionSettings,
  threads: number | undefined,
  profiles: string | null,
): Promise<Compiled> {
  const model = sessionModel(program)
  try {
    const session = await runtime.InferenceSession.create(model, {
      ...(provider && { executionProviders: [provider] }),
      graphOptimizationLevel,
      logSeverityLevel: 3,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      ...(profiles === null ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix(profiles, program.name) }),
    })
    return { program, session }
  } catch (error) {
    throw new GraphError(program.name, `ONNX Runtime does not take it (${firstLine(error)}); try another executor`)
  }
}

class OrtSession implements Session {
  readonly precision = 'float32'
  private readonly runtime: Runtime
  private readonly states: States
  private readonly compiled: ReadonlyMap<string, Compiled>
  /** Where ONNX Runtime writes times; null when it does not, or when they were read. */
  private profiles: string | null
  private readonly profiler: Profiler
  /** The program that ran last. */
  private latest = ''
  /** Resolves when all that was asked for so far is done. */
  private last: Promise<unknown> = Promise.resolve()
  private disposed = false

  constructor(
    runtime: Runtime,
    states: States,
    compiled: ReadonlyMap<string, Compiled>,
    profiles: string | null,
    profiler: Profiler,
  ) {
    this.runtime = runtime
    this.states = states
    this.compiled = compiled
    this.profiles = profiles
    this.profiler = profiler
  }

  run(program: string, inputs: Tensors): Promise<Record<string, Tensor>> {
    return this.inTurn(() => this.runNow(program, inputs))
  }

  read(names?: readonly string[]): Promise<Record<string, Tensor>> {
    return this.inTurn(async () => this.states.read(names))
  }

  write(tensors: Tensors): Promise<void> {
    return this.inTurn(async () => this.states.write(tensors))
  }

  /** ONNX Runtime gives its times once: those of the runs before the first call. */
  profile(): Promise<readonly ProfileRow[]> {
    return this.inTurn(async () => {
      this.endProfiling()
      return this.profiler.finish()
    })
  }

  trace(): Promise<readonly TraceEvent[]> {
    return this.inTurn(async () => this.profiler.trace())
  }

  memoryBytes(): Promise<number> {
    return this.inTurn(async () => this.states.bytes())
  }

  dispose(): Promise<void> {
    if (this.disposed) return this.last.then(() => undefined)
    return this.inTurn(async () => {
      this.disposed = true
      this.endProfiling()
      for (const { session } of this.compiled.values()) await session.release()
    })
  }

  private endProfiling(): void {
    if (this.profiles === null) return
    const sessions = new Map([...this.compiled].map(([name, { session }]) => [name, session]))
    const found = readProfile(sessions, this.profiles)
    this.profiles = null
    // The program that ran last comes last, so that the trace is its own.
    for (const { program, runs } of found.sort((a) => (a.program === this.latest ? 1 : -1)))
      for (const events of runs) if (this.profiler.begin(program)) this.profiler.end(events)
  }

  private async runNow(name: string, inputs: Tensors): Promise<Record<string, Tensor>> {
    const found = this.compiled.get(name)
    if (!found)
      throw new GraphError('session', `has no program "${name}"; it has ${[...this.compiled.keys()].join(', ')}`)
    const { program, session } = found
    this.latest = name
    const unknown = Object.keys(inputs).find((key) => !program.inputs.some((value) => nameOf(value) === key))
    if (unknown !== undefined)
      throw new GraphError(
        name,
        `has no input "${unknown}"; it takes ${program.inputs.map(nameOf).join(', ') || 'none'}`,
      )
    const feeds: Record<string, OrtTensor> = {}
    for (const value of program.inputs)
      feeds[naming.input(nameOf(value))] = this.fed(program, value, inputs[nameOf(value)], nameOf(value))
    for (const value of program.states) feeds[naming.state(nameOf(value))] = this.states.current(nameOf(value))
    let results: InferenceSession.OnnxValueMapType
    try {
      results = await session.run(feeds)
    } catch (error) {
      throw new GraphError(program.name, `ONNX Runtime stopped (${firstLine(error)}); the states are as before`)
    }
    this.states.advance(new Map([...program.updates.keys()].map((state) => [state, results[naming.update(state)]])))
    return Object.fromEntries(
      Object.entries(program.outputs).map(([output, value]) => [
        output,
        fromOrt(results[naming.output(output)], value),
      ]),
    )
  }

  private fed(program: Program, type: TensorType, tensor: Tensor | undefined, name: string): OrtTensor {
    const where = `${program.name}.${name}`
    if (!tensor) throw new GraphError(where, `no such input was given; feed ${type.dtype} [${type.shape.join(', ')}]`)
    if (tensor.dtype !== type.dtype || !sameShape(tensor.shape, type.shape))
      throw new ShapeError(
        where,
        `got ${tensor.dtype} [${tensor.shape.join(', ')}]; feed ${type.dtype} [${type.shape.join(', ')}]`,
      )
    return toOrt(this.runtime, tensor, where)
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(() => {
      if (this.disposed) throw new GraphError('session', 'is disposed; open a new one')
      return work()
    })
    this.last = turn.catch(() => undefined)
    return turn
  }
}

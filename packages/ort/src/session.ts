import { GraphError, ShapeError, sameShape, type Tensor } from 'volvox'
import {
  nameOf,
  type Executor,
  type ProfileRow,
  type Program,
  type Session,
  type Tensors,
  type TensorType,
} from 'volvox/graph'
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { lower, type Naming } from './lower.ts'
import { profileFolder, readProfile } from './profile.ts'
import { firstLine, nodeRuntime, type Runtime } from './runtime.ts'
import { States, fromOrt, toOrt } from './states.ts'

export interface OrtOptions {
  /** The module `onnxruntime-web`, say; `onnxruntime-node` is loaded unless given. */
  readonly runtime?: Runtime
  /** ONNX Runtime's execution providers in order of preference; unless given, the runtime's own choice, the CPU. */
  readonly executionProviders?: readonly string[]
  /** How much ONNX Runtime rewrites the graph; `all` unless given. */
  readonly graphOptimizationLevel?: 'disabled' | 'basic' | 'extended' | 'all'
}

/**
 * Runs programs on ONNX Runtime: each is lowered to one ONNX model, states go in as inputs and updates come out as
 * outputs. In Node a run holds JavaScript's thread until it is done: onnxruntime-node computes synchronously.
 */
export function createOrt(options: OrtOptions = {}): Executor {
  return {
    name: 'ort',
    async open(programs, initial, sessionOptions = {}) {
      const names = programs.map((program) => program.name)
      const twice = names.find((name, i) => names.indexOf(name) !== i)
      if (twice !== undefined) throw new GraphError('session', `two programs are called "${twice}"; name each once`)
      const runtime = options.runtime ?? (await nodeRuntime())
      const states = new States(runtime, programs, initial)
      const compiled = new Map<string, Compiled>()
      const profiles = sessionOptions.profile ? profileFolder() : null
      for (const program of programs)
        compiled.set(program.name, await compile(runtime, program, options, sessionOptions.threads, profiles))
      return new OrtSession(runtime, states, compiled, profiles)
    },
  }
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

async function compile(
  runtime: Runtime,
  program: Program,
  options: OrtOptions,
  threads: number | undefined,
  profiles: string | null,
): Promise<Compiled> {
  const model = lower(program, { kind: 'inputs' }, naming).encode()
  try {
    const session = await runtime.InferenceSession.create(model, {
      ...(options.executionProviders ? { executionProviders: [...options.executionProviders] } : {}),
      graphOptimizationLevel: options.graphOptimizationLevel ?? 'all',
      logSeverityLevel: 3,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      ...(profiles === null
        ? {}
        : { enableProfiling: true, profileFilePrefix: `${profiles}/${encodeURIComponent(program.name)}` }),
    })
    return { program, session }
  } catch (error) {
    throw new GraphError(program.name, `ONNX Runtime does not take it (${firstLine(error)}); try another executor`)
  }
}

class OrtSession implements Session {
  private readonly runtime: Runtime
  private readonly states: States
  private readonly compiled: ReadonlyMap<string, Compiled>
  /** Where ONNX Runtime writes times; null when it does not, or when they were read. */
  private profiles: string | null
  private rows: readonly ProfileRow[] = []
  /** Resolves when all that was asked for so far is done. */
  private last: Promise<unknown> = Promise.resolve()
  private disposed = false

  constructor(runtime: Runtime, states: States, compiled: ReadonlyMap<string, Compiled>, profiles: string | null) {
    this.runtime = runtime
    this.states = states
    this.compiled = compiled
    this.profiles = profiles
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
      if (this.profiles !== null) {
        const sessions = [...this.compiled.values()].map(({ session }) => session)
        this.rows = readProfile(sessions, this.profiles)
        this.profiles = null
      }
      return this.rows
    })
  }

  memoryBytes(): Promise<number> {
    return this.inTurn(async () => this.states.bytes())
  }

  dispose(): Promise<void> {
    if (this.disposed) return this.last.then(() => undefined)
    return this.inTurn(async () => {
      this.disposed = true
      const sessions = [...this.compiled.values()].map(({ session }) => session)
      if (this.profiles !== null) readProfile(sessions, this.profiles)
      for (const session of sessions) await session.release()
    })
  }

  private async runNow(name: string, inputs: Tensors): Promise<Record<string, Tensor>> {
    const found = this.compiled.get(name)
    if (!found)
      throw new GraphError('session', `has no program "${name}"; it has ${[...this.compiled.keys()].join(', ')}`)
    const { program, session } = found
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

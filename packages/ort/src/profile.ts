import { GraphError, sizeOf } from 'volvox/core'
import type { TraceEvent } from 'volvox/graph'
import type { InferenceSession } from 'onnxruntime-node'

/** A new folder for the files that ONNX Runtime writes its times to, the only way in which it gives them. */
export function profileFolder(): string {
  const { fs, os, path } = builtins()
  return fs.mkdtempSync(path.join(os.tmpdir(), 'volvox-ort-'))
}

/** How the files of a program in that folder begin. */
export function profilePrefix(folder: string, program: string): string {
  return builtins().path.join(folder, `${encodeURIComponent(program)}.`)
}

/** Ends profiling, gives the steps of each run, program by program, and removes the folder. */
export function readProfile(
  sessions: ReadonlyMap<string, InferenceSession>,
  folder: string,
): { readonly program: string; readonly runs: readonly (readonly TraceEvent[])[] }[] {
  const { fs, path } = builtins()
  for (const session of sessions.values()) session.endProfiling()
  const files = fs.readdirSync(folder).map((file) => path.join(folder, file))
  const found = [...sessions.keys()].map((program) => {
    const prefix = profilePrefix(folder, program)
    const own = files.filter((file) => file.startsWith(prefix))
    return { program, runs: own.flatMap((file) => runsOf(program, JSON.parse(fs.readFileSync(file, 'utf8')))) }
  })
  fs.rmSync(folder, { recursive: true })
  return found
}

/** An event of ONNX Runtime; times are microseconds. */
interface OrtEvent {
  readonly name: string
  readonly ts: number
  readonly dur: number
  readonly args?: Readonly<Record<string, unknown>>
}

/** The kernels' events, run by run. */
function runsOf(program: string, events: unknown): TraceEvent[][] {
  if (!Array.isArray(events)) throw new GraphError('ort', `the profile of ${program} is not one of ONNX Runtime`)
  const all = events.filter(isEvent)
  const within =
    ({ ts, dur }: OrtEvent) =>
    (event: OrtEvent) =>
      event.ts >= ts && event.ts <= ts + dur
  return all
    .filter(({ name }) => name === 'model_run')
    .map((run) =>
      all.filter((event) => event.name.endsWith(KERNEL) && within(run)(event)).map(toTrace(program, run.ts)),
    )
}

const KERNEL = '_kernel_time'

// Nodes are named `op|scope|number` by `Model`; those that ONNX Runtime adds or fuses may have names of their own.
const toTrace =
  (program: string, begin: number) =>
  ({ name, ts, dur, args = {} }: OrtEvent): TraceEvent => {
    const [op, scope = ''] = name.slice(0, -KERNEL.length).split('|')
    const kernel = String(args.op_name ?? '')
    return {
      program,
      op,
      scope,
      kernel,
      isReorder: kernel.startsWith('Reorder'), // into and out of its layout for convolutions
      startMs: (ts - begin) / 1000,
      ms: dur / 1000,
      flops: flopsOfKernel(kernel, shapesIn(args.input_type_shape), shapesIn(args.output_type_shape)),
      bytes: ['activation_size', 'parameter_size', 'output_size'].reduce((sum, key) => sum + Number(args[key] ?? 0), 0),
    }
  }

type Shapes = readonly (readonly number[])[]

/** As `flopsOf` counts, for ONNX's operators. */
function flopsOfKernel(kernel: string, [x, w]: Shapes, [y]: Shapes): number {
  if (!x || !w || !y) return 0
  if (kernel === 'ConvTranspose') return 2 * sizeOf(x) * sizeOf(w.slice(1))
  if (kernel.includes('Conv')) return 2 * sizeOf(y) * sizeOf(w.slice(1))
  return kernel.includes('MatMul') ? 2 * sizeOf(y) * (x.at(-1) ?? 1) : 0
}

/** Shapes from a list like `[{ "float": [1, 16, 8] }]`. */
function shapesIn(list: unknown): Shapes {
  if (!Array.isArray(list)) return []
  return list.map((item: unknown) => {
    const [shape]: unknown[] = typeof item === 'object' && item !== null ? Object.values(item) : []
    return Array.isArray(shape) ? shape.map(Number) : []
  })
}

function isEvent(event: unknown): event is OrtEvent {
  const { name, ts, dur } = event as { readonly name?: unknown; readonly ts?: unknown; readonly dur?: unknown }
  return typeof name === 'string' && typeof ts === 'number' && typeof dur === 'number'
}

function builtins() {
  if (typeof process === 'undefined' || !process.getBuiltinModule)
    throw new GraphError('ort', 'profiling needs a file system; profile in Node')
  return {
    fs: process.getBuiltinModule('fs'),
    os: process.getBuiltinModule('os'),
    path: process.getBuiltinModule('path'),
  }
}

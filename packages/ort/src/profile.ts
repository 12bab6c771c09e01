import { GraphError } from 'volvox'
import type { ProfileRow } from 'volvox/graph'
import type { InferenceSession } from 'onnxruntime-node'

/** A new folder for the files that ONNX Runtime writes its times to, the only way in which it gives them. */
export function profileFolder(): string {
  const { fs, os, path } = builtins()
  return fs.mkdtempSync(path.join(os.tmpdir(), 'volvox-ort-'))
}

/** Ends profiling, adds up the times by operation and scope, slowest first, and removes the folder. */
export function readProfile(sessions: readonly InferenceSession[], folder: string): ProfileRow[] {
  const { fs, path } = builtins()
  for (const session of sessions) session.endProfiling()
  const rows = new Map<string, ProfileRow>()
  for (const file of fs.readdirSync(folder)) {
    const events: unknown = JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8'))
    if (!Array.isArray(events)) throw new GraphError('ort', `${file} is not a profile of ONNX Runtime`)
    for (const event of events as readonly unknown[]) {
      const time = kernelTime(event)
      if (!time) continue
      const key = `${time.op}|${time.scope}`
      const row = rows.get(key) ?? { op: time.op, scope: time.scope, calls: 0, ms: 0 }
      rows.set(key, { ...row, calls: row.calls + 1, ms: row.ms + time.ms })
    }
  }
  fs.rmSync(folder, { recursive: true })
  return [...rows.values()].sort((a, b) => b.ms - a.ms)
}

// Nodes are named `op|scope|number` by `Model`; those that ONNX Runtime adds or fuses may have names of their own.
function kernelTime(event: unknown): { readonly op: string; readonly scope: string; readonly ms: number } | null {
  const { name, dur } = event as { readonly name?: unknown; readonly dur?: unknown }
  if (typeof name !== 'string' || typeof dur !== 'number' || !name.endsWith('_kernel_time')) return null
  const [op, scope = ''] = name.replace(/_kernel_time$/, '').split('|')
  return { op, scope, ms: dur / 1000 }
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

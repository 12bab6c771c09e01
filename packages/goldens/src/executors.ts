import { graph } from 'volvox'
import type { Golden } from './golden.ts'

// Loaded when asked for, since they need native libraries that the interpreter does without.
const loaders: Readonly<Record<string, () => Promise<graph.Executor>>> = {
  interpreter: async () => graph.interpreter,
  onednn: async () => (await import('@volvox/onednn')).createOnednn(),
  ort: async () => (await import('@volvox/ort')).createOrt(),
}

export const executorNames: readonly string[] = ['auto', ...Object.keys(loaders)]

/**
 * The executor called `name`; `auto` stands for the float64 interpreter, and for ONNX Runtime where a network is so big
 * that its weights were not stored, which would take the interpreter minutes.
 */
export function executorFor(golden: Golden, name: string): Promise<graph.Executor> {
  if (name !== 'auto') return loaders[name]()
  return golden.metadata.weights === 'formula' ? loaders.ort() : loaders.interpreter()
}

import { graph } from 'volvox'

// Loaded when asked for, since they need native libraries that the interpreter does without.
const loaders: Readonly<Record<string, () => Promise<graph.Executor>>> = {
  interpreter: async () => graph.interpreter,
  ort: async () => (await import('@volvox/ort')).createOrt(),
}

export const executorNames: readonly string[] = Object.keys(loaders)

export function executorNamed(name: string): Promise<graph.Executor> {
  return loaders[name]()
}

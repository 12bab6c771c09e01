/** The folder of a training run. `@volvox/node` has one on disk; tests and pages may keep theirs in memory. */
export interface RunFolder {
  /** For messages. */
  readonly path: string
  /** The contents, or null when there is no such file. */
  read(name: string): Promise<Uint8Array | null>
  /** Replaces the file at once: whoever reads it, even after a crash, sees the old or the new contents, whole. */
  write(name: string, bytes: Uint8Array): Promise<void>
  append(name: string, bytes: Uint8Array): Promise<void>
  /** Does nothing when there is no such file. */
  remove(name: string): Promise<void>
}

/** A run folder in memory. */
export function memoryFolder(path = 'memory'): RunFolder & { readonly files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>()
  return {
    path,
    files,
    read: async (name) => files.get(name) ?? null,
    write: async (name, bytes) => void files.set(name, bytes.slice()),
    append: async (name, bytes) => {
      const before = files.get(name) ?? new Uint8Array()
      const after = new Uint8Array(before.length + bytes.length)
      after.set(before)
      after.set(bytes, before.length)
      files.set(name, after)
    },
    remove: async (name) => void files.delete(name),
  }
}

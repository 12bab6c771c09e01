import type { Io } from './io.ts'

/** A terminal that remembers what it was told, for tests. */
export interface RecordedIo extends Io {
  readonly printed: string[]
  readonly noted: string[]
  /** Acts as Ctrl-C. */
  interrupt(): void
}

export function recordedIo(): RecordedIo {
  const [printed, noted]: [string[], string[]] = [[], []]
  let stop: (() => void) | null = null
  return {
    printed,
    noted,
    print: (line) => void printed.push(line),
    note: (line) => void noted.push(line),
    progress: () => {},
    settle: () => {},
    onInterrupt(listener) {
      stop = listener
      return () => (stop = null)
    },
    interrupt: () => stop?.(),
  }
}

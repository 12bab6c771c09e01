import process from 'node:process'

/** What commands see of the terminal. */
export interface Io {
  /** A line of results, to stdout. */
  print(line: string): void
  /** A line about what goes on, to stderr. */
  note(line: string): void
  /** A line that the next one replaces on a terminal; elsewhere it is written only now and then. */
  progress(line: string): void
  /** Leaves the last progress line as it is and goes on below it. */
  settle(): void
  /** Calls `stop` at the first Ctrl-C (or SIGTERM); the second ends the process at once. The result takes it back. */
  onInterrupt(stop: () => void): () => void
}

/** Seconds between progress lines where lines cannot be replaced. */
const seldom = 15

/** The real terminal. */
export function terminal(): Io {
  let pending = ''
  let writtenAt = -Infinity
  const live = process.stderr.isTTY === true
  const settle = (): void => {
    if (pending !== '') process.stderr.write(`${pending}\n`)
    pending = ''
  }
  const above = (write: () => void): void => {
    if (live && pending !== '') process.stderr.write('\r\x1b[2K')
    write()
    if (live && pending !== '') process.stderr.write(pending)
  }
  return {
    print: (line) => above(() => process.stdout.write(`${harmless(line)}\n`)),
    note: (line) => above(() => process.stderr.write(`${harmless(line)}\n`)),
    progress(line) {
      const now = performance.now() / 1000
      if (live) {
        if (now - writtenAt < 0.1) return
        pending = fitted(line, process.stderr.columns ?? 80)
        process.stderr.write(`\r\x1b[2K${pending}`)
      } else {
        if (now - writtenAt < seldom) return
        process.stderr.write(`${line}\n`)
      }
      writtenAt = now
    },
    settle() {
      if (live && pending !== '') process.stderr.write('\r\x1b[2K')
      settle()
      writtenAt = -Infinity
    },
    onInterrupt(stop) {
      let asked = false
      const release = (): void => {
        process.off('SIGINT', listen)
        process.off('SIGTERM', listen)
      }
      const listen = (signal: NodeJS.Signals): void => {
        if (!asked) {
          asked = true
          return stop()
        }
        // By the signal itself, which shells report as 130: process.exit would wait for a thread that computes in a
        // native library, and ONNX Runtime then aborts.
        release()
        process.kill(process.pid, signal)
      }
      process.on('SIGINT', listen)
      process.on('SIGTERM', listen)
      return release
    },
  }
}

/** Cut to the width of the terminal: a line that wraps cannot be replaced. */
function fitted(line: string, columns: number): string {
  return line.length < columns ? line : `${line.slice(0, columns - 2)}…`
}

/** The line with control characters spelt out: names in a file must not steer the terminal. */
function harmless(line: string): string {
  return line.replace(/(?![\n\t])\p{Cc}/gu, (letter) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

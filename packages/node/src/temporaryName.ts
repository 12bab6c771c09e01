import { readdirSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { crc32 } from 'node:zlib'
import { codeOf, makeFolder } from './explained.ts'

const machine = crc32(hostname()).toString(16)
const swept = new Set<string>()
let given = 0

/**
 * A name beside `path` to write under until all bytes are there, of this process alone. What processes of this machine left in the
 * folder when they were killed is deleted, once for each folder.
 */
export function temporaryName(path: string): string {
  const folder = dirname(path)
  makeFolder(folder)
  if (!swept.has(folder)) sweep(folder)
  swept.add(folder)
  // Not the whole name: with what is added it might be longer than file systems take.
  return join(folder, `.${basename(path).slice(0, 80)}.${machine}-${process.pid}-${threadId}-${(given += 1)}.part`)
}

function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, writtenOn, pid] = /\.([0-9a-f]+)-(\d+)-\d+-\d+\.part$/.exec(name) ?? []
    if (writtenOn === machine && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0) // 0 is no signal, it only asks
    return true
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
}

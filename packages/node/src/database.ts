import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import type { RootDatabase } from 'lmdb'
import { FormatError, type Files } from 'volvox/core'

type Database = ReturnType<NonNullable<Files['database']>>

/** One handle per file and thread: LMDB does not allow more. */
const opened = new Map<string, RootDatabase<Buffer, string>>()

/** Bytes by key in an LMDB file, which threads and processes share. */
export function database(path: string): Database {
  const db = handle(resolve(path))
  return {
    get: (key) => db.getBinary(key),
    put: (key, bytes) => void db.putSync(key, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
  }
}

function handle(path: string): RootDatabase<Buffer, string> {
  const there = opened.get(path)
  if (there) return there
  try {
    mkdirSync(dirname(path), { recursive: true })
    const { open } = createRequire(import.meta.url)('lmdb') as typeof import('lmdb') // only now: it takes 20 ms to load
    const db = open<Buffer, string>({ path, noSubdir: true, encoding: 'binary' })
    opened.set(path, db)
    return db
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new FormatError(path, `cannot be opened as an LMDB file (${why}); name another file, or delete this one`)
  }
}

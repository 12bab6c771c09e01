import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { Files } from '../../core/files.ts'
import { sampleToBytes } from './sampleBytes.ts'

/**
 * The key under which the result for an item is kept: 64 hexadecimal digits of SHA-256 over the item, over `context` (which
 * transforms it went through) and, for each text in the item that names a file, over that file's size and time of change.
 * So a changed file, item or pipeline is never answered with an old result.
 */
export function itemKey(item: unknown, context: string, files: Files): string {
  const paths = new Set<string>()
  collectTexts(item, paths)
  const stamps = [...paths].sort().map((path) => [path, files.stat?.(path) ?? null])
  return bytesToHex(sha256(sampleToBytes({ item: sorted(item), context, stamps }, 'item')))
}

function collectTexts(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') into.add(value)
  else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
    for (const one of Object.values(value)) collectTexts(one, into)
}

/** The same value with the keys of its records in order, so that their order does not matter. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  const entries = Object.entries(value).map(([key, one]): [string, unknown] => [key, sorted(one)])
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

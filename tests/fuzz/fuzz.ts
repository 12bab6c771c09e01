import { VolvoxError, memoryFiles, readVolume, type Files, type ReadOptions } from 'volvox'
import { nodeFiles } from '../../packages/node/src/files.ts'
import type { Allocations } from './allocations.ts'
import { damaged } from './containers.ts'
import { drawsOf, type Draw } from './mutate.ts'
import { seeds, type Seed } from './seeds.ts'

/** What became of the damaged files of one format. */
export interface Tally {
  files: number
  /** Read all the same: the change did not matter, or made other voxels. */
  read: number
  refused: number
  worstMs: number
  /** The most bytes of arrays that one file led to, and the most for each byte of the file. */
  worstBytes: number
  /** Cases that broke the rules, each in a line that says how to repeat it. */
  failures: string[]
}

export const longestMs = 2000
/** What reading a file may allocate in all: so much, and so much for each of its bytes (DEFLATE grows 1032-fold at most). */
export const bytesAllowed = (fileBytes: number): number => 2 ** 26 + 8 * 1032 * fileBytes

/**
 * Damages `count` files, drawn from the seeds of all formats or of one, and opens each. Case i of a seed number is always the same.
 * Each must be read, or refused by one sentence with the file's name, within `longestMs` and `bytesAllowed`.
 */
export function fuzz(
  from: number,
  count: number,
  seedNumber: number,
  allocations: Allocations | null,
  format?: string,
): Map<string, Tally> {
  const all = seeds().filter((seed) => format === undefined || seed.format === format)
  const tallies = new Map<string, Tally>()
  for (let i = from; i < from + count; i++) {
    const seed = all[i % all.length]
    const tally = tallies.get(seed.format) ?? { files: 0, read: 0, refused: 0, worstMs: 0, worstBytes: 0, failures: [] }
    tallies.set(seed.format, tally)
    tally.files++
    const problem = runCase(seed, drawsOf(seedNumber * 1_000_003 + i), tally, allocations)
    if (problem !== null) tally.failures.push(`${seed.name}, case ${i} of seed ${seedNumber}: ${problem}`)
  }
  return tallies
}

const readings: readonly ReadOptions[] = [{}, { as: 'float32' }, { asPillow: true }, { squeezeNonSpatialDims: true }]

function runCase(seed: Seed, draw: Draw, tally: Tally, allocations: Allocations | null): string | null {
  const entries = new Map(seed.files)
  const names = [...entries.keys()]
  const target = draw(4) === 0 ? names[draw(names.length)] : seed.name
  entries.set(target, damaged(seed.files.get(target) ?? new Uint8Array(0), draw))
  const files = draw(4) === 0 ? memoryFiles(entries) : nodeInflating(entries)
  const size = [...entries.values()].reduce((sum, bytes) => sum + bytes.length, 0)
  const options = readings[draw(readings.length)]
  allocations?.reset()
  const start = performance.now()
  let problem: string | null = null
  try {
    readVolume(seed.name, options, files)
    tally.read++
  } catch (error) {
    tally.refused++
    if (!(error instanceof VolvoxError))
      problem = `not a sentence but ${String(error instanceof Error ? error.stack : error)}`
    else if (!names.some((name) => error.message.startsWith(name)) || /[\n\r]/.test(error.message))
      problem = `its sentence is "${error.message}"`
  }
  const elapsed = performance.now() - start
  const bytes = allocations?.bytes ?? 0
  // Once more where it was slow: the machine may have been busy with something else.
  const ms = elapsed > longestMs ? Math.min(elapsed, repeated(seed.name, options, files)) : elapsed
  tally.worstMs = Math.max(tally.worstMs, ms)
  tally.worstBytes = Math.max(tally.worstBytes, bytes)
  if (ms > longestMs) problem ??= `it took ${Math.round(ms)} ms`
  if (bytes > bytesAllowed(size)) problem ??= `${bytes} bytes were allocated for a file of ${size}`
  return problem
}

function repeated(name: string, options: ReadOptions, files: Files): number {
  const start = performance.now()
  try {
    readVolume(name, options, files)
  } catch {
    // told before
  }
  return performance.now() - start
}

/** Files in memory whose compressed data Node's zlib inflates, and whose coded pixels the wasm libraries decode. */
function nodeInflating(entries: Map<string, Uint8Array>): Files {
  const { inflate, imageDecoder } = nodeFiles
  return { ...memoryFiles(entries), inflate, imageDecoder }
}

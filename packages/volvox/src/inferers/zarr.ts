import { bytesIn } from '../core/dtype.ts'
import { FormatError, MissingError, OptionError } from '../core/errors.ts'
import type { Files } from '../core/files.ts'
import { sizeOf, type FloatTensor } from '../core/tensor.ts'
import { forEachCommonRun } from './volume.ts'

/** Bytes of chunks that are kept in memory. */
const keptBytes = 256 * 2 ** 20

/**
 * A float32 array in a folder of chunks: Zarr version 2, C order, little-endian, not compressed, as `zarr.open` reads it.
 * Chunks that were used last are in memory; `flush` writes what is only there.
 */
export class ZarrArray {
  readonly path: string
  readonly shape: readonly number[]
  readonly chunks: readonly number[]
  private readonly files: Files
  /** Chunks in memory, those used last at the end; and which of them differ from their files. */
  private readonly kept = new Map<string, Float32Array>()
  private readonly changed = new Set<string>()
  /** Chunks that have a file; null when any may have one. */
  private readonly stored: Set<string> | null

  private constructor(
    files: Files,
    path: string,
    shape: readonly number[],
    chunks: readonly number[],
    stored: Set<string> | null,
  ) {
    this.files = files
    this.path = path
    this.shape = shape
    this.chunks = chunks
    this.stored = stored
  }

  /** A new array of zeros; files of an older one at that place are not looked at. */
  static create(path: string, shape: readonly number[], chunks: readonly number[], files: Files): ZarrArray {
    if (chunks.length !== shape.length || chunks.some((n) => !Number.isInteger(n) || n < 1))
      throw new OptionError(
        'zarr.chunks',
        `[${chunks.join(', ')}] do not fit [${shape.join(', ')}]; give a size of 1 or more for each axis`,
      )
    const metadata = {
      chunks,
      compressor: null,
      dtype: '<f4',
      fill_value: 0,
      filters: null,
      order: 'C',
      shape,
      zarr_format: 2,
    }
    files.write(`${path}/.zarray`, new TextEncoder().encode(`${JSON.stringify(metadata, null, 2)}\n`))
    return new ZarrArray(files, path, shape, chunks, new Set())
  }

  /** An array that was written before, by this class or by another program in the same plain form. */
  static open(path: string, files: Files): ZarrArray {
    const where = `${path}/.zarray`
    const metadata = parsed(where, new TextDecoder().decode(files.read(where)))
    const { shape, chunks } = metadata
    if (!isShape(shape) || !isShape(chunks) || shape.length !== chunks.length || chunks.includes(0))
      throw new FormatError(where, 'has no usable shape and chunks; the file is damaged')
    for (const [key, wanted] of Object.entries({ dtype: '<f4', order: 'C', compressor: null, filters: null }))
      if (metadata[key] !== wanted)
        throw new FormatError(
          where,
          `${key} is ${JSON.stringify(metadata[key])}; only ${JSON.stringify(wanted)} can be read`,
        )
    return new ZarrArray(files, path, shape, chunks, null)
  }

  /** Calls `visit` with every chunk that a box touches, its values to be read or changed, and where it begins. */
  forEachChunk(
    start: readonly number[],
    size: readonly number[],
    visit: (values: Float32Array, origin: readonly number[], key: string) => void,
  ): void {
    const { chunks } = this
    const walk = (axis: number, place: readonly number[]): void => {
      if (axis === chunks.length) {
        const key = place.join('.')
        visit(
          this.chunk(key),
          place.map((n, i) => n * chunks[i]),
          key,
        )
        return
      }
      const last = Math.floor((start[axis] + size[axis] - 1) / chunks[axis])
      for (let n = Math.floor(start[axis] / chunks[axis]); n <= last; n++) walk(axis + 1, [...place, n])
    }
    walk(0, [])
  }

  /** A box of the array, all of it unless told otherwise. */
  read(start: readonly number[] = this.shape.map(() => 0), size: readonly number[] = this.shape): FloatTensor {
    const data = new Float32Array(sizeOf(size))
    this.forEachChunk(start, size, (values, origin) => {
      const from = start.map((n, axis) => Math.max(n, origin[axis]))
      const to = start.map((n, axis) => Math.min(n + size[axis], origin[axis] + this.chunks[axis]))
      forEachCommonRun(
        to.map((n, axis) => n - from[axis]),
        { shape: this.chunks, start: from.map((n, axis) => n - origin[axis]) },
        { shape: size, start: from.map((n, axis) => n - start[axis]) },
        (a, b, run) => data.set(values.subarray(a, a + run), b),
      )
    })
    return { dtype: 'float32', shape: size, data }
  }

  /** Says that a chunk was changed in memory. */
  touch(key: string): void {
    this.changed.add(key)
  }

  /** Writes every chunk that was changed. */
  flush(): void {
    for (const key of this.changed) this.write(key)
    this.changed.clear()
  }

  private chunk(key: string): Float32Array {
    const values = this.kept.get(key) ?? this.load(key)
    this.kept.delete(key)
    this.kept.set(key, values)
    const room = Math.max(1, Math.floor(keptBytes / (4 * sizeOf(this.chunks))))
    for (const old of this.kept.keys()) {
      if (this.kept.size <= room) break
      if (this.changed.delete(old)) this.write(old)
      this.kept.delete(old)
    }
    return values
  }

  private load(key: string): Float32Array {
    const values = new Float32Array(sizeOf(this.chunks))
    if (this.stored && !this.stored.has(key)) return values
    const bytes = this.bytesOf(key)
    if (!bytes) return values
    if (bytes.length !== values.byteLength)
      throw new FormatError(
        `${this.path}/${key}`,
        `has ${bytes.length} bytes, a chunk ${values.byteLength}; the file is damaged or compressed`,
      )
    new Uint8Array(values.buffer).set(bytes)
    return values
  }

  /** What is in a chunk's file; null when there is none, which stands for zeros. */
  private bytesOf(key: string): Uint8Array | null {
    try {
      return this.files.read(`${this.path}/${key}`)
    } catch (error) {
      if (error instanceof MissingError) return null
      throw error
    }
  }

  private write(key: string): void {
    const values = this.kept.get(key)!
    this.files.write(`${this.path}/${key}`, bytesIn(values))
    this.stored?.add(key)
  }
}

function parsed(where: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // said below
  }
  throw new FormatError(where, 'is not JSON; the file is damaged or not of Zarr version 2')
}

function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isInteger(n) && n >= 0)
}

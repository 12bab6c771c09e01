import { gzipSync, zlibSync, type GzipOptions } from 'fflate'
import { MissingError } from '../core/errors.ts'
import type { Files } from '../core/files.ts'
import { inflate } from './inflate.ts'

/**
 * Files held in memory by path, e.g. those that the user of a page picked; what is written is added to `entries`.
 * (De)compression is pure JavaScript, so this works where Node does not. Decoders of compressed DICOM are to be handed in, see
 * `wasmImageDecoder`.
 */
export function memoryFiles(
  entries: Map<string, Uint8Array> = new Map(),
  given: Pick<Files, 'imageDecoder'> = {},
): Files {
  return {
    ...given,
    list(path) {
      const folder = path.replace(/\/?$/, '/')
      const inside = [...entries.keys()].filter((key) => key.startsWith(folder)).map((key) => key.slice(folder.length))
      return inside.length > 0 && !entries.has(path) ? inside.filter((name) => !name.includes('/')).sort() : null
    },
    read(path, limit) {
      const bytes = entries.get(path)
      if (!bytes) throw new MissingError(path, 'there is no such file; pick it too')
      return limit === undefined ? bytes : bytes.subarray(0, limit)
    },
    write(path, bytes) {
      entries.set(path, bytes.slice())
    },
    inflate,
    deflate: (bytes, container, level = 6) => {
      const options = { level: Math.min(9, Math.max(0, Math.round(level))) as GzipOptions['level'], mtime: 0 } // whole and 0 to 9: one of fflate's levels
      return container === 'gzip' ? gzipSync(bytes, options) : zlibSync(bytes, options)
    },
  }
}

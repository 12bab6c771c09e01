import { OptionError } from '../../core/errors.ts'
import { joinedBytes } from '../../core/lists.ts'
import { crc32 } from '../crc32.ts'

/** A file of an archive that is being written. */
export interface ZipFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Where contents begin: at multiples of so many bytes, as PyTorch does, so that they can be used in place. */
const alignment = 64

/** A zip archive of files that are stored as they are; `where` names it in errors. */
export function writeZip(files: readonly ZipFile[], where = 'zip archive'): Uint8Array {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let at = 0
  const add = (bytes: Uint8Array): void => {
    parts.push(bytes)
    at += bytes.length
  }
  for (const { name, bytes } of files) {
    const encoded = new TextEncoder().encode(name)
    const crc = crc32(bytes)
    const header = at
    const unpadded = header + 30 + encoded.length
    const padding = (alignment - ((unpadded + 4) % alignment)) % alignment
    const common = fields(
      [20, 2],
      [0x800, 2],
      [0, 2],
      [0, 2],
      [0x21, 2],
      [crc, 4],
      [bytes.length, 4],
      [bytes.length, 4],
    )
    // The padding is an extra field of PyTorch's own kind, "FB".
    add(joinedBytes([fields([0x04034b50, 4]), common, fields([encoded.length, 2], [4 + padding, 2]), encoded]))
    add(joinedBytes([fields([0x4246, 2], [padding, 2]), new Uint8Array(padding)]))
    add(bytes)
    directory.push(
      fields([0x02014b50, 4], [20, 2]),
      common,
      fields([encoded.length, 2], [0, 2], [0, 2], [0, 2], [0, 2], [0, 4], [header, 4]),
      encoded,
    )
  }
  const list = joinedBytes(directory)
  if (at + list.length > 0xfffffffe || files.length > 0xfffe)
    throw new OptionError(
      where,
      `${at} bytes in ${files.length} files do not fit in a zip archive; it holds up to 4 GiB and 65534 files`,
    )
  const end = fields(
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [files.length, 2],
    [files.length, 2],
    [list.length, 4],
    [at, 4],
    [0, 2],
  )
  return joinedBytes([...parts, list, end])
}

/** Little-endian numbers of so many bytes each. */
function fields(...numbers: readonly (readonly [value: number, bytes: 2 | 4])[]): Uint8Array {
  const out = new Uint8Array(numbers.reduce((sum, [, bytes]) => sum + bytes, 0))
  const view = new DataView(out.buffer)
  let at = 0
  for (const [value, bytes] of numbers) {
    if (bytes === 2) view.setUint16(at, value, true)
    else view.setUint32(at, value, true)
    at += bytes
  }
  return out
}

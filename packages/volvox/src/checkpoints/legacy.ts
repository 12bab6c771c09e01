import { bytesOf, type DType } from '../core/dtype.ts'
import { FormatError, shown } from '../core/errors.ts'
import { tensor } from '../core/tensor.ts'
import { checkpointMeanings } from './constructors.ts'
import { Cursor } from './pickle/cursor.ts'
import { unpickle } from './pickle/unpickle.ts'
import { TorchStorage, viewed, type CopyBudget } from './storage.ts'
import { keyText, told, type TorchValue } from './values.ts'
import type { TorchFile } from './torchFile.ts'

/** The pickle of the number that files of PyTorch before 1.6 begin with, but for its protocol. */
const magic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
const version = 1001

export function isLegacy(bytes: Uint8Array): boolean {
  const start = bytes[2] === 0x95 ? 11 : 2 // protocols 4 and 5 begin with a frame
  return bytes[0] === 0x80 && magic.every((byte, i) => bytes[start + i] === byte)
}

interface Declared {
  readonly dtype: DType | null
  readonly count: number
}

/**
 * Five pickles (magic number, version, system, value, keys of storages), then each storage: its count and its elements.
 * The value comes before the storages that its tensors view, so it is read twice: once to learn of them.
 */
export function readLegacy(bytes: Uint8Array, budget: CopyBudget, where: string): TorchFile {
  const cursor = new Cursor(bytes, where)
  const plain = checkpointMeanings(where, () => refuseStorage(where), { viewed, budget })
  unpickle(cursor, plain, where)
  const found = unpickle(cursor, plain, where)
  if (found !== version)
    throw new FormatError(where, `is of version ${told(found)} of PyTorch's old format; version ${version} can be read`)
  unpickle(cursor, plain, where) // the system it was written on: numbers are little-endian in any case
  const start = cursor.at
  const declared = new Map<string, Declared>()
  const learn = checkpointMeanings(
    where,
    (key, dtype, count) => {
      declared.set(key, { dtype, count })
      return new TorchStorage(new Uint8Array(), dtype)
    },
    { budget, viewed: (_, dtype) => tensor(dtype, [0], new Float32Array()) },
  )
  unpickle(cursor, learn, where)
  const storages = storagesAt(cursor, unpickle(cursor, plain, where), declared, where)
  const meanings = checkpointMeanings(
    where,
    (key, dtype, _, [part]) => {
      const storage = storages.get(key)
      if (!storage)
        throw new FormatError(where, `uses storage ${shown(key)}, which it does not hold; the file is damaged`)
      return part == null ? storage : partOf(storage, dtype, part, where)
    },
    { viewed, budget },
  )
  return { container: 'legacy', value: unpickle(new Cursor(bytes, where, start), meanings, where) }
}

function storagesAt(
  cursor: Cursor,
  keys: TorchValue,
  declared: ReadonlyMap<string, Declared>,
  where: string,
): Map<string, TorchStorage> {
  if (!Array.isArray(keys))
    throw new FormatError(where, `has ${told(keys)} where the keys of its storages should be; the file is damaged`)
  const storages = new Map<string, TorchStorage>()
  for (const key of (keys as readonly TorchValue[]).map(keyText)) {
    const known = declared.get(key)
    if (!known) throw new FormatError(where, `holds a storage ${shown(key)} that no tensor uses; the file is damaged`)
    const count = cursor.u64()
    if (count !== known.count)
      throw new FormatError(
        where,
        `storage ${shown(key)} has ${count} elements, its tensors say ${known.count}; the file is damaged`,
      )
    storages.set(key, new TorchStorage(cursor.take(count * (known.dtype ? bytesOf(known.dtype) : 1)), known.dtype))
  }
  return storages
}

/** A storage inside another: `(key, first element, count)`. */
function partOf(storage: TorchStorage, dtype: DType | null, part: TorchValue, where: string): TorchStorage {
  const [, offset = null, count = null] = Array.isArray(part) ? (part as readonly TorchValue[]) : []
  const size = dtype ? bytesOf(dtype) : 1
  const [begin, end] = [Number(offset) * size, (Number(offset) + Number(count)) * size]
  if (
    typeof offset !== 'number' ||
    typeof count !== 'number' ||
    !(begin >= 0 && end >= begin && end <= storage.bytes.length)
  )
    throw new FormatError(
      where,
      `uses ${told(part)} of a storage of ${storage.bytes.length} bytes; the file is damaged`,
    )
  return new TorchStorage(storage.bytes.subarray(begin, end), dtype)
}

function refuseStorage(where: string): never {
  throw new FormatError(where, 'has a tensor in front of its value; the file is damaged')
}

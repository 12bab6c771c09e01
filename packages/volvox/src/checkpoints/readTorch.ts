import { bytesOf, type DType } from '../core/dtype.ts'
import { FormatError, shown } from '../core/errors.ts'
import { checkpointMeanings, type FindStorage } from './constructors.ts'
import { isLegacy, readLegacy } from './legacy.ts'
import { Cursor } from './pickle/cursor.ts'
import { unpickle } from './pickle/unpickle.ts'
import { TorchStorage, viewed, type CopyBudget } from './storage.ts'
import type { TorchFile } from './torchFile.ts'
import { checkWalkable } from './values.ts'
import { isZip, openZip, type ZipArchive } from '../formats/zip/openZip.ts'

/** Whether a file begins like one that PyTorch wrote. */
export function isTorch(bytes: Uint8Array): boolean {
  return isZip(bytes) || isLegacy(bytes)
}

/**
 * Reads `.pt`, `.pth` and TorchScript files. Nothing in them is executed: their pickle may only name what is on a list
 * of constructors, all of which make plain data. Tensors are views of `bytes` where they lie there in C order and
 * aligned. `where` names the file in errors.
 */
export function readTorch(bytes: Uint8Array, where = 'checkpoint'): TorchFile {
  const file = inMemory(() => valueIn(bytes, where), where)
  if (!file) {
    const begins =
      bytes.length === 0 ? 'is empty' : `begins with ${shown(String.fromCharCode(...bytes.subarray(0, 8)))}`
    throw new FormatError(where, `${begins}, which no file of PyTorch's does; give what torch.save wrote`)
  }
  checkWalkable(file.value, where)
  return file
}

function valueIn(bytes: Uint8Array, where: string): TorchFile | null {
  const budget: CopyBudget = { left: Math.max(2 ** 26, 4 * bytes.length) }
  if (isZip(bytes)) return readZip(bytes, budget, where)
  return isLegacy(bytes) ? readLegacy(bytes, budget, where) : null
}

/** Runs `read`; what no array or machine can hold becomes a sentence. */
function inMemory<T>(read: () => T, where: string): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new FormatError(where, `does not fit in memory (${error.message}); it is damaged, or takes a larger machine`)
  }
}

function readZip(bytes: Uint8Array, budget: CopyBudget, where: string): TorchFile {
  const archive = openZip(bytes, where)
  const pickle = archive.names.find((name) => /^[^/]+\/data\.pkl$/.test(name))
  if (!pickle) {
    const old = archive.names.some((name) => /^[^/]+\/model\.json$/.test(name))
    throw new FormatError(
      where,
      old
        ? 'is a TorchScript archive from before PyTorch 1.1; load and save it once with a newer PyTorch'
        : `is a zip archive without data.pkl (it has ${shown(archive.names.slice(0, 3).join(', '))}); give what torch.save wrote`,
    )
  }
  const root = pickle.slice(0, pickle.lastIndexOf('/') + 1)
  const isScript = archive.names.includes(`${root}constants.pkl`)
  const meanings = checkpointMeanings(where, storagesIn(archive, root, where), { viewed, budget, isScript })
  const value = unpickle(new Cursor(archive.read(pickle), where), meanings, where)
  return { container: isScript ? 'torchscript' : 'zip', value }
}

function storagesIn(archive: ZipArchive, root: string, where: string): FindStorage {
  const order = `${root}byteorder`
  const bigEndian = archive.names.includes(order) && new TextDecoder().decode(archive.read(order)) === 'big'
  const known = new Map<string, TorchStorage>()
  return (key, dtype: DType | null, count) => {
    const id = `${key} ${dtype}`
    const storage = known.get(id) ?? new TorchStorage(archive.read(`${root}data/${key}`), dtype, bigEndian)
    known.set(id, storage)
    const size = dtype ? bytesOf(dtype) : 1
    if (storage.bytes.length < count * size)
      throw new FormatError(
        where,
        `storage ${shown(key)} should hold ${count} elements of ${size} bytes but has ${storage.bytes.length} bytes; the file is damaged`,
      )
    return storage
  }
}

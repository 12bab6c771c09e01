import { MissingError, OptionError } from '../../core/errors.ts'
import type { Files, OpenFile } from '../../core/files.ts'

/** Bytes by key, that several threads and processes may use at once. */
export interface ByteStore {
  /** In `room`, where the platform reads into memory that it is given. */
  get(key: string, room: (bytes: number) => Uint8Array): Uint8Array | undefined
  put(key: string, bytes: Uint8Array): void
  /** What changes when the bytes of a key do; null where nobody can tell. */
  version?(key: string): string | null
}

/** Where a data set keeps its results: a folder with a file each, or one file for all. */
export interface StorePlace {
  readonly path: string
  readonly single: boolean
}

/** Opens the store; writes are whole or not there, whoever else writes. */
export function openStore({ path, single }: StorePlace, files: Files): ByteStore {
  if (!single) return folderStore(path, files)
  if (!files.database)
    throw new OptionError(
      'cacheDir',
      'a store in a single file is not to be had here (in a browser); use PersistentDataset or CacheDataset',
    )
  return files.database(path)
}

function folderStore(folder: string, files: Files): ByteStore {
  // Subfolders by the first two digits: folders with a hundred thousand files are slow.
  const pathOf = (key: string) => `${folder}/${key.slice(0, 2)}/${key}.safetensors`
  return {
    get(key, room) {
      try {
        return files.open ? readInto(files.open(pathOf(key)), room) : files.read(pathOf(key))
      } catch (error) {
        if (error instanceof MissingError) return undefined
        throw error
      }
    },
    version(key) {
      const stat = files.stat?.(pathOf(key))
      return stat ? `${stat.size} ${stat.modifiedMs}` : null
    },
    // What a power cut takes is found damaged by its checksums and made anew; waiting for the disk takes longer than most transforms.
    put: (key, bytes) => files.write(pathOf(key), bytes, { lasting: false }),
  }
}

function readInto(file: OpenFile, room: (bytes: number) => Uint8Array): Uint8Array {
  try {
    return file.read(0, file.size, room(file.size))
  } finally {
    file.close()
  }
}

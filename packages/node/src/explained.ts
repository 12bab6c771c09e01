import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { FormatError, MissingError, VolvoxError } from 'volvox/core'

/** Runs `action`; what the operating system refuses becomes one sentence about `path`. */
export function explained<T>(path: string, verb: 'opened' | 'read' | 'written', action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (error instanceof VolvoxError) throw error
    const code = codeOf(error)
    if (code === 'ENOENT') throw new MissingError(path, 'there is no such file; check the path')
    const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error))
    throw new FormatError(path, `cannot be ${verb}: ${reason}`)
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied; change its mode or owner',
  EPERM: 'permission is denied; change its mode or owner',
  EROFS: 'the file system is read-only; choose another folder',
  EISDIR: 'it is a folder; name a file',
  ENOTDIR: 'a part of the path is a file, not a folder; check the path',
  EEXIST: 'a part of the path is a file, not a folder; check the path',
  ENOSPC: 'the disk is full; make room and repeat',
  EDQUOT: 'the quota of the disk is used up; make room and repeat',
  EMFILE: 'too many files are open; raise the limit (ulimit -n)',
  ENAMETOOLONG: 'the name is too long; shorten it',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB; store it compressed or in parts',
}

/** The system's name for what went wrong, e.g. `ENOENT`. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** Makes a folder and those above it, where they are missing. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true })
  } catch (error) {
    // On a read-only file system Node 20 says that the folder itself is not there; the first one that is missing tells why.
    if (codeOf(error) === 'ENOENT') mkdirSync(firstMissing(path))
    throw error
  }
}

function firstMissing(path: string): string {
  const above = dirname(path)
  return above === path || existsSync(above) ? path : firstMissing(above)
}

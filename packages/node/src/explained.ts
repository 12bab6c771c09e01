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
    if (code === 'ENOENT' && verb === 'read') throw new MissingError(path, 'there is no such file; check the path')
    const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error))
    throw new FormatError(path, `cannot be ${verb}: ${reason}`)
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'its folder cannot be made there; choose another',
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

/** Makes a folder and those above it, where they are missing. Node's `recursive` never ends where the system says ENOENT, as in /proc. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  const above = dirname(path)
  if (above !== path) makeFolder(above)
  try {
    mkdirSync(path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error // another process may have made it meanwhile
  }
}

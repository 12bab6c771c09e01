import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { RunFolder } from 'volvox'
import { makeFolder } from './explained.ts'
import { temporaryName } from './temporaryName.ts'

/**
 * A run folder on disk. `write` survives a kill and a power cut: the bytes are on the disk under a temporary name before
 * the name is moved, and the move itself is made lasting by syncing the folder.
 */
export function runFolder(path: string): RunFolder {
  const root = resolve(path)
  const at = (name: string) => join(root, name)
  return {
    path: root,
    async read(name) {
      try {
        return await readFile(at(name))
      } catch (error) {
        if (isMissing(error)) return null
        throw error
      }
    },
    async write(name, bytes) {
      const target = at(name)
      const temporary = temporaryName(target)
      try {
        const file = await open(temporary, 'w')
        try {
          await file.writeFile(bytes)
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(temporary, target)
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
      await syncFolder(dirname(target))
    },
    async append(name, bytes) {
      makeFolder(dirname(at(name)))
      const file = await open(at(name), 'a')
      try {
        await file.writeFile(bytes)
      } finally {
        await file.close()
      }
    },
    remove: (name) => rm(at(name), { force: true }),
  }
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return // folders cannot be opened there
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

// What was found in label maps, kept in a folder of small files: for the next run, and for other processes.
import { MissingError } from '../../core/errors.ts'
import { currentFiles } from '../../core/files.ts'
import { isRecord } from '../../core/json.ts'

/** The form of the files; others are not read. */
const version = 1

/**
 * What is kept under `name`, or made now and kept. Files are written whole under another name first, so that processes never see
 * halves; a file that does not hold what it should is made anew.
 */
export function storedIn<T>(folder: string, name: string, fits: (value: unknown) => value is T, make: () => T): T {
  const files = currentFiles()
  const path = `${folder}/${name}.json`
  const known = read(() => files.read(path))
  if (fits(known)) return known
  const value = make()
  files.write(path, new TextEncoder().encode(JSON.stringify({ version, value })))
  return value
}

function read(bytes: () => Uint8Array): unknown {
  try {
    const content: unknown = JSON.parse(new TextDecoder().decode(bytes()))
    return isRecord(content) && content.version === version ? content.value : undefined
  } catch (error) {
    if (error instanceof MissingError || error instanceof SyntaxError) return undefined
    throw error
  }
}

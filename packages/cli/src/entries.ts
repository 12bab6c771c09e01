import { statSync, type Stats } from 'node:fs'
import { MissingError } from 'volvox'

/** What there is at a path that the user named; throws where there is nothing. */
export function entryAt(path: string): Stats {
  const entry = statSync(path, { throwIfNoEntry: false })
  if (!entry) throw new MissingError(path, 'there is no such file or folder; check the path')
  return entry
}

import { MissingError } from './errors.ts'

/**
 * The outside world, for the few transforms that touch it (LoadImage, SaveImage). Node's lives in `@volvox/node`;
 * in a browser, hand in the files that the user picked. Synchronous, since transforms run in worker threads.
 */
export interface Files {
  /** The user's folder, which "~" stands for; none where there is no user. */
  readonly home?: string
  /** The whole file; throws `MissingError` when it is not there. `limit` asks for at most so many leading bytes. */
  read(path: string, limit?: number): Uint8Array
  /** Writes under a temporary name, then renames, so that no half-written file is ever seen. Makes missing folders. */
  write(path: string, bytes: Uint8Array): void
  /** Inflates gzip or zlib bytes; throws when they are damaged or inflate to more than `limit` bytes. */
  inflate(bytes: Uint8Array, limit: number): Uint8Array
  /** gzip (`gzip`) or zlib (`deflate`) bytes. */
  deflate(bytes: Uint8Array, container: 'gzip' | 'zlib', level?: number): Uint8Array
}

let installed: Files | null = null

/** Makes `files` what LoadImage and SaveImage use when they are not given their own. */
export function useFiles(files: Files): void {
  installed = files
}

export function currentFiles(): Files {
  if (!installed)
    throw new MissingError(
      'files',
      'no file system is set; call useFiles(nodeFiles) from "@volvox/node", or useFiles with the files of the page',
    )
  return installed
}

import { MissingError } from './errors.ts'

/**
 * The outside world, for the few transforms that touch it (LoadImage, SaveImage). Node's lives in `@volvox/node`;
 * in a browser, hand in the files that the user picked. Synchronous, since transforms run in worker threads.
 */
export interface Files {
  /** The user's folder, which "~" stands for; none where there is no user. */
  readonly home?: string
  /**
   * The whole file; throws `MissingError` when it is not there. `limit` asks for at most so many leading bytes. With `briefly` it may
   * lie in memory that is written over by the next file that is read so.
   */
  read(path: string, limit?: number, briefly?: boolean): Uint8Array
  /**
   * Writes under a temporary name, then renames, so that no half-written file is ever seen. Makes missing folders. Unless `lasting` is
   * false the bytes are on the disk when it returns: a power cut does not take them any more.
   */
  write(path: string, bytes: Uint8Array, how?: { readonly lasting?: boolean }): void
  /**
   * Inflates gzip or zlib bytes, or with `raw` a DEFLATE stream without either's head; throws when they are damaged or inflate to
   * more than `limit` bytes. With `briefly` what comes out may lie in memory that is written over by the next call of that kind, and
   * when the file has been read.
   */
  inflate(bytes: Uint8Array, limit: number, container?: 'raw', briefly?: boolean): Uint8Array
  /** Size in bytes and time of the last change; null where there is no such file. */
  stat?(path: string): { readonly size: number; readonly modifiedMs: number } | null
  /** Opens a file that holds bytes by key, for several threads and processes at once; makes it where it is missing. */
  database?(path: string): {
    /** In the memory that `room` gives, or its own. */
    get(key: string, room?: (bytes: number) => Uint8Array): Uint8Array | undefined
    put(key: string, bytes: Uint8Array): void
  }
  /** The CRC-32 of gzip and zip, where the platform has it faster than JavaScript. */
  crc32?(bytes: Uint8Array): number
  /** gzip (`gzip`) or zlib (`deflate`) bytes. */
  deflate(bytes: Uint8Array, container: 'gzip' | 'zlib', level?: number): Uint8Array
  /** Opens a file to read parts of it, such as regions of a whole-slide image. */
  open?(path: string): OpenFile
  /** Names of the files in a folder, without those of folders below, sorted; null where `path` is no folder. */
  list?(path: string): readonly string[] | null
  /** A decoder of compressed pixels that is not a part of Volvox, loaded when it is first asked for. */
  imageDecoder?(name: ImageDecoderName): ImageDecoder
}

/** A file of which parts are read. */
export interface OpenFile {
  /** Bytes. */
  readonly size: number
  /** The bytes from place `at`, in `into` if that is given and can be used; fewer where the file ends. */
  read(at: number, length: number, into?: Uint8Array): Uint8Array
  close(): void
}

/** The codings of pixels that libraries decode. */
export type ImageDecoderName = 'jpegLs' | 'jpeg2000' | 'htj2k'

/** Decodes one image; throws where it cannot. */
export type ImageDecoder = (encoded: Uint8Array) => DecodedImage

export interface DecodedImage {
  readonly width: number
  readonly height: number
  readonly components: number
  readonly bits: number
  /** Row by row, little endian, 1 byte a sample up to 8 bits and 2 above. */
  readonly data: Uint8Array
  /** Each component has a plane of its own; else the samples of a pixel are together. */
  readonly planar: boolean
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

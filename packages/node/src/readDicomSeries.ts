import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import {
  chosenSeries,
  dicomSeries,
  fromWire,
  MissingError,
  namesMatching,
  pathIn,
  volumeOfSeries,
  type DicomFile,
  type ReadOptions,
  type StoredPixels,
  type Volume,
  type WireError,
} from 'volvox'
import { nodeFiles } from './files.ts'

/** What a thread of `readDicomSeries` is given. */
export interface DecodeTask {
  readonly paths: readonly string[]
}

/** What it sends for each file; the error of the first that fails, and then nothing more. */
export type DecodeReply =
  { readonly path: string; readonly pixels: StoredPixels } | { readonly path: string; readonly error: WireError }

/** Files that are read at the same time; the system's threads for that are four. */
const readers = 8
/** Fewer compressed files are decoded here: a thread takes a seventh of a second to start. */
const fewFiles = 8

/**
 * Reads a DICOM folder like `readVolume`, without holding up the program: files are read at the same time, and compressed pixels
 * are decoded by `threads` threads, one for each processor unless given.
 */
export async function readDicomSeries(
  folder: string,
  options: ReadOptions = {},
  threads: number = availableParallelism(),
): Promise<Volume> {
  const listed = nodeFiles.list?.(folder)
  if (!listed) throw new MissingError(folder, 'is no folder; give the one that the files of a series are in')
  const names = namesMatching(folder, listed, options.filePattern)
  const bytes = await readAll(names.map((name) => pathIn(folder, name)))
  const files = {
    ...nodeFiles,
    read: (path: string, limit?: number) => (bytes.get(path) ?? nodeFiles.read(path)).subarray(0, limit),
  }
  const series = chosenSeries(dicomSeries(folder, names, files), options.seriesName, folder)
  const coded = series.files.filter(({ file }) => file.syntax.compression !== 'none')
  const decoded = coded.length > fewFiles && threads > 1 ? await decodeAll(coded, threads) : undefined
  const volume = volumeOfSeries(series, folder, files, options, decoded)
  return { ...volume, meta: { ...volume.meta, format: 'DICOM', filename_or_obj: folder } }
}

async function readAll(paths: readonly string[]): Promise<Map<string, Uint8Array>> {
  const bytes = new Map<string, Uint8Array>()
  let next = 0
  const reader = async (): Promise<void> => {
    for (let i = next++; i < paths.length; i = next++) {
      const buffer = await readFile(paths[i]).catch(() => null) // told when it is looked at
      if (buffer) bytes.set(paths[i], new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length))
    }
  }
  await Promise.all(Array.from({ length: readers }, reader))
  return bytes
}

/** Each thread takes every so-many-th file. */
async function decodeAll(
  files: readonly { readonly name: string; readonly file: DicomFile }[],
  threads: number,
): Promise<Map<DicomFile, StoredPixels>> {
  const byPath = new Map(files.map(({ name, file }) => [name, file]))
  const decoded = new Map<DicomFile, StoredPixels>()
  const parts = Array.from({ length: Math.min(threads, files.length) }, (_, part) =>
    files.filter((_file, i) => i % threads === part).map(({ name }) => name),
  )
  // The built file: worker threads of Node 20 do not run TypeScript.
  const entry = new URL('../dist/dicomWorker.js', import.meta.url)
  const workers = parts.map((paths) => new Worker(entry, { workerData: { paths } satisfies DecodeTask, execArgv: [] }))
  try {
    await Promise.all(workers.map((worker, i) => finished(worker, parts[i].length, byPath, decoded)))
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  return decoded
}

function finished(
  worker: Worker,
  count: number,
  files: ReadonlyMap<string, DicomFile>,
  decoded: Map<DicomFile, StoredPixels>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = count
    worker.on('error', reject)
    worker.on('exit', () => reject(new Error('a thread that decodes DICOM ended too soon')))
    worker.on('message', (reply: DecodeReply) => {
      const file = files.get(reply.path)
      if ('error' in reply) return reject(fromWire(reply.error))
      if (file) decoded.set(file, reply.pixels)
      if (--left === 0) resolve()
    })
  })
}

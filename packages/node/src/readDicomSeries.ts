import { open } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import {
  chosenSeries,
  dicomSeries,
  framesInOrder,
  framesOnDisk,
  fromWire,
  headBytes,
  MissingError,
  namesMatching,
  pathIn,
  segmentationIn,
  changedMeanwhile,
  stackOfSeries,
  volumeOfStack,
  type DicomFile,
  type DicomSeries,
  type OpenFile,
  type Piece,
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
  const heads = await readHeads(names.map((name) => pathIn(folder, name)))
  const files = { ...nodeFiles, open: (path: string) => heads.get(path) ?? nodeFiles.open!(path) }
  const series = chosenSeries(dicomSeries(folder, names, files), options.seriesName, folder)
  const volume = segmentationIn(series, options, nodeFiles) ?? (await volumeOf(series, folder, options, threads))
  return { ...volume, meta: { ...volume.meta, format: 'DICOM', filename_or_obj: folder } }
}

async function volumeOf(series: DicomSeries, folder: string, options: ReadOptions, threads: number): Promise<Volume> {
  const stack = stackOfSeries(series, folder)
  const onDisk = framesOnDisk(stack, options.raw)
  if (onDisk) await inTurns(onDisk.pieces, readPiece)
  const frames = onDisk?.done() ?? framesInOrder(stack, nodeFiles, options.raw, await decodedFiles(series, threads))
  return volumeOfStack(stack, frames, options)
}

/** Runs `action` on all items, a few at a time. */
async function inTurns<T>(items: readonly T[], action: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  const turn = async (): Promise<void> => {
    while (next < items.length) await action(items[next++])
  }
  await Promise.all(Array.from({ length: readers }, turn))
}

/** The beginnings of files. What cannot be read is left out, and told when it is looked at. */
async function readHeads(paths: readonly string[]): Promise<ReadonlyMap<string, OpenFile>> {
  const heads = new Map<string, OpenFile>()
  await inTurns(paths, async (path) => {
    const file = await open(path).catch(() => null)
    if (!file) return
    try {
      const { size } = await file.stat()
      const head = new Uint8Array(Math.min(size, headBytes))
      const { bytesRead } = await file.read(head, 0, head.length, 0)
      heads.set(path, {
        size,
        read: (at, length) => head.subarray(at, Math.min(at + length, bytesRead)),
        close: () => {},
      })
    } catch {
      return
    } finally {
      await file.close()
    }
  })
  return heads
}

async function readPiece({ path, at, into }: Piece): Promise<void> {
  const file = await open(path).catch(() => {
    throw changedMeanwhile(path)
  })
  try {
    for (let done = 0; done < into.length;) {
      const { bytesRead } = await file.read(into, done, into.length - done, at + done)
      if (bytesRead === 0) throw changedMeanwhile(path)
      done += bytesRead
    }
  } finally {
    await file.close()
  }
}

/** The compressed files of a series, decoded by threads where they are many. */
async function decodedFiles(
  { files }: DicomSeries,
  threads: number,
): Promise<ReadonlyMap<DicomFile, StoredPixels> | undefined> {
  const coded = files.filter(({ file }) => file.syntax.compression !== 'none')
  return coded.length > fewFiles && threads > 1 ? decodeAll(coded, threads) : undefined
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

import { parentPort, workerData } from 'node:worker_threads'
import { toWire } from 'volvox/core'
import { openDicom, storedPixels } from 'volvox/formats/dicom'
import { nodeFiles } from './files.ts'
import type { DecodeReply, DecodeTask } from './readDicomSeries.ts'

// A thread of readDicomSeries: decodes the pixels of its files, one after the other. It loads what it needs of the library, since
// all of it would take a second.

const port = parentPort
if (!port) throw new Error('dicomWorker runs in a worker thread; use readDicomSeries')

for (const path of (workerData as DecodeTask).paths) {
  try {
    const pixels = storedPixels(openDicom(nodeFiles.read(path), { name: path, inflate: nodeFiles.inflate }), nodeFiles, path) // prettier-ignore
    const data = pixels.data.buffer.byteLength === pixels.data.byteLength ? pixels.data : pixels.data.slice()
    port.postMessage({ path, pixels: { ...pixels, data } } satisfies DecodeReply, [data.buffer as ArrayBuffer])
  } catch (error) {
    port.postMessage({ path, error: toWire(error) } satisfies DecodeReply)
    break
  }
}

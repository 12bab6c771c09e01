import { parentPort, workerData } from 'node:worker_threads'
import {
  buffersOf,
  datasetFrom,
  listDataCollate,
  registry,
  toWire,
  useFiles,
  type DatasetDescription,
  type LoaderReply,
  type LoaderRequest,
} from 'volvox'
import { nodeFiles } from './files.ts'

// The thread of a DataLoader: builds the described data set once, then makes batches until it is told to stop.

useFiles(nodeFiles)
const port = parentPort
if (!port) throw new Error('loaderWorker runs in a worker thread; use nodeWorkers')

// Building is put off to the first request, so that a mistake in the description has an answer to travel in.
let dataset: ReturnType<typeof datasetFrom> | null = null
const description = workerData as DatasetDescription // sent by nodeWorkers, of the same build

port.on('message', ({ id, job }: LoaderRequest) => {
  const send = (reply: LoaderReply, transfer: ArrayBuffer[] = []) => port.postMessage(reply, transfer)
  try {
    const names = registry()
    dataset ??= datasetFrom(description, (config, where) => names.create(config, where))
    const { get } = dataset
    const batch = listDataCollate(job.indices.map((index, i) => get(index, job.seeds[i])))
    send({ kind: 'batch', id, batch }, buffersOf(batch))
  } catch (error) {
    send({ kind: 'error', id, error: toWire(error) })
  }
})

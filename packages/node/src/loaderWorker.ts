import { parentPort, workerData } from 'node:worker_threads'
import { toWire, useFiles } from 'volvox/core'
import {
  batchOf,
  buffersOf,
  datasetFrom,
  listDataCollate,
  loadedComponents,
  sharedResult,
  type Collate,
  type LoaderReply,
  type LoaderRequest,
  type LoaderSetup,
  type LoaderTask,
} from 'volvox/data/thread'
import { collectGarbage } from './collectGarbage.ts'
import { nodeFiles } from './files.ts'

// The thread of a DataLoader: builds the described data set once, then makes batches until it is told to stop. It loads what its
// data set needs of the library, since all of it takes half a second of a processor and 50 MB.

useFiles(nodeFiles)
const port = parentPort
if (!port) throw new Error('loaderWorker runs in a worker thread; use nodeWorkers')

const setup = workerData as LoaderSetup // sent by nodeWorkers, of the same build
const names = setup.folders ? await loadedComponents(setup.folders) : (await import('volvox')).registry()
let description = setup.dataset
// Building is put off to the first task, so that a mistake in the description has an answer to travel in.
let dataset: ReturnType<typeof datasetFrom> | null = null
let collate: Collate | null = setup.collate ? null : listDataCollate

port.on('message', (request: LoaderRequest) => {
  if (request.kind === 'dataset') {
    description = request.dataset
    dataset = null
    return
  }
  if (request.kind === 'collect') return collectGarbage()
  const { id, task } = request
  const send = (reply: LoaderReply, transfer: ArrayBuffer[] = []) => port.postMessage(reply, transfer)
  try {
    const { value, transfer } = carriedOut(task)
    send({ kind: 'done', id, value }, transfer)
  } catch (error) {
    send({ kind: 'error', id, error: toWire(error) })
  }
})

function carriedOut(task: LoaderTask): { value: unknown; transfer: ArrayBuffer[] } {
  dataset ??= datasetFrom(description, (config, where) => names.create(config, where))
  if (task.kind === 'result') {
    const value = 'result' in dataset ? sharedResult(dataset, task.index) : undefined // streams have no items by number
    return { value, transfer: [] }
  }
  collate ??= names.create(setup.collate ?? {}, 'collate') as Collate // a component that gave its own description
  const batch = batchOf(dataset, task.job, collate)
  return { value: batch, transfer: buffersOf(batch) }
}

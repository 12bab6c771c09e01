import {
  allTensors,
  bytesOf,
  decodeCheckpoint,
  isTensor,
  isTorch,
  partsOf,
  readSafetensors,
  readTorch,
  sizeOf,
  stateDictIn,
  VolvoxError,
  type Tensor,
  type TorchFile,
  type TorchValue,
} from 'volvox'
import { nodeFiles } from '@volvox/node'
import type { Facts } from './facts.ts'
import { counted } from './progressBar.ts'

type Tensors = Readonly<Record<string, Tensor>>

/** Whether a file holds weights: by its name, or by how PyTorch's files begin. */
export function isWeightFile(path: string): boolean {
  return isNamedAsWeights(path) || isTorch(nodeFiles.read(path, 64))
}

/** Whether the name ends as those of weights do; safetensors may hold an image, too. */
export function isNamedAsWeights(path: string): boolean {
  return /\.(safetensors|pth?)$/i.test(path)
}

/** What a checkpoint holds: containers, totals, and every tensor. */
export function weightFacts(path: string): Facts {
  const bytes = nodeFiles.read(path)
  return isTorch(bytes) || !path.endsWith('.safetensors')
    ? torchFacts(readTorch(bytes, path), path)
    : safetensorsFacts(bytes, path)
}

/** `24 tensors, 1,234 numbers, 0.1 MiB, float32` */
export function totals(tensors: Tensors): string {
  const all = Object.values(tensors)
  const numbers = all.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const bytes = all.reduce((sum, { dtype, shape }) => sum + sizeOf(shape) * bytesOf(dtype), 0)
  const types = [...new Set(all.map(({ dtype }) => dtype))]
  return [counted(all.length, 'tensor'), `${numbers.toLocaleString('en')} numbers`, sizeText(bytes), ...types].join(
    ', ',
  )
}

function sizeText(bytes: number): string {
  const power = bytes < 2 ** 10 ? 0 : bytes < 2 ** 20 ? 1 : 2
  return power === 0 ? `${bytes} B` : `${(bytes / 2 ** (10 * power)).toFixed(1)} ${['', 'KiB', 'MiB'][power]}`
}

function safetensorsFacts(bytes: Uint8Array, path: string): Facts {
  const { tensors, metadata } = readSafetensors(bytes, path)
  const own = 'volvox.checkpoint' in metadata ? decodeCheckpoint(bytes, path) : null
  const metrics = own && Object.entries(own.progress.metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`)
  return {
    data: {
      file: path,
      container: 'safetensors',
      tensors: described(tensors),
      ...(own ? { progress: own.progress, config: own.config } : { metadata }),
    },
    lines: [
      path,
      line('tensors', totals(tensors)),
      ...(own && metrics
        ? [
            line('training', `step ${own.progress.iteration}, ${own.progress.elapsedSeconds.toFixed(0)} s`),
            line('metrics', metrics.join(', ') || 'none yet'),
            line('config', JSON.stringify(own.config)),
          ]
        : listed(tensors)),
    ],
  }
}

const containers: Readonly<Record<TorchFile['container'], string>> = {
  zip: 'PyTorch (zip)',
  legacy: 'PyTorch (before 1.6)',
  torchscript: 'TorchScript archive (its weights; the program is left alone)',
}

function torchFacts({ container, value }: TorchFile, path: string): Facts {
  const { tensors, key } = weightsOrAll(value, path)
  const isBare = key === '' && !(value instanceof Map && [...value.values()].some((part) => !isTensor(part)))
  const parts = container === 'torchscript' || isBare ? [] : [...partsOf(value)].filter(([, part]) => !isTensor(part))
  return {
    data: {
      file: path,
      container,
      key,
      holds: Object.fromEntries(parts.map(([name, part]) => [String(name), summary(part)])),
      tensors: described(tensors),
    },
    lines: [
      path,
      line('format', containers[container]),
      ...(parts.length > 0
        ? [line('holds', parts.map(([name, part]) => `${String(name)}: ${summary(part)}`).join('; '))]
        : []),
      line('weights', `${key ? `in "${key}": ` : ''}${totals(tensors)}`),
      ...listed(tensors),
    ],
  }
}

/** The state dict, and where it is; all tensors where there is none or several. */
function weightsOrAll(value: TorchValue, path: string): { tensors: Tensors; key: string } {
  try {
    const found = stateDictIn(value, path)
    return { tensors: found.tensors, key: found.path.join('.') }
  } catch (error) {
    if (!(error instanceof VolvoxError)) throw error
    return { tensors: allTensors(value), key: '' }
  }
}

function summary(value: TorchValue): string {
  const tensors = Object.keys(allTensors(value)).length
  if (tensors > 0) return counted(tensors, 'tensor')
  if (value instanceof Map) return `dictionary of ${value.size}`
  if (Array.isArray(value)) return `list of ${value.length}`
  return typeof value === 'object' && value !== null ? value.constructor.name : String(value)
}

function described(tensors: Tensors): Record<string, unknown> {
  return Object.fromEntries(Object.entries(tensors).map(([name, { dtype, shape }]) => [name, { dtype, shape }]))
}

function listed(tensors: Tensors): string[] {
  const width = Math.max(0, ...Object.keys(tensors).map((name) => name.length))
  return Object.entries(tensors).map(
    ([name, { dtype, shape }]) => `  ${name.padEnd(width)}  ${dtype.padEnd(8)}  [${shape.join(', ')}]`,
  )
}

function line(title: string, text: string): string {
  return `  ${title.padEnd(12)} ${text}`
}

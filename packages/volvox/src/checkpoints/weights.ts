import { FormatError, didYouMean, shown } from '../core/errors.ts'
import { readSafetensors } from '../core/safetensors.ts'
import type { Tensor } from '../core/tensor.ts'
import { isTorch, readTorch } from './readTorch.ts'
import { PyObject, isTensor, keyText, partsOf, type TorchMap, type TorchValue } from './values.ts'

/** Named tensors of a file, and where in it they were. */
export interface Weights {
  readonly tensors: Readonly<Record<string, Tensor>>
  /** Keys on the way to them, e.g. `['state_dict']`; none where the file holds nothing else. */
  readonly path: readonly string[]
  readonly container: 'safetensors' | 'zip' | 'legacy' | 'torchscript'
}

/** Where checkpoints keep the weights of their network, the likeliest first: MONAI's savers, Lightning's, nnU-Net's, ... */
const usualKeys = [
  'state_dict',
  'model_state_dict',
  'network_state_dict',
  'network_weights',
  'model_state',
  'model',
  'network',
  'net',
  'module',
  'weights',
]

/**
 * The weights in a file of PyTorch's or a safetensors file, told apart by their content: its state dict, wherever it is
 * among optimiser states and counters. `key` says where (`model`, `ema.state_dict`) when there are several. `where`
 * names the file in errors.
 */
export function readWeights(bytes: Uint8Array, where = 'weights', key?: string | null): Weights {
  if (!isMeantAsTorch(bytes, where))
    return { tensors: readSafetensors(bytes, where).tensors, path: [], container: 'safetensors' }
  const { container, value } = readTorch(bytes, where)
  return { container, ...stateDictIn(value, where, key) }
}

/** Whether a file is of PyTorch's: by its content or, where that tells nothing, by its name. */
export function isMeantAsTorch(bytes: Uint8Array, where: string): boolean {
  const isHeadered = bytes[8] === 0x7b // the brace that the header of safetensors begins with
  return isTorch(bytes) || (!isHeadered && /\.pth?$/i.test(where))
}

/** The state dict in what a checkpoint holds. */
export function stateDictIn(value: TorchValue, where = 'checkpoint', key?: string | null): Omit<Weights, 'container'> {
  const path = key ? key.split('.') : []
  let at = value
  path.forEach((name, i) => (at = child(at, name, path.slice(0, i), where)))
  for (;;) {
    const tensors = asStateDict(at)
    if (tensors) return { tensors, path }
    const next = at instanceof Map ? likeliest(at as TorchMap, where) : null
    if (next === null)
      throw new FormatError(
        where,
        `holds no weights${path.length > 0 ? ` under "${path.join('.')}"` : ''}; give a state dict, or a checkpoint that has one`,
      )
    path.push(next)
    at = (at as TorchMap).get(next)!
  }
}

/** Every tensor of a checkpoint under the keys that lead to it, joined by dots: `optimizer.state.0.exp_avg`. */
export function allTensors(value: TorchValue): Record<string, Tensor> {
  const tensors: [string, Tensor][] = []
  const walk = (part: TorchValue, name: string): void => {
    if (isTensor(part)) tensors.push([name || 'tensor', part])
    else for (const [key, inner] of partsOf(part)) walk(inner, name ? `${name}.${keyText(key)}` : keyText(key))
  }
  walk(value, '')
  return Object.fromEntries(tensors)
}

/** Named tensors, if that is what it is: a dictionary of nothing else, or the modules of a TorchScript archive. */
function asStateDict(value: TorchValue): Record<string, Tensor> | null {
  if (value instanceof PyObject) return value.className.startsWith('__torch__') ? allTensors(value) : null
  if (!(value instanceof Map) || value.size === 0) return null
  const entries = [...(value as TorchMap)]
  const tensors = entries.filter(
    (entry): entry is [string, Tensor] => typeof entry[0] === 'string' && isTensor(entry[1]),
  )
  // Some state dicts hold a few other things: extra states, None for what is absent.
  const others = entries.length - tensors.length
  const isPlain =
    others === 0 ||
    (others < tensors.length &&
      entries.every(([, part]) => isTensor(part) || !holdsTensors(part)) &&
      tensors.some(([name]) => name.includes('.')))
  return isPlain ? Object.fromEntries(tensors) : null
}

function likeliest(map: TorchMap, where: string): string | null {
  const usual = usualKeys.find((name) => holdsStateDict(map.get(name)))
  if (usual !== undefined) return usual
  const some = [...map.keys()].filter(
    (name): name is string => typeof name === 'string' && holdsStateDict(map.get(name)),
  )
  if (some.length > 1)
    throw new FormatError(
      where,
      `holds weights under ${some.map((name) => `"${name}"`).join(', ')}; say which by its key`,
    )
  return some[0] ?? null
}

/** Whether there is a state dict in it, at most a few levels down. */
function holdsStateDict(value: TorchValue | undefined, depth = 0): boolean {
  if (value === undefined || depth > 3) return false
  if (asStateDict(value)) return true
  return (
    value instanceof Map &&
    [...(value as TorchMap)].some(([key, part]) => typeof key === 'string' && holdsStateDict(part, depth + 1))
  )
}

function holdsTensors(value: TorchValue): boolean {
  if (isTensor(value)) return true
  for (const [, part] of partsOf(value)) if (holdsTensors(part)) return true
  return false
}

function child(value: TorchValue, name: string, path: readonly string[], where: string): TorchValue {
  const keys: string[] = []
  for (const [key, part] of partsOf(value)) {
    if (keyText(key) === name) return part
    keys.push(keyText(key))
  }
  const hint = didYouMean(name, keys)
  throw new FormatError(
    where,
    `has nothing under "${[...path, name].join('.')}"; ${hint ? `did you mean "${[...path, hint].join('.')}"?` : `there is ${shown(keys)}`}`,
  )
}

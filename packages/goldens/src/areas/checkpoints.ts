import { castArray, isTensor, readTorch, sameShape, stateDictIn, type Tensor, type TorchValue } from 'volvox'
import type { Area } from '../area.ts'
import type { Golden } from '../golden.ts'
import { evaluated } from './networks.ts'

/**
 * Files of PyTorch's beside the case: each must hold what the case says, to the bit and in its element types, and the
 * weights must compute what they did.
 */
export const checkpoints: Area = {
  async run(golden, world) {
    const held = (golden.call.files as string[]).map((file) => heldBy(file, world.sibling(golden, file)))
    const { tensors } = held.find(({ kinds, as }) => kinds.includes('w') && !as)!
    const weights = Object.fromEntries(
      Object.entries(tensors).flatMap(([key, tensor]) => (key.startsWith('w.') ? [[key.slice(2), tensor]] : [])),
    )
    const { results } = await evaluated(golden, world, weights)
    return {
      ...Object.fromEntries(heldKeys(golden).map((key) => [key, agreed(key, golden.tensors[key], held)])),
      'out.output': results['out.eval'],
    }
  },
  expected: (golden) => [...heldKeys(golden), 'out.output'],
  allowed: (_, key) => (key === 'out.output' ? 1e-5 : 0), // another order of the sums
}

/** What one file holds, under the keys of the case. */
interface Held {
  readonly file: string
  /** First parts of the keys that it must have all of. */
  readonly kinds: readonly string[]
  readonly tensors: Readonly<Record<string, Tensor>>
  /** Element type in which it has what was recorded in float32. */
  readonly as?: 'bfloat16' | 'float64'
}

function heldKeys(golden: Golden): string[] {
  return Object.keys(golden.tensors).filter((key) => /^(w|half|views|optimizer)\./.test(key))
}

function heldBy(file: string, bytes: Uint8Array): Held {
  const { value } = readTorch(bytes, file)
  const weights = (kind: string) => under(kind, stateDictIn(value, file).tensors)
  switch (file.split(/[._]/)[0]) {
    case 'views':
      return { file, kinds: ['views'], tensors: under('views', tensorsOf(value)) }
    case 'half':
      return { file, kinds: ['half'], tensors: weights('half') }
    case 'bfloat16':
      return { file, kinds: ['w'], tensors: weights('w'), as: 'bfloat16' }
    case 'double':
      return { file, kinds: ['w'], tensors: weights('w'), as: 'float64' }
    case 'bundle':
      return { file, kinds: ['w', 'optimizer'], tensors: { ...weights('w'), ...optimizerTensors(value) } }
    default:
      return { file, kinds: ['w'], tensors: weights('w') }
  }
}

/** What was recorded, if all files have it so. */
function agreed(key: string, want: Tensor, held: readonly Held[]): Tensor {
  const holders = held.filter(({ kinds }) => kinds.includes(key.split('.')[0]))
  const other = holders.find(({ tensors, as }) => !equal(tensors[key], want, as))
  if (other) throw new Error(`${other.file} holds another ${key} than was recorded`)
  return want
}

function equal(got: Tensor | undefined, want: Tensor, as?: Held['as']): boolean {
  const dtype = as && want.dtype === 'float32' ? as : want.dtype
  const data = castArray(want.data, want.dtype, dtype)
  return got?.dtype === dtype && sameShape(got.shape, want.shape) && data.every((x, i) => Object.is(x, got.data[i]))
}

/** `optimizer.state[0].exp_avg` as `optimizer.0.exp_avg`. */
function optimizerTensors(value: TorchValue): Record<string, Tensor> {
  const state = entry(entry(value, 'optimizer'), 'state')
  if (!(state instanceof Map)) return {}
  return Object.assign({}, ...[...state].map(([index, moments]) => under(`optimizer.${index}`, tensorsOf(moments))))
}

function entry(value: TorchValue | undefined, key: string): TorchValue | undefined {
  return value instanceof Map ? value.get(key) : undefined
}

function tensorsOf(value: TorchValue): Record<string, Tensor> {
  if (!(value instanceof Map)) return {}
  return Object.fromEntries([...value].filter((pair): pair is [string, Tensor] => isTensor(pair[1])))
}

function under(prefix: string, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [`${prefix}.${key}`, tensor]))
}

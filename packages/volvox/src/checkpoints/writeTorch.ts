import { bytesIn, type DType } from '../core/dtype.ts'
import { OptionError } from '../core/errors.ts'
import { stridesOf, type Tensor } from '../core/tensor.ts'
import { PickleWriter } from './pickle/pickle.ts'
import { isTensor, told, type TorchValue } from './values.ts'
import { writeZip, type ZipFile } from '../formats/zip/writeZip.ts'

/** What can be written: values of checkpoints, and plain objects and records of tensors as dictionaries. */
export type Writable =
  TorchValue | Tensor | readonly Writable[] | ReadonlyMap<TorchValue, Writable> | { readonly [key: string]: Writable }

/** Storage classes by element type; the newer unsigned types have none and are bytes to PyTorch. */
const storageNames: Readonly<Partial<Record<DType, string>>> = {
  float32: 'FloatStorage',
  float64: 'DoubleStorage',
  float16: 'HalfStorage',
  bfloat16: 'BFloat16Storage',
  int64: 'LongStorage',
  int32: 'IntStorage',
  int16: 'ShortStorage',
  int8: 'CharStorage',
  uint8: 'ByteStorage',
  bool: 'BoolStorage',
}

/**
 * The bytes of a `.pt` file that `torch.load(path, weights_only=True)` reads: a state dict, or containers of any depth.
 * Objects and Maps become dictionaries, arrays lists, whole numbers int and others float. Tensors that are the same
 * elements in memory stay shared.
 */
export function writeTorch(value: Writable, where = 'writeTorch'): Uint8Array {
  const storages = new Map<string, Tensor['data']>()
  const pickle = new PickleWriter()
  write(value, pickle, sharing(storages), [], where)
  const file = (name: string, bytes: Uint8Array): ZipFile => ({ name: `archive/${name}`, bytes })
  const text = (content: string) => new TextEncoder().encode(content)
  const tensors = [...storages].map(([key, data]) => file(`data/${key}`, bytesIn(data)))
  const files = [file('data.pkl', pickle.end()), file('byteorder', text('little')), ...tensors]
  return writeZip([...files, file('version', text('3\n'))], where)
}

type KeyOf = (data: Tensor['data']) => string

/** Gives each storage a key; elements at the same place of the same buffer have one. */
function sharing(storages: Map<string, Tensor['data']>): KeyOf {
  const known = new Map<ArrayBufferLike, Map<string, string>>()
  return (data) => {
    const places = known.get(data.buffer) ?? new Map<string, string>()
    known.set(data.buffer, places)
    const place = `${data.byteOffset} ${data.byteLength} ${data.constructor.name}`
    const key = places.get(place) ?? String(storages.size)
    places.set(place, key)
    storages.set(key, data)
    return key
  }
}

function write(value: Writable, pickle: PickleWriter, keyOf: KeyOf, path: readonly object[], where: string): void {
  const inside = (part: Writable, container: object): void => {
    if (path.includes(container)) throw new OptionError(where, 'a container holds itself; give values that end')
    write(part, pickle, keyOf, [...path, container], where)
  }
  if (value === null) pickle.none()
  else if (typeof value === 'boolean') pickle.bool(value)
  else if (
    typeof value === 'bigint' ||
    (typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0))
  )
    pickle.int(value)
  else if (typeof value === 'number') pickle.float(value)
  else if (typeof value === 'string') pickle.text(value)
  else if (isTensor(value)) writeTensor(value, pickle, keyOf)
  else if (Array.isArray(value))
    pickle.list(() => (value as readonly Writable[]).forEach((part) => inside(part, value)))
  else if (value instanceof Map || isPlain(value)) {
    const entries: Iterable<readonly [TorchValue, Writable]> =
      value instanceof Map ? (value as Map<TorchValue, Writable>) : Object.entries(value)
    pickle.dictionary(() => {
      for (const [key, part] of entries) {
        inside(key, value)
        inside(part, value)
      }
    })
  } else
    throw new OptionError(
      where,
      `${told(value as TorchValue)} has no form in a checkpoint; give tensors, text, numbers, lists and dictionaries`,
    )
}

/** A call of `_rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)`, or of v3, which adds the type. */
function writeTensor({ dtype, shape, data }: Tensor, pickle: PickleWriter, keyOf: KeyOf): void {
  const storage = storageNames[dtype]
  const sizes = (list: readonly number[]) => pickle.tuple(() => list.forEach((n) => pickle.int(n)))
  pickle.call('torch._utils', storage ? '_rebuild_tensor_v2' : '_rebuild_tensor_v3', () => {
    pickle.persistent(() => {
      pickle.text('storage')
      if (storage) pickle.name('torch', storage)
      else pickle.name('torch.storage', 'UntypedStorage')
      pickle.text(keyOf(data))
      pickle.text('cpu')
      pickle.int(storage ? data.length : data.byteLength)
    })
    pickle.int(0)
    sizes(shape)
    sizes(stridesOf(shape))
    pickle.bool(false)
    pickle.call('collections', 'OrderedDict', () => {})
    if (!storage) pickle.name('torch', dtype)
  })
}

function isPlain(value: object): value is Readonly<Record<string, Writable>> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

import { joinedBytes } from '../core/lists.ts'
import { PickleWriter } from './pickle/pickle.ts'
import { writeZip } from '../formats/zip/writeZip.ts'

/** Files of PyTorch's made by hand, for tests: also such as no PyTorch would write. */

/** A pickle, operation by operation: letters and bytes; `['module', 'name']` stands for GLOBAL. */
export function pickled(...parts: readonly (string | number | readonly [module: string, name: string])[]): Uint8Array {
  const bytes = parts.map((part) =>
    typeof part === 'number'
      ? Uint8Array.of(part)
      : new TextEncoder().encode(typeof part === 'string' ? part : `c${part[0]}\n${part[1]}\n`),
  )
  return joinedBytes([Uint8Array.of(0x80, 2), ...bytes])
}

/** An operation that pushes a short text. */
export function text(value: string): string {
  return `U${String.fromCharCode(value.length)}${value}`
}

/** The file of `torch.save` around a pickle, with storages of given elements, or of zeros of so many bytes. */
export function saved(
  pickle: Uint8Array,
  storages: readonly (number | Float32Array)[] = [],
  more: readonly string[] = [],
): Uint8Array {
  return writeZip([
    { name: 'archive/data.pkl', bytes: pickle },
    ...storages.map((content, i) => ({
      name: `archive/data/${i}`,
      bytes: typeof content === 'number' ? new Uint8Array(content) : new Uint8Array(content.buffer),
    })),
    ...more.map((name) => ({ name, bytes: new Uint8Array(4) })),
  ])
}

/** What a tensor is rebuilt from, with the mistakes of the test. */
export interface TensorParts {
  readonly count: number
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly type: string
}

/** The pickle of a state dict `{ w: tensor }`. */
export function tensorPickle(
  parts: Partial<TensorParts>,
  storageEnd: (pickle: PickleWriter) => void = () => {},
): Uint8Array {
  const { count = 6, offset = 0, shape = [2, 3], strides = [3, 1], type = 'FloatStorage' } = parts
  const pickle = new PickleWriter()
  const ints = (list: readonly number[]) => pickle.tuple(() => list.forEach((n) => pickle.int(n)))
  pickle.dictionary(() => {
    pickle.text('w')
    pickle.call('torch._utils', '_rebuild_tensor_v2', () => {
      pickle.persistent(() => {
        pickle.text('storage')
        pickle.name('torch', type)
        pickle.text('0')
        pickle.text('cpu')
        pickle.int(count)
        storageEnd(pickle)
      })
      pickle.int(offset)
      ints(shape)
      ints(strides)
      pickle.bool(false)
      pickle.none()
    })
  })
  return pickle.end()
}

/** A file in PyTorch's old format around a pickle whose storage "0" has float32 `elements`, of which it says `count`. */
export function legacy(pickle: Uint8Array, elements: Float32Array, count: number = elements.length): Uint8Array {
  const single = (write: (pickle: PickleWriter) => void): Uint8Array => {
    const one = new PickleWriter()
    write(one)
    return one.end()
  }
  const header = new Uint8Array(8)
  new DataView(header.buffer).setBigUint64(0, BigInt(count), true)
  return joinedBytes([
    single((one) => one.int(0x1950a86a20f9469cfc6cn)),
    single((one) => one.int(1001)),
    single((one) => one.dictionary(() => {})),
    pickle,
    single((one) => one.list(() => one.text('0'))),
    header,
    new Uint8Array(elements.buffer),
  ])
}

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSafetensors } from '../core/safetensors.ts'
import { readTorch } from './readTorch.ts'
import { legacy, pickled, saved, tensorPickle, text } from './testing.ts'
import { PyObject, type TorchMap } from './values.ts'
import { stateDictIn } from './weights.ts'
import { writeZip } from '../formats/zip/writeZip.ts'

const elements = Float32Array.of(1, 2, 3, 4, 5, 6)

test('a tensor is read from the old format, and from part of a storage', () => {
  const whole = readTorch(
    legacy(
      tensorPickle({}, (pickle) => pickle.none()),
      elements,
    ),
  )
  expect(whole.container).toBe('legacy')
  expect([...stateDictIn(whole.value).tensors.w.data]).toEqual([1, 2, 3, 4, 5, 6])
  const view = tensorPickle({ shape: [2], strides: [1] }, (pickle) =>
    pickle.tuple(() => {
      pickle.text('1')
      pickle.int(3)
      pickle.int(2)
    }),
  )
  expect([...stateDictIn(readTorch(legacy(view, elements)).value).tensors.w.data]).toEqual([4, 5])
})

test('views are laid out in C order; whole ones stay views of the file', () => {
  const bytes = saved(tensorPickle({ shape: [3, 2], strides: [1, 3] }), [elements])
  expect([...stateDictIn(readTorch(bytes).value).tensors.w.data]).toEqual([1, 4, 2, 5, 3, 6])
  const whole = saved(tensorPickle({}), [24])
  expect(stateDictIn(readTorch(whole).value).tensors.w.data.buffer).toBe(whole.buffer)
})

test('dictionaries, numbers, NumPy and Python values become plain ones', () => {
  const numpy = ['numpy.core.multiarray', 'scalar'] as const
  const value = readTorch(
    saved(
      pickled('}(', text('f'), 'G', 0x3f, 0xf8, 0, 0, 0, 0, 0, 0, text('long'), 0x8a, 2, 0xff, 0xff, text('set'), 0x8f, '(K', 1, 0x90,
        text('np'), numpy, '(', ['numpy', 'dtype'], '(', text('f4'), 'tRC', 4, 0, 0, 0, 0x40, 'tR',
        text('ns'), ['argparse', 'Namespace'], ')', 0x81, '}(', text('lr'), 'K', 3, 'ub',
        text('dtype'), ['torch', 'float16'], 'u.'), // prettier-ignore
    ),
  ).value as TorchMap
  expect(value.get('f')).toBe(1.5)
  expect(value.get('long')).toBe(-1)
  expect(value.get('set')).toEqual(new Set([1]))
  expect(value.get('np')).toBe(2)
  expect((value.get('ns') as PyObject).attributes.get('lr')).toBe(3)
  expect(value.get('dtype')).toBe('torch.float16')
})

test('NumPy arrays are laid out in C order', () => {
  const type = [['numpy', 'dtype'], '(', text('i2'), 0x89, 0x88, 'tR', '(K', 3, text('>'), 'tb'] as const
  const columns = [0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6] // big-endian, one column after the other
  const state = ['(K', 1, '(K', 2, 'K', 3, 't', ...type, 0x88, 'C', 12, ...columns, 't'] as const
  const made = [
    ['numpy._core.multiarray', '_reconstruct'],
    '(',
    ['numpy', 'ndarray'],
    '(K',
    0,
    't',
    'C',
    1,
    'b',
    'tR',
  ] as const
  const value = readTorch(saved(pickled('}', text('a'), ...made, ...state, 'b', 's.'))).value as TorchMap
  expect(value.get('a')).toEqual({ dtype: 'int16', shape: [2, 3], data: Int16Array.of(1, 2, 3, 4, 5, 6) })
})

test('storages of machines that have the most significant byte first are turned', () => {
  const bytes = new Uint8Array(24)
  elements.forEach((x, i) => new DataView(bytes.buffer).setFloat32(4 * i, x, false))
  const archive = writeZip([
    { name: 'x/data.pkl', bytes: tensorPickle({}) },
    { name: 'x/byteorder', bytes: new TextEncoder().encode('big') },
    { name: 'x/data/0', bytes },
  ])
  expect([...stateDictIn(readTorch(archive).value).tensors.w.data]).toEqual([...elements])
})

test('archives whose end is told in zip64 are read', () => {
  const plain = saved(tensorPickle({}), [elements])
  const end = plain.length - 22
  const before = new DataView(plain.buffer)
  const [count, size, start] = [
    before.getUint16(end + 10, true),
    before.getUint32(end + 12, true),
    before.getUint32(end + 16, true),
  ]
  const tail = new Uint8Array(56 + 20 + 22)
  const view = new DataView(tail.buffer)
  view.setUint32(0, 0x06064b50, true)
  ;[count, size, start].forEach((n, i) => view.setBigUint64(32 + 8 * i, BigInt(n), true))
  view.setUint32(56, 0x07064b50, true)
  view.setBigUint64(64, BigInt(end), true)
  tail.set(plain.subarray(end), 76)
  tail.fill(0xff, 76 + 8, 76 + 20)
  const wide = new Uint8Array(end + tail.length)
  wide.set(plain.subarray(0, end))
  wide.set(tail, end)
  expect([...stateDictIn(readTorch(wide).value).tensors.w.data]).toEqual([...elements])
  wide[end + 48] = 0xff
  expect(() => readTorch(wide, 'x.pt')).toThrow(
    /^x\.pt: lists 2 files in \d+ bytes from byte \d+, of \d+ in all; the archive is damaged$/,
  )
})

const recorded = join(import.meta.dirname, '../../../../../shared/goldens/checkpoints/VNetOut')

describe.skipIf(!existsSync(recorded))('recorded files', () => {
  // Not read before a test runs: the body of a suite that is skipped runs all the same.
  const truth = () => readSafetensors(readFileSync(join(recorded, 'truth.safetensors'))).tensors
  test.each(['state_dict.pt', 'state_dict_legacy.pt', 'protocol4.pt', 'bundle.pt', 'script.ts', 'trace.ts'])(
    '%s',
    (file) => {
      const { tensors } = stateDictIn(readTorch(readFileSync(join(recorded, file)), file).value)
      const want = Object.entries(truth()).filter(([key]) => key.startsWith('w.'))
      expect(Object.keys(tensors).length).toBe(want.length)
      for (const [key, tensor] of want) expect(tensors[key.slice(2)], key).toEqual(tensor)
    },
  )
})

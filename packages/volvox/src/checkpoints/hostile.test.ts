import { zlibSync } from 'fflate'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FormatError, VolvoxError } from '../core/errors.ts'
import { joinedBytes } from '../core/lists.ts'
import { floats } from '../core/tensor.ts'
import { PickleWriter } from './pickle/pickle.ts'
import { readTorch } from './readTorch.ts'
import { legacy, pickled, saved, tensorPickle, text } from './testing.ts'
import { readWeights } from './weights.ts'
import { writeTorch } from './writeTorch.ts'

const harmful =
  /^x\.pt: (refers to|calls|makes an object of|gives a state to) .*, which weights do not need and which is not read, as it may be harmful/

describe('pickles that want to run something', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['REDUCE of os.system', pickled(['os', 'system'], '(', text('touch /tmp/x'), 'tR.'), harmful],
    ['REDUCE of posix.system', pickled(['posix', 'system'], ')R.'), harmful],
    ['REDUCE of eval', pickled(['builtins', 'eval'], '(', text('1'), 'tR.'), harmful],
    ['REDUCE of getattr', pickled(['builtins', 'getattr'], ')R.'), harmful],
    [
      'REDUCE of what is no function',
      pickled(text('os.system'), ')R.'),
      /^x\.pt: calls "os\.system", which is no function of the list/,
    ],
    ['REDUCE of a storage class', pickled(['torch', 'FloatStorage'], ')R.'), harmful],
    ['REDUCE without a tuple', pickled(['collections', 'OrderedDict'], 'K', 1, 'R.'), /without a tuple of arguments/],
    ['STACK_GLOBAL of subprocess', pickled(text('subprocess'), text('Popen'), 0x93, ')R.'), harmful],
    ['STACK_GLOBAL by a dotted name', pickled(text('torch'), text('_utils.os.system'), 0x93, ')R.'), harmful],
    [
      'STACK_GLOBAL by a listed name split elsewhere',
      pickled(text('torch'), text('_utils _rebuild_tensor_v2'), 0x93, '.'),
      harmful,
    ],
    [
      'STACK_GLOBAL of what is no text',
      pickled('K', 1, ']', 0x93, '.'),
      /refers to 1 and \[\] as a name, which are not both text/,
    ],
    ['names of every object', pickled(['constructor', 'constructor'], '.'), harmful],
    ['NEWOBJ of a class', pickled(['subprocess', 'Popen'], ')', 0x81, '.'), harmful],
    ['NEWOBJ with arguments', pickled(['collections', 'OrderedDict'], '(K', 1, 't', 0x81, '.'), harmful],
    ['NEWOBJ of a function', pickled(['torch._utils', '_rebuild_tensor_v2'], ')', 0x81, '.'), harmful],
    ['NEWOBJ of TorchScript outside of it', pickled(['__torch__.a', 'B'], ')', 0x81, '.'), harmful],
    ['BUILD on a tensor', withTensor('}b.'), harmful],
    ['BUILD on a list', pickled(']}b.'), harmful],
    ['BUILD with what is no dictionary', pickled('}', ']', 'b.'), harmful],
    ['INST', pickled('(ios\nsystem\n.'), /uses the pickle operation INST, which no checkpoint needs/],
    ['OBJ', pickled('(', ['os', 'system'], 'o.'), harmful],
    ['OBJ of a listed name', pickled('(', ['collections', 'OrderedDict'], 'o.'), /uses the pickle operation OBJ/],
    ['NEWOBJ_EX', pickled(['collections', 'OrderedDict'], ')}', 0x92, '.'), /uses the pickle operation NEWOBJ_EX/],
    ['EXT1', pickled(0x82, 1, '.'), /uses the pickle operation EXT1/],
    [
      'a rebuild by another function',
      pickled(
        ['torch._tensor', '_rebuild_from_type_v2'],
        '(',
        ['collections', 'OrderedDict'],
        ['torch', 'Tensor'],
        ')}tR.',
      ),
      /rebuilds a tensor by "collections\.OrderedDict"/,
    ],
    [
      'a rebuild by itself',
      pickled(['torch._tensor', '_rebuild_from_type_v2'], 'q', 0, ']q', 1, 'h', 0, 'ah', 0, 'ah', 1, 'aR.'),
      /rebuilds a tensor by "torch\._tensor\._rebuild_from_type_v2"/,
    ],
    [
      'a persistent id of a module',
      pickled('(', text('module'), 'tQ.'),
      /refers to "module" outside of the pickle; only storages can be there/,
    ],
    [
      'a whole module',
      pickled(['torch.nn.modules.conv', 'Conv3d'], '.'),
      /holds a whole module of Python \(torch\.nn\.modules\.conv\.Conv3d\)/,
    ],
  ])('%s', (_, pickle, sentence) => {
    expect(() => readTorch(saved(pickle, [24]), 'x.pt')).toThrow(sentence)
    expect(() => readTorch(saved(pickle, [24]), 'x.pt')).toThrow(FormatError)
  })
})

describe('pickles that want to exhaust or confuse', () => {
  /** Forty lists, each of ten times the one before: little to hold, endless to walk through. */
  const laughs = [
    ']q',
    0,
    '0',
    ...Array.from({ length: 40 }, (_, i) => [
      '](',
      ...Array.from({ length: 10 }, () => ['h', i]).flat(),
      'e',
      'q',
      i + 1,
      '0',
    ]).flat(),
    'h',
    40,
  ]
  test.each<[string, Uint8Array, RegExp]>([
    ['lists of lists, remembered', pickled(...laughs, '.'), /unfolds to more than 10000000 values/],
    [
      'a list within itself',
      pickled(']q', 0, 'h', 0, 'a.'),
      /nests its values more than 100 deep or within themselves/,
    ],
    ['lists in lists', pickled(']'.repeat(200), 'a'.repeat(199), '.'), /nests its values more than 100 deep/],
    ['open marks', pickled('('.repeat(1001), '.'), /nests its values more than 1000 deep/],
    ['an endless stack', pickled('N'.repeat(5_000_001), '.'), /stacks more than 5000000 values/],
    ['a memo that is not there', pickled('h', 7, '.'), /uses value 7 before it is there/],
    ['nothing to take', pickled('R.'), /takes a value where there is none/],
    ['a mark that is not there', pickled('t.'), /ends a list that was not begun/],
    ['a value below the mark', pickled('K', 1, '(', 'a.'), /takes a value where there is none/],
    ['values left over', pickled('NN.'), /leaves 1 values unused/],
    ['no end', pickled('N'), /needs 1 bytes at byte 3, of 3 in all; it is cut off or damaged/],
    [
      'a text of 2^62 bytes',
      pickled(0x8d, 0, 0, 0, 0, 0, 0, 0, 0x40, '.'),
      /needs 4611686018427388000 bytes at byte 11/,
    ],
    ['an integer of 2^31 bytes', pickled(0x8b, 0, 0, 0, 0x80, '.'), /holds an integer of 2147483648 bytes/],
    ['an unknown operation', pickled(0xff), /has the unknown pickle operation 0xff at byte 2/],
    ['protocol 0', Uint8Array.of(0x80, 0), /is a pickle of protocol 0; protocols 2 to 5 can be read/],
    ['an odd dictionary', pickled('}(NNNu.'), /has a dictionary key without a value/],
    ['items of a list', pickled(']NNs.'), /sets items of \[\], which is no dictionary/],
    ['a key that unfolds', pickled('}', ...laughs, 'Ns.'), /unfolds to more than 10000000 values/],
  ])('%s', (_, pickle, sentence) => expect(() => readTorch(saved(pickle), 'x.pt')).toThrow(sentence))

  test('a tensor in place of a list, told without its elements', () =>
    expect(() => readTorch(saved(withTensor('Na.', 'LongStorage'), [48]), 'x.pt')).toThrow(
      /^x\.pt: appends to a tensor, which is no list; the pickle is damaged$/,
    ))
})

describe('tensors that lie', () => {
  test.each<[string, Parameters<typeof tensorPickle>[0], RegExp]>([
    [
      'of a size that is not there',
      { shape: [20, 3] },
      /tensor \[20, 3\] with strides \[3, 1\] from element 0 does not fit in its storage of 6 elements/,
    ],
    ['of strides that lead out', { strides: [30, 1] }, /does not fit in its storage/],
    ['of an offset that leads out', { offset: 1 }, /from element 1 does not fit/],
    ['of a negative offset', { offset: -1 }, /from element -1; these are whole numbers of 0 or more/],
    ['of negative strides', { strides: [-3, 1] }, /strides \[-3, 1\] from element 0; these are whole numbers/],
    ['of a negative size', { shape: [-2, 3] }, /shape \[-2, 3\]/],
    ['of another number of strides', { strides: [1] }, /has the strides \[1\]; it takes one for each axis/],
    ['of 2^60 elements in 6', { shape: [2 ** 30, 2 ** 30], strides: [0, 0] }, /does not fit in its storage/],
    [
      'that unfold to gigabytes',
      { shape: [2 ** 20, 2 ** 10], strides: [0, 0] },
      /unfold to far more elements than the file holds/,
    ],
    ['of a storage that is shorter', { count: 7 }, /storage "0" should hold 7 elements of 4 bytes but has 24 bytes/],
    ['of complex numbers', { type: 'ComplexFloatStorage' }, /has tensors of torch\.ComplexFloatStorage/],
    ['of a type of every object', { type: 'constructorStorage' }, /has tensors of torch\.constructorStorage/],
  ])('%s', (_, parts, sentence) => expect(() => readTorch(saved(tensorPickle(parts), [24]), 'x.pt')).toThrow(sentence))

  test('of a storage that is not there', () =>
    expect(() => readTorch(saved(tensorPickle({})), 'x.pt')).toThrow(/has no file "archive\/data\/0" inside/))

  test('in the old format, of another count or cut off', () => {
    const pickle = tensorPickle({}, (writer) => writer.none())
    expect(() => readTorch(legacy(pickle, new Float32Array(6), 7), 'x.pt')).toThrow(/has 7 elements, its tensors say 6/)
    expect(() => readTorch(legacy(pickle, new Float32Array(5), 6), 'x.pt')).toThrow(
      /needs 24 bytes at byte \d+.* cut off/,
    )
  })
})

describe('archives that lie', () => {
  const file = saved(tensorPickle({}), [24])
  const end = file.length - 22
  const directory = new DataView(file.buffer).getUint32(end + 16, true)
  const changed = (change: (view: DataView) => void): Uint8Array => {
    const copy = file.slice()
    change(new DataView(copy.buffer))
    return copy
  }
  const second = file.indexOf(0x50, directory + 46) // of the storage
  test.each<[string, Uint8Array, RegExp]>([
    [
      'a name that leads out',
      saved(pickled('N.'), [], ['archive/../../etc/passwd']),
      /holds a file named "archive\/\.\.\/\.\.\/etc\/passwd", which leads out of the archive/,
    ],
    ['an absolute name', saved(pickled('N.'), [], ['/etc/passwd']), /leads out of the archive/],
    ['a name with backslashes', saved(pickled('N.'), [], ['..\\x']), /leads out of the archive/],
    ['a name twice', saved(pickled('N.'), [], ['a', 'a']), /holds "a" twice/],
    ['cut off', file.subarray(0, file.length - 30), /its end is not there; it is cut off/],
    ['cut off in front', file.subarray(200), /which no file of PyTorch's does/],
    ['more files than listed', changed((view) => view.setUint16(end + 10, 200, true)), /lists 200 files in \d+ bytes/],
    [
      'a list beyond the end',
      changed((view) => view.setUint32(end + 16, 1e9, true)),
      /lists 2 files in \d+ bytes from byte 1000000000/,
    ],
    [
      'files that overlap',
      changed((view) => view.setUint32(second + 42, 0, true)),
      /"archive\/data\/0" inside overlaps the one before/,
    ],
    [
      'a file beyond the end',
      changed((view) => (view.setUint32(second + 20, 1e6, true), view.setUint32(second + 24, 1e6, true))),
      /takes 1000000 bytes from byte \d+ for 1000000, which cannot be/,
    ],
    ['a place without a file', changed((view) => view.setUint32(second + 42, 3, true)), /does not begin at byte 3/],
    ['an unknown method', changed((view) => view.setUint16(second + 10, 99, true)), /packed by method 99/],
    ['a password', changed((view) => view.setUint16(second + 8, 1, true)), /is encrypted/],
    [
      'contents of another checksum',
      changed((view) => view.setUint8(directory - 1, 7)),
      /does not agree with its checksum/,
    ],
    [
      'no pickle',
      saved(pickled('N.')).map((byte) => (byte === 0x2e ? 0x5f : byte)),
      /without data\.pkl \(it has "archive\/data_pkl"\)/,
    ],
    [
      'something else',
      new TextEncoder().encode('GIF89a..'),
      /begins with "GIF89a\.\.", which no file of PyTorch's does/,
    ],
    ['nothing', new Uint8Array(), /is empty/],
  ])('%s', (_, bytes, sentence) => expect(() => readTorch(bytes, 'x.pt')).toThrow(sentence))

  test('bombs, by what they say and by what they do', () => {
    expect(() => readTorch(deflated(new Uint8Array(2 ** 20), 2 ** 31), 'x.pt')).toThrow(
      /which cannot be; the archive is damaged/,
    )
    expect(() => readTorch(deflated(new Uint8Array(2 ** 20), 1000), 'x.pt')).toThrow(
      /does not inflate to the 1000 bytes that it should/,
    )
    expect(() => readTorch(deflated(new Uint8Array(2 ** 19), 2 ** 28 + 1), 'x.pt')).toThrow(
      /cannot be|inflates to far more/,
    )
  })

  test('deflated files are read', () => {
    const pickle = pickled('K', 5, '.')
    expect(readTorch(deflated(pickle, pickle.length), 'x.pt').value).toBe(5)
  })
})

test('a cut or changed file gives its value or one sentence, whatever is changed', () => {
  const files = [
    writeTorch({ state_dict: { 'a.weight': floats([2, 3]), 'a.bias': floats([3]) }, epoch: 3, list: [1, 2.5, 'x'] }),
    saved(tensorPickle({ shape: [3, 2], strides: [1, 3] }), [24]),
    legacy(
      tensorPickle({}, (pickle) => pickle.none()),
      new Float32Array(6),
    ),
  ]
  const edit = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.integer({ min: 0, max: 255 }) })
  fc.assert(
    fc.property(
      fc.constantFrom(...files),
      fc.array(edit, { minLength: 1, maxLength: 6 }),
      fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      (file, edits, cut) => {
        const bytes = file.slice(0, cut === null ? file.length : Math.floor(cut * file.length))
        for (const { at, byte } of edits) bytes[Math.floor(at * bytes.length)] = byte
        // Checksums would catch nearly all: without them, what lies behind is reached too.
        withoutChecksums(bytes)
        try {
          readWeights(bytes, 'x.pt')
        } catch (error) {
          if (!(error instanceof VolvoxError)) throw error
          expect(error.message).toMatch(/^x\.pt: [^\n]+$/)
        }
      },
    ),
    { numRuns: 4000, seed: 11 },
  )
})

function withoutChecksums(bytes: Uint8Array): void {
  for (let i = 0; i + 20 < bytes.length; i++)
    if (bytes[i] === 0x50 && bytes[i + 1] === 0x4b && bytes[i + 2] === 1 && bytes[i + 3] === 2)
      bytes.fill(0, i + 16, i + 20)
}

/** An archive whose pickle is deflated, and said to be of `size` bytes. */
function deflated(content: Uint8Array, size: number): Uint8Array {
  const raw = zlibSync(content).subarray(2, -4)
  const bytes = saved(raw)
  const view = new DataView(bytes.buffer)
  const directory = view.getUint32(bytes.length - 6, true)
  view.setUint16(directory + 10, 8, true)
  view.setUint32(directory + 16, 0, true)
  view.setUint32(directory + 24, size, true)
  return bytes
}

/** A pickle of a tensor alone with operations behind it. */
function withTensor(end: string, type = 'FloatStorage'): Uint8Array {
  const pickle = new PickleWriter()
  pickle.call('torch._utils', '_rebuild_tensor_v2', () => {
    pickle.persistent(() => {
      pickle.text('storage')
      pickle.name('torch', type)
      pickle.text('0')
      pickle.text('cpu')
      pickle.int(6)
    })
    pickle.int(0)
    for (const n of [6, 1]) pickle.tuple(() => pickle.int(n))
    pickle.bool(false)
    pickle.none()
  })
  return joinedBytes([pickle.end().subarray(0, -1), new TextEncoder().encode(end)])
}

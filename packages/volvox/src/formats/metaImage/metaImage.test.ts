import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allocate, type DType } from '../../core/dtype.ts'
import { VolvoxError } from '../../core/errors.ts'
import { sizeOf } from '../../core/tensor.ts'
import type { Volume } from '../format.ts'
import { memoryFiles } from '../memoryFiles.ts'
import { readVolume, writeVolume } from '../open.ts'

const dtypes = ['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'uint64', 'int64', 'float32', 'float64'] as const
const tilted = [0.6, -1.6, 0, 5, 0.8, 1.2, 0, -6.5, 0, 0, 3, 7, 0, 0, 0, 1]

function counted(dtype: DType, shape: readonly number[], spatialDims: number): Volume {
  const data = allocate(dtype, sizeOf(shape))
  for (let i = 0; i < data.length; i++)
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(i) * 1234567890123456789n
    else data[i] = dtype.startsWith('float') ? i / 3 - 5 : i * 40503
  return {
    dtype,
    shape,
    data,
    affine: spatialDims === 3 ? tilted : [-2, 0, 0, 1, 0, 3, 0, 4, 0, 0, 1, 0, 0, 0, 0, 1],
    meta: {},
    spatialDims,
  }
}

test('what is written is read back: all types, with and without channels, raw and compressed, in one file and in two', () => {
  const size = fc.integer({ min: 1, max: 9 })
  fc.assert(
    fc.property(
      fc.constantFrom(...dtypes),
      fc.array(size, { minLength: 2, maxLength: 3 }),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom('a.mha', 'a.mhd'),
      fc.boolean(),
      (dtype, spatial, channels, name, compress) => {
        const files = memoryFiles()
        const volume = counted(dtype, channels > 1 ? [...spatial, channels] : spatial, spatial.length)
        writeVolume(`dir/${name}`, volume, { compress }, files)
        const back = readVolume(`dir/${name}`, {}, files)
        expect(back.dtype).toBe(dtype)
        expect(back.shape).toEqual(volume.shape)
        expect(back.data).toEqual(volume.data)
        volume.affine.forEach((x, i) => expect(back.affine[i]).toBeCloseTo(x, 12))
      },
    ),
    { numRuns: 150 },
  )
})

function textFile(fields: Readonly<Record<string, string | number>>, rest: Uint8Array | string = ''): Uint8Array {
  const all = { NDims: 2, DimSize: '3 2', ElementType: 'MET_UCHAR', ElementDataFile: 'LOCAL', ...fields }
  const { ElementDataFile, ...others } = all
  const head = [...Object.entries(others), ['ElementDataFile', ElementDataFile]]
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('')
  const body = typeof rest === 'string' ? new TextEncoder().encode(rest) : rest
  return Uint8Array.of(...new TextEncoder().encode(head), ...body)
}

test('slices can be listed file by file', () => {
  const files = memoryFiles()
  files.write('d/a.mhd', textFile({ ElementDataFile: 'LIST', NDims: 3, DimSize: '2 1 2' }, 'one.raw\r\ntwo.raw\n'))
  files.write('d/one.raw', Uint8Array.of(1, 2))
  files.write('d/two.raw', Uint8Array.of(3, 4))
  expect(readVolume('d/a.mhd', {}, files)).toMatchObject({ shape: [2, 1, 2], data: Uint8Array.of(1, 3, 2, 4) })
  files.write('d/a.mhd', textFile({ ElementDataFile: 'LIST', NDims: 3, DimSize: '2 1 3' }, 'one.raw\ntwo.raw\n'))
  expect(() => readVolume('d/a.mhd', {}, files)).toThrow(
    'd/a.mhd: ElementDataFile lists 2 files, DimSize [2, 1, 3] needs 3',
  )
})

test('text voxels are read, in any kind of white space', () => {
  const files = memoryFiles()
  files.write('a.mha', textFile({ BinaryData: 'False', ElementType: 'MET_FLOAT' }, '1 2.5\n-3e2\t4 5\r\n nan'))
  expect(readVolume('a.mha', {}, files).data).toEqual(Float32Array.of(1, 4, 2.5, 5, -300, NaN))
})

const wrong: [what: string, fields: Record<string, string | number>, body: Uint8Array | string, sentence: RegExp][] = [
  [
    'too few voxels',
    {},
    'abcde',
    /^a\.mha: 5 bytes of voxels are there, the header declares 6; the data are cut short$/,
  ],
  ['too little text', { BinaryData: 'False' }, '1 2 3 4 5', /9 bytes of text cannot hold the 6 values/],
  ['a word among numbers', { BinaryData: 'False' }, '1 2 three 4 5 6', /value 3 is "three", which is no number/],
  [
    'huge sizes',
    { DimSize: '2000000 2000000', CompressedData: 'True' },
    'abc',
    /3 compressed bytes cannot hold the 4000000000000 bytes/,
  ],
  [
    'huge sizes, raw',
    { DimSize: '2000000 2000000', HeaderSize: -1 },
    'abc',
    /3 bytes of voxels are there, the header declares 4000000000000/,
  ],
  ['a negative size', { DimSize: '3 -2' }, '', /DimSize is \[3, -2\]; each axis needs a whole number of 1 or more/],
  ['an unknown type', { ElementType: 'MET_QUUX' }, '', /ElementType is "MET_QUUX"; it must be one of MET_CHAR/],
  [
    'a singular matrix',
    { TransformMatrix: '1 1 1 1' },
    'abcdef',
    /TransformMatrix with ElementSpacing is singular, \[-1, -1, /,
  ],
  ['a short matrix', { TransformMatrix: '1 0 0' }, 'abcdef', /TransformMatrix is "1 0 0"; it must be 4 numbers/],
  [
    'a path out of the folder',
    { ElementDataFile: '../secret.raw' },
    '',
    /names a companion file "\.\.\/secret\.raw" outside its own folder/,
  ],
  [
    'an absolute path',
    { ElementDataFile: '/etc/passwd' },
    '',
    /names a companion file "\/etc\/passwd" outside its own folder/,
  ],
  ['a drive', { ElementDataFile: 'C:\\x.raw' }, '', /outside its own folder/],
  [
    'a name pattern',
    { ElementDataFile: 'a%03d.raw 1 3 1' },
    '',
    /is the name pattern "a%03d\.raw 1 3 1", which Volvox does not read/,
  ],
  ['another object', { ObjectType: 'Tube' }, '', /ObjectType is "Tube"; only images can be read/],
  ['a missing companion', { ElementDataFile: 'gone.raw' }, '', /^a\.mha: gone\.raw: there is no such file/],
]

for (const [what, fields, body, sentence] of wrong)
  test(`${what} gives a sentence`, () => {
    const files = memoryFiles()
    files.write('a.mha', textFile(fields, body))
    expect(() => readVolume('a.mha', {}, files)).toThrow(sentence)
  })

test('no cut and no change of bytes causes anything but a sentence or an image of its size', () => {
  const files = memoryFiles()
  writeVolume('raw.mha', counted('int16', [3, 4, 5], 3), {}, files)
  writeVolume('packed.mha', counted('uint8', [3, 4, 2], 2), { compress: true }, files)
  const check = (bytes: Uint8Array): void => {
    files.write('x.mha', bytes)
    try {
      expect(readVolume('x.mha', {}, files).data.byteLength).toBeLessThan(2 ** 20)
    } catch (error) {
      if (!(error instanceof VolvoxError)) throw error
      expect(error.message).toMatch(/^[^\n]+: [^\n]+$/)
    }
  }
  for (const name of ['raw.mha', 'packed.mha']) {
    const whole = files.read(name)
    for (let length = 0; length < whole.length; length++) check(whole.subarray(0, length))
  }
  fc.assert(
    fc.property(
      fc.constantFrom('raw.mha', 'packed.mha'),
      fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      (name, changes) => {
        const bytes = files.read(name).slice()
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        check(bytes)
      },
    ),
    { numRuns: 600, seed: 11 },
  )
})

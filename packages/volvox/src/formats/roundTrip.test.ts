import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allocate, type DType } from '../core/dtype.ts'
import { sizeOf } from '../core/tensor.ts'
import type { Volume } from './format.ts'
import { memoryFiles } from './memoryFiles.ts'
import { readVolume, writeVolume } from './open.ts'

/** What each kind of file can hold. */
interface Holds {
  readonly names: readonly string[]
  readonly dtypes: readonly DType[]
  readonly spatialDims: readonly number[]
  /** Axes after the spatial ones, at most. */
  readonly rest: number
  /** How exact the affine comes back; null where the format has none. */
  readonly affineWithin: number | null
}

const whole = ['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'uint64', 'int64'] as const
const all = [...whole, 'float32', 'float64'] as const

const table: Readonly<Record<string, Holds>> = {
  NIfTI: { names: ['a.nii', 'a.nii.gz', 'a.hdr'], dtypes: all, spatialDims: [3], rest: 2, affineWithin: 1e-4 },
  MetaImage: { names: ['a.mha', 'a.mhd'], dtypes: all, spatialDims: [2, 3], rest: 1, affineWithin: 1e-9 },
  NRRD: { names: ['a.nrrd', 'a.nhdr'], dtypes: all, spatialDims: [2, 3], rest: 2, affineWithin: 1e-9 },
  MGH: {
    names: ['a.mgh', 'a.mgz'],
    dtypes: ['uint8', 'int16', 'uint16', 'int32', 'float32'],
    spatialDims: [3],
    rest: 1,
    affineWithin: 1e-3,
  },
  NumPy: {
    names: ['a.npy', 'a.npz'],
    dtypes: [...all, 'float16', 'bool'],
    spatialDims: [1, 2, 3, 4],
    rest: 0,
    affineWithin: null,
  },
  PNG: { names: ['a.png'], dtypes: ['uint8', 'uint16'], spatialDims: [2], rest: 1, affineWithin: null },
  TIFF: { names: ['a.tif', 'a.tiff'], dtypes: [...all, 'float16'], spatialDims: [2], rest: 1, affineWithin: 1e-6 },
  safetensors: {
    names: ['a.safetensors'],
    dtypes: [...all, 'float16', 'bfloat16', 'bool'],
    spatialDims: [1, 2, 3, 4],
    rest: 2,
    affineWithin: 1e-12,
  },
  BMP: { names: ['a.bmp'], dtypes: ['uint8'], spatialDims: [2], rest: 0, affineWithin: null },
}

for (const [format, holds] of Object.entries(table))
  test(`${format}: what is written is read back, voxel for voxel and place for place`, () => {
    fc.assert(
      fc.property(volumes(holds), fc.constantFrom(...holds.names), fc.boolean(), (volume, name, compress) => {
        const files = memoryFiles()
        writeVolume(`dir/${name}`, volume, { compress, level: 1 }, files)
        const back = readVolume(`dir/${name}`, {}, files)
        expect(back).toMatchObject({ dtype: volume.dtype, shape: volume.shape, spatialDims: volume.spatialDims })
        expect(back.data).toEqual(volume.data)
        const { affineWithin } = holds
        if (affineWithin !== null)
          back.affine.forEach((x, i) => expect(Math.abs(x - volume.affine[i])).toBeLessThan(affineWithin))
        expect(readVolume(`dir/${name}`, { as: 'float32' }, files).dtype).toBe('float32')
      }),
      { numRuns: 60 },
    )
  })

test('a TIFF file has a page for each slice, and a BMP file takes colours', () => {
  const files = memoryFiles()
  const stack: Volume = {
    dtype: 'int16',
    shape: [4, 3, 5, 2],
    data: counted('int16', 120, 7),
    spatialDims: 3,
    affine: [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    meta: {},
  }
  writeVolume('a.tif', stack, { compress: true }, files)
  expect(readVolume('a.tif', {}, files)).toMatchObject({ shape: stack.shape, data: stack.data, spatialDims: 3 })
  const page = readVolume('a.tif', { page: 3 }, files)
  expect(page).toMatchObject({ shape: [4, 3, 2], spatialDims: 2, meta: { pages: 5 } })
  expect(page.data[0]).toBe(stack.data[3 * 2])
  expect(() => readVolume('a.tif', { page: 5 }, files)).toThrow('a.tif: it has no page 5; there are 5, counted from 0')
  const colours = { ...stack, dtype: 'uint8', shape: [5, 4, 3], data: counted('uint8', 60, 1), spatialDims: 2 } as const
  writeVolume('a.bmp', colours, {}, files)
  expect(readVolume('a.bmp', {}, files)).toMatchObject({ shape: colours.shape, data: colours.data })
})

const refusals: [name: string, dtype: DType, shape: number[], sentence: string][] = [
  ['a.png', 'int16', [4, 4], 'PNG holds no int16 pixels; scale them and convert to uint8 or uint16 first'],
  ['a.png', 'uint8', [4, 4, 2], 'an image of shape [4, 4, 2] is not flat; PNG holds two axes of space'],
  ['a.bmp', 'float32', [4, 4], 'BMP holds grey or RGB of uint8, this image has 1 samples of float32'],
  ['a.mgz', 'float64', [4, 4, 2], 'MGH has no float64 voxels; convert to uint8, int16, int32 or float32 first'],
  ['a.nrrd', 'float16', [4, 4], 'NRRD has no float16 voxels; convert to float32 first'],
  ['a.npy', 'bfloat16', [4, 4], 'NumPy has no bfloat16 elements; convert to float32 first'],
  ['a.tif', 'bfloat16', [4, 4], 'TIFF has no bfloat16 pixels; convert to float32 first'],
]

test.each(refusals)('%s refuses %s of %j in a sentence', (name, dtype, shape, sentence) => {
  const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
  const volume: Volume = {
    dtype,
    shape,
    data: allocate(dtype, sizeOf(shape)),
    spatialDims: shape.length,
    affine,
    meta: {},
  }
  expect(() => writeVolume(name, volume, {}, memoryFiles())).toThrow(`${name}: ${sentence}`)
})

function volumes({ dtypes, spatialDims, rest }: Holds): fc.Arbitrary<Volume> {
  const size = fc.integer({ min: 1, max: 9 })
  const restSize = fc.integer({ min: 2, max: 4 })
  return fc
    .record({
      dtype: fc.constantFrom(...dtypes),
      spatial: fc.constantFrom(...spatialDims).chain((n) => fc.array(size, { minLength: n, maxLength: n })),
      after: fc.array(restSize, { maxLength: rest }),
      angles: fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 3, maxLength: 3 }),
      seed: fc.nat(),
    })
    .map(({ dtype, spatial, after, angles, seed }) => {
      const shape = [...spatial, ...after]
      const spatialDims = spatial.length
      const affine = spatialDims === 3 ? rotated(angles) : [-1.5, 0, 0, 0, 0, -2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
      return { dtype, shape, data: counted(dtype, sizeOf(shape), seed), spatialDims, affine, meta: {} }
    })
}

function counted(dtype: DType, length: number, seed: number): Volume['data'] {
  const data = allocate(dtype, length)
  for (let i = 0; i < length; i++)
    if (data instanceof BigInt64Array || data instanceof BigUint64Array)
      data[i] = BigInt(i + seed) * 1234567890123456789n
    else data[i] = dtype === 'bool' ? (i + seed) % 2 : /^float(32|64)$/.test(dtype) ? (i - seed) / 3 : i * 40503 + seed
  return data
}

/** A rotation with spacings of its own. */
function rotated([a, b, c]: readonly number[]): number[] {
  const [x, y, z] = [a, b, c].map((angle) => [Math.cos(angle), Math.sin(angle)])
  const rows = [
    [y[0] * z[0], x[1] * y[1] * z[0] - x[0] * z[1], x[0] * y[1] * z[0] + x[1] * z[1]],
    [y[0] * z[1], x[1] * y[1] * z[1] + x[0] * z[0], x[0] * y[1] * z[1] - x[1] * z[0]],
    [-y[1], x[1] * y[0], x[0] * y[0]],
  ]
  const spacing = [0.75, 1.25, 3]
  return [...rows.flatMap((row, i) => [...row.map((value, j) => value * spacing[j]), 10 * i - 4]), 0, 0, 0, 1]
}

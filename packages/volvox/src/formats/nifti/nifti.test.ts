import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allocate, type DType } from '../../core/dtype.ts'
import { VolvoxError } from '../../core/errors.ts'
import { sizeOf } from '../../core/tensor.ts'
import { axcodesOf, orientationFrom } from '../../core/orientation.ts'
import type { Volume } from '../format.ts'
import { memoryFiles } from '../memoryFiles.ts'
import { readImage, readVolume, writeImage, writeVolume } from '../open.ts'
import { image } from '../../core/image.ts'

const dtypes = ['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'uint64', 'int64', 'float32', 'float64'] as const
const identityAffine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]

function counted(dtype: DType, shape: readonly number[], affine: readonly number[] = identityAffine): Volume {
  const data = allocate(dtype, sizeOf(shape))
  for (let i = 0; i < data.length; i++)
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(i) * 1234567890123456789n
    else data[i] = dtype.startsWith('float') ? i / 3 - 5 : i * 40503
  return { dtype, shape, data, affine, meta: {}, spatialDims: Math.min(shape.length, 3) }
}

const shapes = fc
  .array(fc.integer({ min: 1, max: 11 }), { minLength: 1, maxLength: 5 })
  .map((sizes) => (sizes.length > 3 ? sizes.map((n, i) => (i > 2 ? 1 + (n % 3) : n)) : sizes))
const names = fc.constantFrom('a.nii', 'a.nii.gz', 'a.hdr', 'a.hdr.gz')

test('what is written is read back: all types, shapes, versions and containers', () => {
  fc.assert(
    fc.property(fc.constantFrom(...dtypes), shapes, names, fc.boolean(), (dtype, shape, name, nifti2) => {
      const files = memoryFiles()
      const volume = counted(dtype, shape)
      writeVolume(`dir/${name}`, volume, { nifti2, level: 1 }, files)
      const back = readVolume(`dir/${name}`, {}, files)
      expect(back.dtype).toBe(dtype)
      expect(back.shape).toEqual(shape)
      expect(back.data).toEqual(volume.data)
      expect(back.affine).toEqual(volume.affine)
      expect(back.meta.original_channel_dim).toBe(shape.length > 3 ? -1 : 'no_channel')
    }),
    { numRuns: 150 },
  )
})

test('all 48 orientations come back, by the sform and by the qform alone', () => {
  for (const axes of ['RAS', 'RSA', 'ARS', 'ASR', 'SRA', 'SAR'])
    for (let bits = 0; bits < 8; bits++) {
      const codes = [...axes].map((code, i) => ((bits >> i) & 1 ? { R: 'L', A: 'P', S: 'I' }[code] : code)).join('')
      const affine = new Array<number>(16).fill(0)
      affine[15] = 1
      orientationFrom(codes).forEach(([axis, flip], j) => {
        affine[axis * 4 + j] = flip * (0.5 + j)
        affine[axis * 4 + 3] = 10 * axis - 7.25
      })
      const files = memoryFiles()
      writeVolume('a.nii', counted('int16', [3, 4, 5], affine), {}, files)
      expect(readVolume('a.nii', {}, files).affine).toEqual(affine)
      const bytes = files.read('a.nii').slice()
      new DataView(bytes.buffer).setInt16(254, 0, true) // sform_code
      files.write('q.nii', bytes)
      const qform = readVolume('q.nii', {}, files).affine
      affine.forEach((x, i) => expect(qform[i]).toBeCloseTo(x, 5))
      expect(axcodesOf(qform).join('')).toBe(codes)
    }
})

test('a qform stands for any rotation, and is left out where there is shear', () => {
  const angle = fc.double({ min: -3.1, max: 3.1, noNaN: true })
  fc.assert(
    fc.property(angle, angle, fc.boolean(), (a, b, mirrored) => {
      const [ca, sa, cb, sb] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b)]
      const z = mirrored ? -3 : 3
      const affine = [
        ca * 2,
        -sa * cb * 1.5,
        sa * sb * z,
        5,
        sa * 2,
        ca * cb * 1.5,
        -ca * sb * z,
        6,
        0,
        sb * 1.5,
        cb * z,
        7,
        0,
        0,
        0,
        1,
      ]
      const files = memoryFiles()
      writeVolume('a.nii', counted('uint8', [2, 2, 2], affine), { nifti2: true }, files)
      const bytes = files.read('a.nii').slice()
      new DataView(bytes.buffer).setInt32(348, 0, true) // sform_code
      files.write('q.nii', bytes)
      affine.forEach((x, i) => expect(readVolume('q.nii', {}, files).affine[i]).toBeCloseTo(x, 6))
    }),
  )
  const files = memoryFiles()
  writeVolume('sheared.nii', counted('uint8', [2, 2, 2], [1, 0.3, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]), {}, files)
  expect(readVolume('sheared.nii', {}, files).meta).toMatchObject({ qform_code: 0, sform_code: 2 })
})

test('an axis longer than 32767 makes a NIfTI-2 file', () => {
  const files = memoryFiles()
  writeVolume('long.nii', counted('uint8', [40000, 1, 2]), {}, files)
  expect(files.read('long.nii')[0]).toBe(540 & 255)
  expect(readVolume('long.nii', {}, files).shape).toEqual([40000, 1, 2])
})

test('channels go last in the file and first in the image', () => {
  const files = memoryFiles()
  const img = image(
    'float32',
    [2, 3, 4, 5],
    Float32Array.from({ length: 120 }, (_, i) => i),
  )
  writeImage('a.nii.gz', img, {}, files)
  expect(readVolume('a.nii.gz', {}, files).shape).toEqual([3, 4, 5, 2])
  const back = readImage('a.nii.gz', {}, files)
  expect(back.shape).toEqual(img.shape)
  expect(back.data).toEqual(img.data)
  writeImage('b.nii', image('uint8', [1, 3, 4], new Uint8Array(12)), {}, files)
  expect(readVolume('b.nii', {}, files).shape).toEqual([3, 4])
  writeImage('c.nii', image('uint8', [2, 3, 4], new Uint8Array(24)), {}, files)
  expect(readVolume('c.nii', {}, files).shape).toEqual([3, 4, 1, 2])
})

test('scaling is computed in float64, and rounded once to float32', () => {
  const files = memoryFiles()
  writeVolume('a.nii', counted('int16', [7, 5, 3]), {}, files)
  const bytes = files.read('a.nii').slice()
  const view = new DataView(bytes.buffer)
  view.setFloat32(112, 0.1, true)
  view.setFloat32(116, -3.7, true)
  files.write('scaled.nii', bytes)
  const stored = readVolume('a.nii', {}, files).data
  const expected = Float64Array.from(stored as Int16Array, (x) => x * Math.fround(0.1) + Math.fround(-3.7))
  expect(readVolume('scaled.nii', {}, files).data).toEqual(expected)
  expect(readVolume('scaled.nii', { as: 'float32' }, files).data).toEqual(Float32Array.from(expected))
  expect(readVolume('a.nii', { as: 'float32' }, files).data).toEqual(Float32Array.from(stored as Int16Array))
})

test("MONAI's loader prefers the form that agrees with pixdim", () => {
  const files = memoryFiles()
  writeVolume('a.nii', counted('uint8', [2, 2, 2], [2, 0, 0, 1, 0, 2, 0, 1, 0, 0, 2, 1, 0, 0, 0, 1]), {}, files)
  const bytes = files.read('a.nii').slice()
  new DataView(bytes.buffer).setFloat32(280, 2.5, true) // srow_x[0]
  files.write('b.nii', bytes)
  expect(readVolume('b.nii', {}, files).affine[0]).toBe(2.5)
  expect(readVolume('b.nii', { affineRule: 'monai' }, files).affine[0]).toBe(2)
})

test('extensions are kept', () => {
  const files = memoryFiles()
  const extensions = [{ code: 6, data: new TextEncoder().encode('hello, world!!!') }]
  writeVolume(
    'a.nii',
    { ...counted('uint8', [2, 2, 2]), meta: { extensions, descrip: 'made', qform_code: 1, sform_code: 4 } },
    {},
    files,
  )
  const back = readVolume('a.nii', {}, files)
  expect(back.meta).toMatchObject({ descrip: 'made', qform_code: 1, sform_code: 4 })
  const found = back.meta.extensions as { code: number; data: Uint8Array }[]
  expect(found).toHaveLength(1)
  expect(new TextDecoder().decode(found[0].data).replace(/\0+$/, '')).toBe('hello, world!!!')
})

test('axes of size 1 after the spatial ones can be dropped', () => {
  const files = memoryFiles()
  writeVolume('a.nii', counted('uint8', [4, 4, 1, 1, 3]), {}, files)
  expect(readVolume('a.nii', { squeezeNonSpatialDims: true }, files).shape).toEqual([4, 4, 1, 3])
})

test('a file cut anywhere gives a sentence', () => {
  const files = memoryFiles()
  for (const name of ['a.nii', 'a.nii.gz']) {
    writeVolume(name, counted('int16', [3, 4, 5]), {}, files)
    const whole = files.read(name)
    for (let length = 0; length < whole.length; length++) {
      files.write(`cut-${name}`, whole.subarray(0, length))
      expect(
        outcome(() => readVolume(`cut-${name}`, {}, files)),
        `${length} bytes`,
      ).toMatch(/^cut-a\.nii(\.gz)?: [^\n]+$/)
    }
  }
})

test('no change of bytes in a small file causes anything but a sentence or an image of its size', () => {
  const files = memoryFiles()
  for (const name of ['a.nii', 'b.nii.gz', 'c.hdr'])
    writeVolume(name, counted('int16', [3, 4, 5]), { nifti2: name === 'c.hdr' }, files)
  fc.assert(
    fc.property(
      fc.constantFrom('a.nii', 'b.nii.gz', 'c.hdr'),
      fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      (name, changes) => {
        const bytes = files.read(name).slice()
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        files.write(`x${name}`, bytes)
        files.write('xc.img', files.read('c.img'))
        const text = outcome(() => {
          const { data } = readVolume(`x${name}`, {}, files)
          if (data.byteLength > 8 * 2 ** 20) throw new Error(`${data.byteLength} bytes were allocated`)
        })
        if (text !== '') expect(text).toMatch(/^x[^\n]+: [^\n]+$/)
      },
    ),
    { numRuns: 600, seed: 7 },
  )
})

/** The sentence of the error; an error that is none of ours passes through and fails the test. */
function outcome(action: () => unknown): string {
  try {
    action()
    return ''
  } catch (error) {
    if (error instanceof VolvoxError) return error.message
    throw error
  }
}

test("FreeSurfer's surfaces have their length where it fits", () => {
  const files = memoryFiles()
  writeVolume('a.nii', counted('uint8', [6, 1, 1]), {}, files)
  const bytes = files.read('a.nii').slice()
  const view = new DataView(bytes.buffer)
  view.setInt16(42, -1, true) // dim[1]
  view.setInt32(144, 6, true) // glmin
  files.write('b.nii', bytes)
  expect(readVolume('b.nii', {}, files)).toMatchObject({ shape: [6, 1, 1], data: counted('uint8', [6, 1, 1]).data })
})

test('without codes a picture has no thickness, whatever pixdim says, as NiBabel has it', () => {
  const files = memoryFiles()
  writeVolume('a.nii', counted('int16', [4, 3], identityAffine), {}, files)
  const view = new DataView(files.read('a.nii').buffer)
  for (const at of [252, 254]) view.setInt16(at, 0, true) // qform_code, sform_code
  ;[2, 5, 7].forEach((mm, axis) => view.setFloat32(80 + 4 * axis, mm, true))
  expect(readVolume('a.nii', {}, files).affine).toEqual([-2, 0, 0, 3, 0, 5, 0, -5, 0, 0, 1, 0, 0, 0, 0, 1])
})

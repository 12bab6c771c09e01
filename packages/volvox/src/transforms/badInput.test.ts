// Whatever a transform is given, what is wrong is said in one sentence that names the transform, and the key.
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { TypedArray } from '../core/dtype.ts'
import { VolvoxError } from '../core/errors.ts'
import { image, type Image } from '../core/image.ts'
import { sizeOf } from '../core/tensor.ts'
import type { Definition } from './define.ts'
import { isRandom } from './random.ts'
import { transformSamples } from './samples.ts'
import { build, dictionaryForm, dictionaryOptions, extraInputs, plainForms, sampleOf, subject } from './testing.ts'

beforeAll(() => void vi.spyOn(console, 'info').mockImplementation(() => {})) // DataStats prints

/** No images, with what is said of them. */
const noImages: readonly (readonly [value: unknown, said: string])[] = [
  [undefined, 'undefined'],
  [null, 'null'],
  [5, '5'],
  ['scan.nii', '"scan.nii"'],
  [[1, 2], '[1, 2]'],
  [Float32Array.of(1, 2), '[1, 2]'],
  [{ dtype: 'int8', shape: [1], data: [1] }, '{"dtype":"int8","shape":[1],"data":[1]}'],
]

/** Images that are damaged, with what is said of them. */
const damages: readonly (readonly [what: string, damaged: (img: Image) => unknown, said: string])[] = [
  ['no shape', (img) => ({ ...img, shape: undefined }), 'has the shape undefined; give [channels, ...sizes]'],
  ['no axes', (img) => ({ ...img, shape: [] }), 'has the shape []; give [channels, ...sizes]'],
  ['a size below 0', (img) => ({ ...img, shape: [2, -1] }), 'has the shape [2, -1]; give [channels, ...sizes]'],
  ['half a voxel', (img) => ({ ...img, shape: [1, 2.5] }), 'has the shape [1, 2.5]; give [channels, ...sizes]'],
  ['complex numbers', (img) => ({ ...img, dtype: 'complex64' }), 'has elements of "complex64"; use float32, float64'],
  ['another type', (img) => ({ ...img, dtype: 'uint8' }), 'has a Float32Array for uint8; give the typed array of'],
  ['texts', (img) => ({ ...img, data: ['a', 'b'] }), 'has [a, b] for float32; give the typed array of'],
  ['too few voxels', (img) => ({ ...img, data: new Float32Array(7) }), 'has 7 voxels for the shape ['],
  ['a short affine', (img) => ({ ...img, affine: [1, 2] }), 'has the affine [1, 2]; give 16 finite numbers'],
  ['a lost affine', (img) => ({ ...img, affine: img.affine.map(() => NaN) }), 'has the affine [NaN, NaN'],
  ['no history', (img) => ({ ...img, history: undefined }), 'has the history undefined; give a list'],
]

const filled = (shape: readonly number[], value = 0.5) =>
  image('float32', shape, new Float32Array(sizeOf(shape)).fill(value))
const as = (img: Image, dtype: Image['dtype'], data: TypedArray): Image => ({ ...img, dtype, data })

/** Sound images that some transforms take and others refuse. */
const unusual: readonly (readonly [what: string, made: (img: Image) => Image])[] = [
  ['channels only', ({ shape: [channels] }) => filled([channels])],
  ['one axis', ({ shape: [channels] }) => filled([channels, 210])],
  ['two axes', ({ shape: [channels] }) => filled([channels, 14, 15])],
  ['three axes', ({ shape: [channels] }) => filled([channels, 7, 6, 5])],
  ['four axes', ({ shape: [channels] }) => filled([channels, 7, 3, 2, 5])],
  ['five axes', ({ shape: [channels] }) => filled([channels, 3, 2, 3, 2, 2])],
  ['no channel', ({ shape }) => filled([0, ...shape.slice(1)])],
  ['no voxel', ({ shape }) => filled(shape.map((n, axis) => (axis === 1 ? 0 : n)))],
  ['one voxel', ({ shape }) => filled(shape.map((n, axis) => (axis === 0 ? n : 1)))],
  ['nothing but NaN', ({ shape }) => filled(shape, NaN)],
  ['nothing but infinity', ({ shape }) => filled(shape, Infinity)],
  ['nothing but zeros', ({ shape }) => filled(shape, 0)],
  ['bytes', (img) => as(img, 'uint8', new Uint8Array(img.data.length).fill(3))],
  ['whole numbers', (img) => as(img, 'int16', new Int16Array(img.data.length).fill(-3))],
  ['doubles', (img) => as(img, 'float64', new Float64Array(img.data.length).fill(0.25))],
  ['long numbers', (img) => as(img, 'int64', new BigInt64Array(img.data.length).fill(7n))],
  ['no world', (img) => ({ ...img, affine: img.affine.map(() => 0) })],
]

/** What an option might be by mistake; many take some of these. */
const values = [NaN, Infinity, 'bogus', { a: 1 }, ['x'], -7, 0, 0.37, [], [[1]], true, [-1, -2, -3], [0, 0, 0], [1, 1, 1, 1, 1], null, () => 1] // prettier-ignore

/** Runs it; when it is refused, in one sentence that begins with the name. */
function sentenceOf(name: string, run: () => unknown): string | null {
  try {
    run()
    return null
  } catch (error) {
    if (!(error instanceof VolvoxError)) throw error
    expect(error.message).toMatch(/^[^\n]*[^.\n]$/)
    expect(error.message.slice(0, name.length + 1)).toMatch(new RegExp(`^${name}[.: ]$`))
    return error.message
  }
}

for (const [name, { definition, schema }] of plainForms.filter(([name]) => name in transformSamples)) {
  const img = subject(name)
  const inputsOf = (one: Image) => extraInputs(definition as unknown as Definition, one)
  const inputs = inputsOf(img)
  const plain = (one: unknown) => build(name)(one as Image, inputs)

  // Converters of whatever there is take anything.
  const takesAll = sentenceOf(name, () => plain(5)) === null
  if (!takesAll) {
    test(`${name} refuses what is no image`, () => {
      for (const [value, said] of noImages)
        expect(sentenceOf(name, () => plain(value))).toBe(
          `${name}: was given ${said} instead of an image; use image(...) or LoadImage`,
        )
    })
    test(`${name} refuses a damaged image`, () => {
      for (const [, damaged, said] of damages)
        expect(sentenceOf(name, () => plain(damaged(img)))).toContain(`${name}: the image ${said}`)
    })
  }

  test(`${name} takes unusual images or refuses them`, () => {
    for (const [, made] of unusual) {
      const one = made(img)
      sentenceOf(name, () => build(name)(one, one.shape.length > 1 && one.shape[0] > 0 ? inputsOf(one) : inputs))
    }
  })

  const make = (options: unknown) => {
    const transform = build(name, options as (typeof transformSamples)[string])
    return transform(img, inputs)
  }
  test(`${name} refuses options that do not fit`, () => {
    const own = transformSamples[name]
    expect(sentenceOf(name, () => make({ ...own, bogus: 1 }))).toContain(`${name}.bogus: no such option; it takes`)
    expect(sentenceOf(name, () => make(5))).toContain(`${name}: was given 5 instead of options; give an object of`)
    for (const option of Object.keys(schema))
      for (const value of values) sentenceOf(name, () => make({ ...own, [option]: value }))
  })

  const keyed = dictionaryForm(name)
  if (!keyed || name === 'Crop') continue // Cropd takes a cropper
  const form = `${name}d`
  const dictionary = (sample: unknown) => {
    const transform = keyed(dictionaryOptions(name, inputs))
    if (isRandom(transform)) transform.setRandomState(11)
    return transform(sample as never)
  }
  describe(form, () => {
    test('refuses what is no sample, and names keys that are missing', () => {
      for (const [value, said] of [
        [null, 'null'],
        [5, '5'],
        ['x', '"x"'],
        [[1], '[1]'],
        [img, 'an image'],
      ] as const)
        // prettier-ignore
        expect(sentenceOf(form, () => dictionary(value))).toBe(
          `${form}: was given ${said} instead of a sample; give an object of images by key`,
        )
      expect(sentenceOf(form, () => dictionary({ scan: img }))).toContain(
        `${form}: no "image" in the sample (it has "scan"`,
      )
    })
    const takesAllEntries = sentenceOf(form, () => dictionary(sampleOf(5, inputs))) === null
    if (!takesAllEntries)
      test('names the key of what is no sound image', () => {
        for (const [value, said] of noImages)
          expect(sentenceOf(form, () => dictionary(sampleOf(value, inputs)))).toBe(
            `${form}: "image" holds ${said} instead of an image; load it with LoadImaged first`,
          )
        for (const [, damaged, said] of damages)
          expect(sentenceOf(form, () => dictionary(sampleOf(damaged(img), inputs)))).toContain(
            `${form}: "image" ${said}`,
          )
      })
    test('takes unusual images or refuses them, and options', () => {
      for (const [, made] of unusual) sentenceOf(form, () => dictionary(sampleOf(made(img), inputs)))
      const own = dictionaryOptions(name, inputs)
      expect(sentenceOf(form, () => keyed({ ...own, bogus: 1 }))).toContain(
        `${form}.bogus: no such option; it takes keys`,
      )
      for (const option of Object.keys(keyed.schema))
        for (const value of values) sentenceOf(form, () => keyed({ ...own, [option]: value }))
    })
  })
}

import { beforeAll, expect, test, vi } from 'vitest'
import { gridOf, isImage, type Image } from '../core/image.ts'
import { toConfigNames } from '../core/options.ts'
import { registry } from '../registry.ts'
import type { Definition } from './define.ts'
import { isRandom } from './random.ts'
import type { Sample } from './sample.ts'
import { transformSamples } from './samples.ts'
import { build, dictionaryForm, dictionaryOptions, extraInputs, plainForms, sampleOf, subject } from './testing.ts'

beforeAll(() => void vi.spyOn(console, 'info').mockImplementation(() => {})) // DataStats prints

/** Those whose dictionary form gives further entries instead of what the plain form gives; their own tests cover them. */
const otherwiseInSamples = new Set(['Crop', 'IntensityStats', 'SplitDim'])

const asList = (result: Image | readonly Image[]): readonly Image[] => (isImage(result) ? [result] : result)
const plainly = (images: readonly Image[]) =>
  images.map(({ shape, data, affine, dtype }) => ({
    shape,
    data: Array.from(data as ArrayLike<unknown>),
    affine: affine.map((x) => x + 0),
    dtype,
  }))

test('every transform with a plain form has sample options', () => {
  expect(plainForms.map(([name]) => name).filter((name) => !(name in transformSamples))).toEqual([])
})

for (const [name, { definition }] of plainForms.filter(([name]) => name in transformSamples)) {
  const img = subject(name)
  const inputs = extraInputs(definition as unknown as Definition, img)
  const sample: Sample = { ...sampleOf(img, inputs), other: 7 }

  test(`${name}: the plain form leaves its input as it was, and gives a sound image`, () => {
    const before = img.data.slice()
    for (const out of asList(build(name)(img, inputs))) {
      expect(out.data.length).toBe(out.shape.reduce((a, b) => a * b, 1))
      expect(out.affine).toHaveLength(16)
    }
    expect(img.data).toEqual(before)
    expect(img.history).toEqual([])
  })

  const keyed = dictionaryForm(name)
  if (keyed && !otherwiseInSamples.has(name))
    test(`${name}: dictionary form and config give what the plain form gives`, () => {
      const options = dictionaryOptions(name, inputs)
      const dictionary = keyed(options)
      const configured = registry().create({
        _target_: `monai.transforms.${name}d`,
        ...toConfigNames(keyed.schema, options),
      }) as typeof dictionary
      const results = [dictionary, configured].map((transform) => {
        if (isRandom(transform)) transform.setRandomState(11)
        const out = [transform(sample)].flat() as readonly Sample[]
        for (const one of out) expect(one.other).toBe(7)
        return plainly(out.map((one) => one.image as Image))
      })
      expect(results[1]).toEqual(results[0])
      // Some of MONAI's dictionary forms draw in another order than their plain forms.
      if (!('drawSample' in definition)) expect(results[0]).toEqual(plainly(asList(build(name)(img, inputs))))
    })

  test(`${name}: its history survives JSON`, () => {
    for (const { history } of asList(build(name)(img, inputs)))
      expect(JSON.parse(JSON.stringify(history))).toEqual(history)
  })

  if (definition.invert)
    test(`${name}: its inverse restores the lattice`, () => {
      const transform = build(name)
      for (const out of asList(transform(img, inputs))) {
        const back = transform.inverse({ ...out, history: JSON.parse(JSON.stringify(out.history)) as Image['history'] })
        expect(gridOf(back).shape).toEqual(gridOf(img).shape)
        gridOf(back).affine.forEach((x, i) => expect(x).toBeCloseTo(img.affine[i], 9))
        expect(back.history).toEqual([])
      }
    })
}

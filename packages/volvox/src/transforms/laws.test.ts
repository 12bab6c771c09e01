import { beforeAll, expect, test, vi } from 'vitest'
import { gridOf, image, isImage, type Image } from '../core/image.ts'
import { toConfigNames } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { registry } from '../registry.ts'
import { RandomState } from '../rng/index.ts'
import { transformComponents } from './components.ts'
import type { Definition, ImageTransform, TransformFactory } from './define.ts'
import type { Sample, SampleTransform } from './sample.ts'
import { isRandom } from './random.ts'
import { transformSamples } from './samples.ts'

beforeAll(() => void vi.spyOn(console, 'info').mockImplementation(() => {})) // DataStats prints

/** Transforms that are only meant for files or whole samples; their own tests cover them. */
const elsewhere = new Set(['Compose', 'ComputeHoVerMaps', 'Invert', 'LoadImage', 'SaveImage', 'WriteFileMapping'])

type Factory = TransformFactory & Component

const plainForms = Object.entries(transformComponents).filter(
  (entry): entry is [string, Factory] => 'definition' in entry[1] && !elsewhere.has(entry[0]),
)

/** Options that hold the key of an extra input under a name of MONAI's own. */
const renamedKeys: Readonly<Record<string, string>> = { imgDst: 'keyDst', weightMap: 'wKey' }

/** Options that MONAI's dictionary form calls otherwise. */
const renamedOptions: Readonly<Record<string, string>> = { filter: 'kernel', filterSize: 'kernelSize' }
/** Those whose dictionary form gives further entries instead of what the plain form gives; their own tests cover them. */
const otherwiseInSamples = new Set(['Crop', 'IntensityStats', 'SplitDim'])

const single = new Set(['ConvertToMultiChannelBasedOnBratsClasses', 'UltrasoundConfidenceMapTransform'])
/** Those that take images of two spatial axes. */
const flat = new Set(['GridSplit', 'Rand2DElastic'])

function subject(name: string): Image {
  const channels = single.has(name) ? 1 : 2
  const rng = new RandomState(5)
  const data = Float32Array.from(rng.uniform(0, 1, channels * 210))
  const affine = [0, -1.5, 0, 10, 2, 0, 0, -4, 0, 0, 1.25, 7, 0, 0, 0, 1]
  return image('float32', [channels, ...latticeFor(name)], data, {
    affine,
    meta: { original_channel_dim: 0 },
  })
}

/** Signals and points are lists; most transforms are for volumes. */
function latticeFor(name: string): number[] {
  if (name.startsWith('Signal')) return [210]
  if (name === 'ApplyTransformToPoints') return [70, 3]
  return flat.has(name) ? [7, 30] : [7, 6, 5]
}

function build(name: string, options = transformSamples[name]): ImageTransform<Image | readonly Image[]> {
  const transform = (transformComponents[name] as Factory)(options as never) as ImageTransform<Image | readonly Image[]>
  if (isRandom(transform)) transform.setRandomState(11)
  return transform
}

/** Extra inputs that a transform needs: the label is where the image is bright. */
function extraInputs(definition: Definition, img: Image): Record<string, unknown> {
  const label: Image = {
    ...img,
    shape: [1, ...img.shape.slice(1)],
    data: Float32Array.from({ length: 210 }, (_, i) => (Number(img.data[i]) > 0.7 ? 1 : 0)),
  }
  return Object.fromEntries(
    Object.keys(definition.inputs)
      .filter((key) => definition.inputs[key] === 'required')
      .map((key) => [key, label]),
  )
}

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
  const sample: Sample = {
    image: img,
    other: 7,
    ...Object.fromEntries(Object.entries(inputs).map(([key, value]) => [`${key}Image`, value])),
  }
  const keyOptions = Object.fromEntries(
    Object.keys(inputs).map((key) => [renamedKeys[key] ?? `${key}Key`, `${key}Image`]),
  )

  test(`${name}: the plain form leaves its input as it was, and gives a sound image`, () => {
    const before = img.data.slice()
    for (const out of asList(build(name)(img, inputs))) {
      expect(out.data.length).toBe(out.shape.reduce((a, b) => a * b, 1))
      expect(out.affine).toHaveLength(16)
    }
    expect(img.data).toEqual(before)
    expect(img.history).toEqual([])
  })

  if (`${name}d` in transformComponents && !otherwiseInSamples.has(name))
    test(`${name}: dictionary form and config give what the plain form gives`, () => {
      const own = Object.entries(transformSamples[name]).map(([key, value]) => {
        return [name.endsWith('ImageFilter') ? (renamedOptions[key] ?? key) : key, value] as const
      })
      const options = { ...Object.fromEntries(own), keys: ['image'], ...keyOptions }
      const dictionary = (
        transformComponents[`${name}d`] as unknown as (options: unknown) => SampleTransform<Sample | readonly Sample[]>
      )(options)
      const schema = transformComponents[`${name}d`].schema
      const configured = registry().create({
        _target_: `monai.transforms.${name}d`,
        ...toConfigNames(schema, options),
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

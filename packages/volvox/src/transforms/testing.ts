// What the tests of all transforms try them on.
import { image, type Image } from '../core/image.ts'
import type { Component } from '../core/registry.ts'
import { RandomState } from '../rng/index.ts'
import { transformComponents } from './components.ts'
import type { Definition, ImageTransform, TransformFactory } from './define.ts'
import { isRandom } from './random.ts'
import type { Sample, SampleTransform } from './sample.ts'
import { transformSamples } from './samples.ts'

/** Transforms that are only meant for files or whole samples; their own tests cover them. */
const elsewhere = new Set(['Compose', 'ComputeHoVerMaps', 'Invert', 'LoadImage', 'SaveImage', 'WriteFileMapping'])

export type Factory = TransformFactory & Component

export const plainForms: readonly (readonly [name: string, factory: Factory])[] = Object.entries(
  transformComponents,
).filter((entry): entry is [string, Factory] => 'definition' in entry[1] && !elsewhere.has(entry[0]))

/** Options that hold the key of an extra input under a name of MONAI's own. */
const renamedKeys: Readonly<Record<string, string>> = { imgDst: 'keyDst', weightMap: 'wKey' }

/** Options that MONAI's dictionary form calls otherwise. */
const renamedOptions: Readonly<Record<string, string>> = { filter: 'kernel', filterSize: 'kernelSize' }

const single = new Set(['ConvertToMultiChannelBasedOnBratsClasses', 'UltrasoundConfidenceMapTransform'])
/** Those that take images of two spatial axes. */
const flat = new Set(['GridSplit', 'Rand2DElastic'])

/** An image that the transform takes with its sample options. */
export function subject(name: string): Image {
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

export function build(name: string, options = transformSamples[name]): ImageTransform<Image | readonly Image[]> {
  const transform = (transformComponents[name] as Factory)(options as never) as ImageTransform<Image | readonly Image[]>
  if (isRandom(transform)) transform.setRandomState(11)
  return transform
}

/** Extra inputs that a transform needs: the label is where the image is bright. */
export function extraInputs(definition: Definition, img: Image): Record<string, unknown> {
  const label: Image = {
    ...img,
    shape: [1, ...img.shape.slice(1)],
    data: Float32Array.from({ length: img.data.length / img.shape[0] }, (_, i) => (Number(img.data[i]) > 0.7 ? 1 : 0)),
  }
  return Object.fromEntries(
    Object.keys(definition.inputs)
      .filter((key) => definition.inputs[key] === 'required')
      .map((key) => [key, label]),
  )
}

/** A sample with the image, and inputs under keys of their own. */
export function sampleOf(img: unknown, inputs: Readonly<Record<string, unknown>>): Sample {
  return { image: img, ...Object.fromEntries(Object.entries(inputs).map(([key, value]) => [`${key}Image`, value])) }
}

/** Options of the dictionary form that say what those of the plain form do, for such a sample. */
export function dictionaryOptions(name: string, inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (name === 'Pad') return { keys: ['image'], padder: build(name), mode: transformSamples.Pad.mode } // Padd takes a padder
  const own = Object.entries(transformSamples[name]).map(([key, value]) => {
    return [name.endsWith('ImageFilter') ? (renamedOptions[key] ?? key) : key, value] as const
  })
  const keys = Object.keys(inputs).map((key) => [renamedKeys[key] ?? `${key}Key`, `${key}Image`])
  return { ...Object.fromEntries(own), keys: ['image'], ...Object.fromEntries(keys) }
}

/** The dictionary form of a transform, where it has one. */
export function dictionaryForm(
  name: string,
): (Component & ((options: unknown) => SampleTransform<Sample | readonly Sample[]>)) | null {
  return (transformComponents[`${name}d`] ?? null) as ReturnType<typeof dictionaryForm> // a table of components of many types
}

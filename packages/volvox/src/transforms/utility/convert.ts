import { MissingError } from '../../core/errors.ts'
import { isImage, type Image } from '../../core/image.ts'
import { anything, bool, nonNegative, text, type Schema, type Values } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { settle, voxels } from '../define.ts'
import { present, sampleOnly, sampleOptions } from '../sample.ts'
import { cast, dtypeKind } from '../shared.ts'

/**
 * MONAI's transforms between kinds of arrays and devices. There is one kind of array here, so what is left of them is
 * the element type; the options are taken for the sake of configs. Their dictionary forms let numbers and texts pass.
 */
function conversion<S extends Schema>(name: string, options: S, convert: (img: Image, options: Values<S>) => Image) {
  const sampleForm = sampleOnly({
    name: `${name}d`,
    options,
    apply(sample, given) {
      const found = present(`${name}d`, sample, given.keys, given.allowMissingKeys)
      const values = found.map(([key]): [string, unknown] => {
        const value = sample[key]
        return [key, isImage(value) ? convert(settle(value), given) : value]
      })
      return { ...sample, ...Object.fromEntries(values) }
    },
  })
  return [voxels({ name, options, apply: convert }), sampleForm] as const
}

const typed = { dtype: dtypeKind.opt('Element type; null keeps the type of the image.', null) }
const device = anything.opt('Kept for configs of MONAI; where arrays live is up to the executor.', null)
const wrapSequence = bool.opt('Kept for configs of MONAI; no effect.', true)
const trackMeta = bool.opt('Kept for configs of MONAI; images always keep their metadata.', null)
const retyped = (img: Image, { dtype }: Values<typeof typed>) => (dtype ? cast(img, dtype) : img)
const same = (img: Image) => img

/** Give the voxels an element type (MONAI `ToTensor`, without its dropping of the history). */
export const [ToTensor, ToTensord] = conversion('ToTensor', { ...typed, device, wrapSequence, trackMeta }, retyped)
/** Give the voxels an element type (MONAI `ToNumpy`). */
export const [ToNumpy, ToNumpyd] = conversion('ToNumpy', { ...typed, wrapSequence }, retyped)
/** Give the voxels an element type (MONAI `ToCupy`). */
export const [ToCupy, ToCupyd] = conversion('ToCupy', { ...typed, wrapSequence }, retyped)
/** The image as it is (MONAI `ToDevice`): executors move data to where they compute. */
export const [ToDevice, ToDeviced] = conversion(
  'ToDevice',
  { device: anything.req('Kept for configs of MONAI; no effect.'), nonBlocking: bool.opt('Kept for configs.', false) },
  same,
)
/** The image as it is (MONAI `ToPIL`): there is one kind of image here. */
export const [ToPIL, ToPILd] = conversion('ToPIL', {}, same)
/** The image as it is (MONAI `Identity`). */
export const [Identity, Identityd] = conversion('Identity', {}, same)
/** The image as it is (MONAI `RandIdentity`). */
export const [RandIdentity] = conversion('RandIdentity', {}, same)
/** Wait, then give the image on; to see how a pipeline behaves on slow storage (MONAI `SimulateDelay`). */
export const [SimulateDelay, SimulateDelayd] = conversion(
  'SimulateDelay',
  { delayTime: nonNegative.opt('Seconds to wait.', 0) },
  (img, { delayTime }) => {
    const until = Date.now() + 1000 * delayTime
    while (Date.now() < until); // transforms are synchronous, and a page cannot block in any other way
    return img
  },
)

/** A transform of a library of Python: what to do instead, in one sentence. */
function elsewhere(name: string, library: string, instead: string): Component & (() => never) {
  const make = (given: Readonly<Record<string, unknown>> = {}): never => {
    throw new MissingError(
      `${name}.name`,
      `${JSON.stringify(given.name ?? null)} is a transform of ${library}, which is Python; use ${instead}, or a Lambda`,
    )
  }
  const schema: Schema = { ...(name.endsWith('d') && sampleOptions), name: text.req(`Transform of ${library}.`) }
  return Object.assign(make, { componentName: name, schema })
}

const ofMonai = 'the transforms of MONAI for it'
/** Named so that configs with it say what to do (MONAI `TorchVision`). */
export const TorchVision = elsewhere('TorchVision', 'torchvision', ofMonai)
/** As `TorchVision`. */
export const TorchVisiond = elsewhere('TorchVisiond', 'torchvision', ofMonai)
/** As `TorchVision`. */
export const RandTorchVisiond = elsewhere('RandTorchVisiond', 'torchvision', ofMonai)
/** Named so that configs with it say what to do (MONAI `CuCIM`). */
export const CuCIM = elsewhere('CuCIM', 'cuCIM', ofMonai)
/** As `CuCIM`. */
export const CuCIMd = elsewhere('CuCIMd', 'cuCIM', ofMonai)
/** As `CuCIM`. */
export const RandCuCIM = elsewhere('RandCuCIM', 'cuCIM', ofMonai)
/** As `CuCIM`. */
export const RandCuCIMd = elsewhere('RandCuCIMd', 'cuCIM', ofMonai)

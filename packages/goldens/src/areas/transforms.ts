import { isImage, type Image, type Tensor } from 'volvox'
import type { Area, Results, World } from '../area.ts'
import type { Golden } from '../golden.ts'
import { affineLike, affineOf, asTensor, imageOf } from '../images.ts'
import { doubles, numbersOf } from '../numbers.ts'
import { evaluate, parsePython } from '../python.ts'
import { camelCase, componentOf, create, numericFunction, resolved, resolvedArgs, type Resolve } from '../values.ts'

/** A transform as the runner sees it: MONAI's plain form, fixed or random. */
export interface Transform {
  (input: unknown, inputs?: Readonly<Record<string, unknown>>): unknown
  readonly inverse?: (img: Image) => Image
  readonly source?: {
    randomSample(size: number): Float64Array
    twin?(name: string): { reseed(seed: number): void }
  }
  readonly setRandomState?: (seed: number) => unknown
}

/** Plain forms on one image (or on a list, for ensembles), with their inverses. */
export const transforms: Area = {
  run(golden, world) {
    const transform = transformOf(golden, world)
    const output = called(transform, golden, world)
    const inverted = golden.tensors['out.inverse'] && isImage(output) ? transform.inverse?.(output) : undefined
    return {
      ...placed(golden, 'out', output),
      'out.inverse': inverted,
      'out.inverse_affine': inverted && affineLike(inverted.affine, golden.tensors['out.inverse_affine']),
    }
  },
  allowed: allowedForImages,
}

// MONAI makes some of its matrices in float32, whose products with positions in millimetres are good to 1e-5.
export function allowedForImages(golden: Golden, key: string): number {
  return key.endsWith('affine') ? Math.max(golden.tolerance, 1e-5) : golden.tolerance
}

export function transformOf(golden: Golden, world: World): Transform {
  const args = resolvedArgs(golden.args, resolveFor(golden, world))
  if (Array.isArray(args.transforms)) args.transforms = args.transforms.map((text: string) => fromPython(text, world))
  return create(componentOf(world.registry, golden.target, 'monai.transforms'), args) as Transform
}

/** The transform that a text such as `Flipd(keys=['image'], spatial_axis=0)` makes. */
export function fromPython(text: string, world: World): Transform {
  return evaluate(parsePython(text), {
    name: (name) => name,
    call: (name, _args, named) => create(componentOf(world.registry, name, 'monai.transforms'), named),
  }) as Transform
}

/** Calls a transform of an image, or one (of grids) that takes all it needs by name. */
export function called(transform: Transform, golden: Golden, world: World, more: object = {}): unknown {
  const inputs = { ...inputsOf(golden, world), ...more }
  const hasImage = golden.tensors['in.count'] ?? golden.tensors['in.image']
  return hasImage ? transform(inputOf(golden), inputs) : transform(inputs)
}

function inputOf(golden: Golden): unknown {
  if (!golden.tensors['in.count']) return imageOf(golden, 'in.image')
  return Array.from({ length: Number(golden.tensors['in.count'].data[0]) }, (_, i) => imageOf(golden, `in.${i}`))
}

/** Call arguments beside the image, under our names. */
export function inputsOf(golden: Golden, world: World): Record<string, unknown> {
  const how = resolveFor(golden, world)
  return Object.fromEntries(Object.entries(golden.call).map(([name, value]) => [camelCase(name), resolved(value, how)]))
}

function resolveFor(golden: Golden, world: World): Resolve {
  return {
    // Affines and index lists are plain numbers in Volvox, kernels tensors; what has a channel axis and space is an image.
    tensor(key, { affine }) {
      const tensor = golden.tensors[key]
      if (key.endsWith('affine')) return affineOf(tensor)
      if (tensor.shape.length === 2) return tensor
      return tensor.shape.length < 2
        ? Array.from(numbersOf(tensor))
        : imageOf(golden, key, typeof affine === 'string' ? affine : undefined)
    },
    create: (target, args) => create(componentOf(world.registry, target, 'monai.transforms'), args),
    fn: numericFunction,
  }
}

/** Results under the recording's keys: `prefix.image` and `prefix.affine`, or a count and numbered entries. */
export function placed(golden: Golden, prefix: string, value: unknown): Results {
  if (Array.isArray(value) && value.some((item) => typeof item === 'object')) {
    const results: Record<string, Tensor | undefined> = { [`${prefix}.count`]: doubles([value.length], []) }
    value.forEach((item: unknown, i) => {
      results[`${prefix}.${i}`] = results[`${prefix}.${i}.image`] = asTensor(item)
      if (isImage(item))
        results[`${prefix}.${i}.affine`] = affineLike(item.affine, golden.tensors[`${prefix}.${i}.affine`])
    })
    return results
  }
  if (!isImage(value)) return { [`${prefix}.image`]: asTensor(value) }
  const facts = Object.entries(value.meta).map(([name, fact]) => [`${prefix}.${name}`, asTensor(fact)] as const)
  return {
    ...Object.fromEntries(facts),
    [`${prefix}.image`]: value,
    [`${prefix}.affine`]: affineLike(value.affine, golden.tensors[`${prefix}.affine`]),
  }
}

import { isImage, type Image, type Tensor } from 'volvox'
import { type Area, type Results, type World } from '../area.ts'
import type { Golden } from '../golden.ts'
import { affineLike, imageOf } from '../images.ts'
import { doubles } from '../numbers.ts'
import { componentOf, create } from '../values.ts'
import { allowedForImages, fromPython } from './transforms.ts'

type Sample = Readonly<Record<string, unknown>>

interface Pipeline {
  (sample: Sample): unknown
  inverse(sample: Sample, how: { nearest: boolean }): Sample
  setRandomState(seed: number): unknown
}

/** Whole Compose pipelines of dictionary transforms: eager, lazy, and lazy with overrides. */
export const pipelines: Area = {
  run(golden, world) {
    const overrides = golden.args.overrides
    const sample = { image: imageOf(golden, 'in.image'), label: imageOf(golden, 'in.label') }
    return {
      ...run(golden, world, 'eager', sample, { lazy: false }),
      ...run(golden, world, 'lazy', sample, { lazy: true }),
      ...run(golden, world, 'lazy_overrides', sample, { lazy: true, overrides }),
      ...steps(golden, world, sample),
    }
  },
  allowed: allowedForImages,
}

function run(golden: Golden, world: World, mode: string, sample: Sample, options: Record<string, unknown>): Results {
  const transforms = (golden.args.transforms as string[]).map((text) => fromPython(text, world))
  const pipeline = create(componentOf(world.registry, 'Compose', 'monai.transforms'), {
    transforms,
    ...options,
  }) as Pipeline
  if (golden.seed !== null) pipeline.setRandomState(golden.seed)
  const output = pipeline(sample)
  const samples = (Array.isArray(output) ? output : [output]) as Sample[]
  const results: Record<string, Tensor> = { [`out.${mode}.count`]: doubles([samples.length], []) }
  samples.forEach((one, i) => {
    const prefix = Array.isArray(output) ? `out.${mode}.${i}` : `out.${mode}`
    for (const [key, value] of Object.entries(one))
      if (isImage(value)) place(golden, results, `${prefix}.${key}`, value)
  })
  const { nearest } = (golden.call.invert || {}) as { nearest?: boolean }
  if (nearest !== undefined)
    place(golden, results, `out.${mode}.inverted`, pipeline.inverse(samples[0], { nearest }).label as Image)
  return results
}

function place(golden: Golden, results: Record<string, Tensor>, key: string, value: Image): void {
  results[key] = value
  results[`${key}.affine`] = affineLike(value.affine, golden.tensors[`${key}.affine`])
}

/** The lattice of the image after each transform, where it was recorded. */
function steps(golden: Golden, world: World, sample: Sample): Results {
  const results: Record<string, Tensor> = {}
  if (!golden.tensors['out.step0.shape']) return results
  let current = sample
  for (const [i, text] of (golden.args.transforms as string[]).entries()) {
    current = fromPython(text, world)(current) as Sample
    const { shape, affine } = current.image as Image
    results[`out.step${i}.shape`] = doubles(shape)
    results[`out.step${i}.affine`] = affineLike(affine, golden.tensors[`out.step${i}.affine`])
  }
  return results
}

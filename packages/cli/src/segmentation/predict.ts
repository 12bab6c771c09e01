import {
  buildSteps,
  Compose,
  FlipInferer,
  floats,
  image,
  isImage,
  outputList,
  registry,
  runSteps,
  SlidingWindowInferer,
  withVoxels,
  type Image,
  type Inferer,
  type PipelineStep,
  type Predictor,
  type Sample,
  type TransformConfig,
} from 'volvox'
import type { Inference, Plan } from '../recipes/recipe.ts'

/** How whole images are run through the network of a plan. `predictor` must give class probabilities when flips are averaged. */
export function infererFor({ roiSize, overlap, mode, flips }: Inference): Inferer {
  const windows = SlidingWindowInferer({ roiSize, overlap, mode })
  return flips ? FlipInferer({ inferer: windows }) : windows
}

/** The transforms that a plan applies to an image before the network sees it. */
export function preprocessingOf(plan: Plan): PipelineStep[] {
  return built(plan.preprocessing)
}

/** The random transforms of training samples. */
export function augmentationOf(plan: Plan): PipelineStep[] {
  return built(plan.augmentation)
}

function built(configs: readonly TransformConfig[]): PipelineStep[] {
  const names = registry()
  return buildSteps(configs, (config, where) => names.create(config, where))
}

/** Segments the image of a case; the label map lies on the image file's own grid. */
export async function segment(
  sample: Sample,
  name: string,
  steps: readonly PipelineStep[],
  inferer: Inferer,
  predictor: Predictor,
): Promise<Image> {
  const prepared = runSteps(steps, { image: sample.image }, { item: name })
  const ready = Array.isArray(prepared) ? prepared[0] : prepared
  const { image: input } = ready as Sample
  if (!isImage(input)) throw new Error(`${name}: the preprocessing gives no image`)
  const [probabilities] = outputList(await inferer(floats([1, ...input.shape], input.data as Float32Array), predictor))
  const labels = withVoxels(input, {
    dtype: 'uint8',
    shape: [1, ...input.shape.slice(1)],
    data: highest(probabilities),
  })
  const restored = Compose(steps).inverse({ image: labels }, { nearest: true }) as Sample
  const result = restored.image as Image // Compose gives back the keys it was given
  return image('uint8', result.shape, Uint8Array.from(result.data as ArrayLike<number>), {
    affine: result.affine,
    meta: result.meta,
  })
}

/** The class with the highest value at each voxel of `[1, classes, ...spatial]`. */
function highest({ shape, data }: { shape: readonly number[]; data: Float32Array }): Uint8Array {
  const voxels = data.length / shape[1]
  const out = new Uint8Array(voxels)
  const best = data.slice(0, voxels)
  for (let c = 1; c < shape[1]; c++)
    for (let i = 0; i < voxels; i++) {
      const value = data[c * voxels + i]
      if (value > best[i]) {
        best[i] = value
        out[i] = c
      }
    }
  return out
}

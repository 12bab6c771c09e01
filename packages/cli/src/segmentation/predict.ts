import {
  DataError,
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
import { counted } from '../progressBar.ts'
import type { Inference, Plan } from '../recipes/recipe.ts'

/** How whole images are run through the network of a plan. `predictor` must give class probabilities when flips are averaged. */
export function infererFor({ roiSize, swBatchSize, overlap, mode, flips }: Inference): Inferer {
  const windows = SlidingWindowInferer({ roiSize, swBatchSize, overlap, mode })
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
export type Segment = (sample: Sample, name: string) => Promise<Image>

/** How a plan segments: preprocessing, windows (and flips), the most probable class, postprocessing, back to the file's grid. */
export function segmenter(plan: Plan, predictor: Predictor): Segment {
  const preprocessing = preprocessingOf(plan)
  const postprocessing = built(plan.postprocessing)
  const inferer = infererFor(plan.inference)
  return async (sample, name) => {
    const input = imageIn(runSteps(preprocessing, { image: sample.image }, { item: name }), 'image', name)
    checkInput(input, Number(plan.network.in_channels), name)
    const [probabilities] = outputList(
      await inferer(floats([1, ...input.shape], input.data as Float32Array), predictor),
    )
    const classes = withVoxels(input, {
      dtype: 'uint8',
      shape: [1, ...input.shape.slice(1)],
      data: highest(probabilities),
    })
    const labels = imageIn(runSteps(postprocessing, { pred: classes }, { item: name }), 'pred', name)
    // Postprocessing moves no voxels; the history to undo is that of the preprocessing alone.
    const before = { ...labels, history: input.history }
    const restored = imageIn(Compose(preprocessing).inverse({ image: before }, { nearest: true }), 'image', name)
    const { affine, meta } = restored
    return image('uint8', restored.shape, Uint8Array.from(restored.data as ArrayLike<number>), { affine, meta })
  }
}

/** What would give a segmentation that means nothing is refused. */
function checkInput({ shape, data }: Image, channels: number, name: string): void {
  if (shape[0] !== channels || shape.length !== 4)
    throw new DataError(
      name,
      `has [${shape.join(', ')}] values (channels first), the network takes 3-D images of ${counted(channels, 'channel')}; give what it was trained on`,
    )
  const bad = data.findIndex((value: number | bigint) => !Number.isFinite(Number(value)))
  if (bad >= 0)
    throw new DataError(name, `voxel ${bad} is not a finite number after the preprocessing; repair the image`)
}

function imageIn(result: unknown, key: string, name: string): Image {
  const value = (result as Sample)[key]
  if (!isImage(value))
    throw new DataError(name, `the transforms of the plan give no image "${key}"; they must give one sample with it`)
  return value
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

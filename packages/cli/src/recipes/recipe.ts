import type { DecathlonProperties, TransformConfig } from 'volvox'
import type { Precision } from 'volvox/graph'

/**
 * A complete plan for training and using a segmentation network: plain data under MONAI's names, kept in every
 * checkpoint, so that a checkpoint alone is enough to resume, to evaluate and to infer.
 */
export interface Plan {
  readonly recipe: string
  /** Names of the classes by label value; 0 is the background. */
  readonly classes: readonly string[]
  /** Run once per case, when it enters the cache, and on every image to be segmented; on `image` and, where there is one, `label`. */
  readonly preprocessing: readonly TransformConfig[]
  /** Run anew for every sample, in the loader's threads. */
  readonly augmentation: readonly TransformConfig[]
  readonly network: TransformConfig
  readonly loss: TransformConfig
  readonly optimizer: TransformConfig
  /** Share of the budget over which the learning rate rises; it then falls as a cosine, to zero at the end of the budget. */
  readonly warmup: number
  /** Decay per step of the weights' moving average, which is what is evaluated. */
  readonly ema: number
  /** Limit on the norm of all gradients together; null for none. */
  readonly clipNorm: number | null
  /** What convolutions and matrix products compute in, where the machine can; weights are float32 in any case. */
  readonly precision: Precision
  readonly batchSize: number
  /** Voxels of a training sample along each axis. */
  readonly patchSize: readonly number[]
  readonly inference: Inference
  /** Run on the predicted label map, as `pred`. */
  readonly postprocessing: readonly TransformConfig[]
}

/** How whole images are segmented. */
export interface Inference {
  /**
   * Window of the sliding-window inferer; smaller images are padded up to it. Best the size of training samples: instance
   * norm takes its statistics from the window, and padding changes them.
   */
  readonly roiSize: readonly number[]
  /** Windows that the network is given at once. */
  readonly swBatchSize: number
  readonly overlap: number
  readonly mode: 'gaussian' | 'constant'
  /** Average over the mirror images along all axes, 8 runs instead of 1. */
  readonly flips: boolean
}

/** Makes the plan for a data set. */
export interface Recipe {
  readonly name: string
  readonly summary: string
  plan(properties: DecathlonProperties): Plan
}

import { order, spacingMm } from '../core/affine.ts'
import { DataError, ShapeError } from '../core/errors.ts'
import { isImage, type Image } from '../core/image.ts'
import type { FloatTensor } from '../core/tensor.ts'
import { decollateBatch, tensorOf, type SampleBatch } from '../data/collate.ts'
import type { DataLoader } from '../data/loader.ts'
import { asSamples, runSteps, stepsOf, type Pipeline } from '../data/pipeline.ts'
import { outputList, type Inferer, type Predictor } from '../inferers/inferer.ts'
import { SimpleInferer } from '../inferers/inferers.ts'
import type { Metric } from '../metrics/metric.ts'
import type { Sample } from '../transforms/sample.ts'
import { Events } from './events.ts'

export type EvaluatorEvent = 'started' | 'iterationCompleted' | 'completed'

/** Something that watches an evaluation (a MONAI handler). */
export interface EvaluationHandler {
  attach(evaluator: SupervisedEvaluator): void
}

export interface SupervisedEvaluatorOptions {
  /** The network. */
  readonly predictor: Predictor
  readonly valDataLoader: DataLoader
  /** How the network is run on whole images; all at once unless given. */
  readonly inferer?: Inferer
  /** Transforms of the samples `{ image, label, pred }` before they are scored, e.g. AsDiscreted. */
  readonly postprocessing?: Pipeline
  /** Metrics by the name under which they are reported. */
  readonly metrics: Readonly<Record<string, Metric>>
  /** Names of the metrics' channels, to report each one by itself too, as `Dice Anterior`. */
  readonly classNames?: readonly string[]
  readonly imageKey?: string
  readonly labelKey?: string
  readonly valHandlers?: readonly EvaluationHandler[]
}

/** Runs a network over a loader's samples and scores what it predicts (MONAI `SupervisedEvaluator`). */
export class SupervisedEvaluator extends Events<EvaluatorEvent, SupervisedEvaluator> {
  /** Completed batches of this run. */
  iteration = 0
  /** The samples of the last batch, with `pred`, after postprocessing. */
  output: readonly Sample[] = []
  /** Scores of the run, when it is completed. */
  metrics: Readonly<Record<string, number>> = {}

  private readonly options: SupervisedEvaluatorOptions

  constructor(options: SupervisedEvaluatorOptions) {
    super()
    this.options = options
    for (const handler of options.valHandlers ?? []) handler.attach(this)
  }

  /** Scores every sample; the metrics by name. */
  async run(): Promise<Readonly<Record<string, number>>> {
    const { valDataLoader, metrics, classNames } = this.options
    this.iteration = 0
    for (const metric of Object.values(metrics)) metric.reset()
    await this.fire('started', this)
    for await (const batch of valDataLoader.epoch(0)) {
      this.output = await this.predict(batch)
      this.score()
      this.iteration++
      await this.fire('iterationCompleted', this)
    }
    this.metrics = Object.assign(
      {},
      ...Object.entries(metrics).map(([name, metric]) => scores(name, metric, classNames ?? [])),
    )
    await this.fire('completed', this)
    return this.metrics
  }

  private async predict(batch: SampleBatch): Promise<Sample[]> {
    const { predictor, inferer = SimpleInferer(), imageKey = 'image', postprocessing } = this.options
    const image = tensorOf(batch, imageKey)
    const [pred] = outputList(await inferer(floats(image, imageKey), predictor))
    const samples = decollateBatch({ ...batch, pred: { ...pred, ...(image.places && { places: image.places }) } })
    const steps = stepsOf(postprocessing)
    return samples.flatMap((sample, i) =>
      asSamples(runSteps(steps, sample, { item: `prediction ${this.iteration}.${i}` })),
    )
  }

  private score(): void {
    const { metrics, labelKey = 'label' } = this.options
    const pick = (sample: Sample, key: string): Image => {
      const value = sample[key]
      if (!isImage(value))
        throw new DataError(
          'SupervisedEvaluator',
          `there is no image "${key}" to score (the sample has ${Object.keys(sample).join(', ')}); name another key`,
        )
      return value
    }
    const predictions = this.output.map((sample) => pick(sample, 'pred'))
    const labels = this.output.map((sample) => pick(sample, labelKey))
    const spacing = labels.map(({ affine, shape }) =>
      spacingMm(affine).slice(0, Math.min(shape.length - 1, order(affine) - 1)),
    )
    for (const metric of Object.values(metrics)) metric(predictions, labels, { spacing })
  }
}

function floats(tensor: { dtype: string; shape: readonly number[]; data: unknown }, key: string): FloatTensor {
  if (!(tensor.data instanceof Float32Array))
    throw new ShapeError(`batch.${key}`, `is ${tensor.dtype}; networks take float32, add EnsureTyped`)
  return { dtype: 'float32', shape: tensor.shape, data: tensor.data }
}

function scores(name: string, metric: Metric, classNames: readonly string[]): Record<string, number> {
  const perClass = metric.aggregate('mean_batch').value.data
  return {
    [name]: metric.aggregate('mean').value.data[0],
    ...Object.fromEntries(classNames.map((className, i) => [`${name} ${className}`, perClass[i]])),
  }
}

import { join } from 'node:path'
import { readImage, writeImage, type CaseScores, type Model, type Sample } from 'volvox'
import { nodeFiles } from '@volvox/node'
import type { Io } from '../io.ts'
import { countLine } from '../progressBar.ts'
import type { Plan } from '../recipes/recipe.ts'
import { nameOfCase } from './cases.ts'
import { segmenter } from './predict.ts'
import { scoreCase } from './score.ts'

export interface Evaluation {
  readonly scores: readonly CaseScores[]
  /** Image file and segmentation file of each case, in order. */
  readonly files: readonly {
    readonly name: string
    readonly image: string
    readonly label: string
    readonly segmentation: string
  }[]
}

/** Segments every case, writes the segmentations into `folder` and scores them against the label files. */
export async function evaluateCases(
  cases: readonly Sample[],
  plan: Plan,
  model: Model,
  folder: string,
  io: Io,
): Promise<Evaluation> {
  const segment = segmenter(plan, model.windowPredictor)
  const scores: CaseScores[] = []
  const files: Evaluation['files'][number][] = []
  for (const [i, sample] of cases.entries()) {
    const name = nameOfCase(sample)
    const prediction = await segment(sample, name)
    const segmentation = join(folder, `${name}.nii.gz`)
    writeImage(segmentation, prediction, {}, nodeFiles)
    const label = String(sample.label)
    scores.push(scoreCase(name, prediction, readImage(label, {}, nodeFiles), plan.classes.length))
    files.push({
      name,
      image: String(Array.isArray(sample.image) ? sample.image[0] : sample.image),
      label,
      segmentation,
    })
    io.progress(countLine('segmented', i + 1, cases.length))
  }
  io.settle()
  return { scores, files }
}

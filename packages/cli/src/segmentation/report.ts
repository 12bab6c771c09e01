import {
  meanOf,
  Orientation,
  readImage,
  report,
  writePng,
  type CaseScores,
  type Image,
  type LogRow,
  type ReportContent,
} from 'volvox'
import { nodeFiles } from '@volvox/node'
import { diagnose } from '../diagnosis.ts'
import { duration, share } from '../progressBar.ts'
import type { Evaluation } from './evaluate.ts'
import type { TrainedModel } from './runConfig.ts'

export interface ReportFacts {
  readonly model: TrainedModel
  readonly evaluation: Evaluation
  readonly log: readonly LogRow[]
  readonly executor: string
  readonly commands: readonly string[]
  readonly trainingCases: number
}

/** At most so many cases are shown; with more, the worst, the middle and the best third of this number. */
const shownCases = 6

/** The page about a training and its evaluation. */
export async function reportPage({
  model,
  evaluation,
  log,
  executor,
  commands,
  trainingCases,
}: ReportFacts): Promise<string> {
  const { config, checkpoint } = model
  const { scores, files } = evaluation
  const { iteration, elapsedSeconds, waitedSeconds } = checkpoint.progress
  const { plan } = config
  const machine = await diagnose()
  const samples = (iteration * plan.batchSize) / elapsedSeconds
  const content: ReportContent = {
    title: `${plan.recipe}: ${scores.length} cases segmented by a network trained on ${trainingCases}`,
    lead: `${String(plan.network._target_)}, trained from scratch for ${duration(elapsedSeconds)} (${iteration.toLocaleString('en')} steps of ${plan.batchSize} samples). The weights' moving average is evaluated${plan.inference.flips ? ', averaged over the mirror images along all axes' : ''}.`,
    classes: plan.classes.slice(1).map((name, i) => ({ value: i + 1, name })),
    cases: scores,
    log,
    facts: [
      ['training time', duration(elapsedSeconds)],
      ['samples a second', samples.toFixed(1)],
      ...(waitedSeconds === undefined ? [] : [['waiting for data', share(waitedSeconds, elapsedSeconds)] as const]),
      ['steps', iteration.toLocaleString('en')],
    ],
    pictures: chosen(scores).map(({ index, remark }) => {
      const { name, image, label, segmentation } = files[index]
      return {
        name,
        remark,
        images: { image: upright(image), truth: upright(label), prediction: upright(segmentation) },
      }
    }),
    configuration: config,
    environment: [
      ['Volvox', machine.volvox],
      ['Executor', executor],
      ['Processor', `${machine.processor}, ${machine.cores} cores`],
      ['Node', `${machine.node} on ${machine.platform}`],
      ['Seed', String(config.seed)],
      ['Date', new Date().toISOString().slice(0, 10)],
    ],
    commands,
    encodePng: (width, height, gray) => writePng(gray, width, height, 1, nodeFiles),
  }
  return report(content)
}

/** The mean Dice over the classes of a case. */
export function diceOf({ values }: CaseScores): number {
  return meanOf(values.Dice ?? [])
}

/** All cases when there are few, by falling Dice; else the worst, the middle and the best ones. */
function chosen(scores: readonly CaseScores[]): { index: number; remark: string }[] {
  const ranked = scores.map((score, index) => ({ index, dice: diceOf(score) })).sort((a, b) => b.dice - a.dice)
  const third = shownCases / 3
  const middle = Math.floor((ranked.length - third) / 2)
  const groups =
    ranked.length <= shownCases
      ? [{ word: '', cases: ranked }]
      : [
          { word: 'among the best, ', cases: ranked.slice(0, third) },
          { word: 'in the middle, ', cases: ranked.slice(middle, middle + third) },
          { word: 'among the worst, ', cases: ranked.slice(-third) },
        ]
  return groups.flatMap(({ word, cases }) =>
    cases.map(({ index, dice }) => ({ index, remark: `${word}Dice ${dice.toFixed(3)}` })),
  )
}

/** Read with its axes to the right, to the front and up, as the pictures need them. */
function upright(path: string): Image {
  return Orientation({ axcodes: 'RAS' })(readImage(path, {}, nodeFiles))
}

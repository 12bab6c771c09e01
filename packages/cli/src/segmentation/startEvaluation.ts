import { dirname, join, resolve } from 'node:path'
import { meanOf, readLog, useFiles, type CaseScores } from 'volvox'
import { nodeFiles, runFolder } from '@volvox/node'
import type { Io } from '../io.ts'
import { precisionName } from '../precision.ts'
import { casesOf, loadCases } from './cases.ts'
import { evaluateCases } from './evaluate.ts'
import { openTrained, type TrainedOptions } from './model.ts'
import { diceOf, reportPage } from './report.ts'
import { readModel, type RunConfig } from './runConfig.ts'

export interface EvaluateOptions extends TrainedOptions {
  readonly model: string
  readonly data: string | null
  readonly list: string
  readonly checkpoint: 'last' | 'best'
  readonly out: string | null
  /** Print nothing but what goes on; the caller prints the result. */
  readonly json: boolean
}

export interface EvaluationResult {
  /** Mean over the classes of their means over the cases. */
  readonly dice: number
  /** Mean Dice by class name. */
  readonly classes: Readonly<Record<string, number>>
  readonly cases: readonly CaseScores[]
  readonly report: string
  readonly segmentations: string
}

/** Scores a trained network on a list of cases; writes segmentations, tables and the report. */
export async function startEvaluation(options: EvaluateOptions, io: Io): Promise<EvaluationResult> {
  useFiles(nodeFiles)
  const { list } = options
  const trained = readModel(options.model, options.checkpoint)
  const data = resolve(options.data ?? trained.config.data)
  const cases = casesOf(data, list)
  const out = resolve(options.out ?? join(dirname(trained.file), 'evaluation'))
  const { model, plan, executor } = await openTrained(trained, options, io)
  try {
    const evaluation = await evaluateCases(cases, plan, model, join(out, 'segmentations'), io)
    const { scores } = evaluation
    const names = plan.classes.slice(1)
    const byClass = Object.fromEntries(
      names.map((name, i) => [name, meanOf(scores.map(({ values }) => values.Dice[i]))]),
    )
    const folder = runFolder(out)
    const page = await reportPage({
      model: { ...trained, config: { ...trained.config, plan } },
      evaluation,
      log: await readLog(runFolder(dirname(trained.file))),
      executor: `${executor.name}, ${model.session.precision}`,
      commands: repeatCommands(trained.config, options),
      trainingCases: loadCases(trained.config.data).training.length,
    })
    const result = {
      dice: meanOf(Object.values(byClass)),
      classes: byClass,
      cases: scores,
      report: join(out, 'report.html'),
      segmentations: join(out, 'segmentations'),
    }
    const text = (content: string) => new TextEncoder().encode(content)
    await folder.write('report.html', text(page))
    await folder.write('metrics.json', text(JSON.stringify(result, null, 2)))
    await folder.write('metrics.csv', text(metricsCsv(scores, names)))
    if (!options.json) tell(result, scores, names, io)
    return result
  } finally {
    await model.dispose()
  }
}

function metricsCsv(scores: readonly CaseScores[], names: readonly string[]): string {
  const head = ['case', ...Object.keys(scores[0].values).flatMap((metric) => names.map((name) => `${metric} ${name}`))]
  const rows = scores.map(({ name, values }) => [name, ...Object.values(values).flat()])
  return [head, ...rows].map((row) => `${row.join(',')}\n`).join('')
}

function tell(result: EvaluationResult, scores: readonly CaseScores[], names: readonly string[], io: Io): void {
  const worst = scores.reduce((a, b) => (diceOf(b) < diceOf(a) ? b : a))
  io.print(
    `Mean Dice ${result.dice.toFixed(4)} over ${scores.length} cases (${names.map((name) => `${name} ${result.classes[name].toFixed(4)}`).join(', ')}); worst case ${worst.name} with ${diceOf(worst).toFixed(4)}.`,
  )
  io.print(`Segmentations: ${result.segmentations}`)
  io.print(`Report:        ${result.report}`)
}

/** The command lines that train and evaluate like this. */
function repeatCommands({ plan, data, seed, budget }: RunConfig, options: EvaluateOptions): string[] {
  const { list, flips, precision } = options
  const [amount] = Object.entries({
    '--minutes': budget.maxMinutes,
    '--steps': budget.maxSteps,
    '--epochs': budget.maxEpochs,
  }).filter(([, value]) => value != null)
  return [
    `npx volvox train --data ${data} --recipe ${plan.recipe} ${amount.join(' ')} --precision ${precisionName(plan.precision)} --seed ${seed} --out run`,
    `npx volvox evaluate run${list === 'validation' ? '' : ` --list ${list}`}${flips ? '' : ' --no-flips'}${precision === null ? '' : ` --precision ${precision}`}`,
  ]
}

import type { LogRow } from '../logs/rows.ts'
import { chart, smoothed, type Series } from './curves.ts'
import { markup, type Html } from './html.ts'
import { casePictures, type Case, type EncodePng } from './slices.ts'
import { strip } from './strip.ts'
import { page } from './page.ts'
import { meanOf, metricTable, type CaseScores, type Metric } from './table.ts'

/** What a report tells. */
export interface ReportContent {
  readonly title: string
  /** One or two sentences under the title. */
  readonly lead: string
  /** Label value and name of each foreground class. */
  readonly classes: readonly { readonly value: number; readonly name: string }[]
  readonly cases: readonly CaseScores[]
  /** The log of the training, oldest first; empty when there was none. */
  readonly log: readonly LogRow[]
  /** Big numbers beside the Dice: label and value. */
  readonly facts: readonly (readonly [string, string])[]
  /** Cases to show, with a remark ("best", "median"). */
  readonly pictures: readonly { readonly name: string; readonly remark: string; readonly images: Case }[]
  readonly configuration: unknown
  /** Machine and versions: label and value. */
  readonly environment: readonly (readonly [string, string])[]
  /** Shell commands that repeat the run. */
  readonly commands: readonly string[]
  readonly encodePng: EncodePng
}

const metrics: readonly Metric[] = [
  { key: 'Dice', label: 'Dice', digits: 3 },
  { key: 'HD95', label: '95 % Hausdorff distance, mm', digits: 2 },
  { key: 'MSD', label: 'Mean surface distance, mm', digits: 2 },
]

/** A training and its evaluation as one HTML page that needs nothing beside itself. */
export function report(content: ReportContent): string {
  const { title, lead, classes, cases, facts } = content
  const dice = (i: number) => cases.map(({ values }) => values.Dice?.[i] ?? NaN)
  const means = classes.map((_, i) => meanOf(dice(i)))
  const cards: (readonly [string, string])[] = [
    ['mean Dice', meanOf(means).toFixed(3)],
    ...classes.map(({ name }, i) => [`Dice, ${name}`, means[i].toFixed(3)] as const),
    ...facts,
  ]
  return page({
    title,
    lead,
    cards,
    body: markup`${pictureSection(content)}
          <h2>Metrics</h2>
          ${strip(
            classes.map(({ name }, i) => ({
              name,
              values: dice(i),
              labels: cases.map((one) => one.name),
              colour: `c${i % 4}` as const,
            })),
            'Dice',
          )}
          ${metricTable(
            cases,
            metrics,
            classes.map(({ name }) => name),
          )}
          ${curveSection(content)}
          <h2>To repeat this</h2>
          <div class="two">
            <pre>${content.commands.join('\n')}</pre>
            <dl>
              ${content.environment.map(
                ([label, value]) =>
                  markup`<dt>${label}</dt>
                    <dd>${value}</dd>`,
              )}
            </dl>
          </div>
          <h2>Configuration</h2>
          <details open>
            <summary>Everything that the run was given</summary>
            <pre>${JSON.stringify(content.configuration, null, 2)}</pre>
          </details>`,
  })
}

function pictureSection({ pictures, classes, encodePng }: ReportContent): Html {
  if (pictures.length === 0) return markup``
  const swatch = (colour: string) => markup`<i class="swatch" style="background:var(--${colour})"></i>`
  const swatches = classes.map(
    ({ name }, i) =>
      markup`<span><b>${name}</b>${swatch(`truth${i % 4}`)}truth${swatch(`pred${i % 4}`)}prediction</span>`,
  )
  const shown = pictures.map(
    ({ name, remark, images }) =>
      markup`<section class="case">
        <h3>${name}<span>${remark}</span></h3>
        <div class="views">
          ${casePictures(
            images,
            classes.map(({ value }) => value),
            encodePng,
          )}
        </div>
      </section>`,
  )
  return markup`<h2>Segmentations</h2>
    <div class="swatches">${swatches}</div>
    <div class="cases">${shown}</div>`
}

function curveSection({ log, classes }: ReportContent): Html {
  const column = (name: string): (readonly [number, number])[] =>
    log.flatMap((row) => (typeof row[name] === 'number' ? [[row.step, row[name]] as const] : []))
  const loss = column('loss')
  if (loss.length === 0) return markup``
  const window = Math.max(1, Math.round(loss.length / 60))
  const dice: Series[] = [
    { name: 'mean', points: column('val_Dice'), colour: 3, dots: true },
    ...classes.map(({ name }, i) => ({ name, points: column(`val_Dice ${name}`), colour: i % 4, dots: true })),
  ].filter(({ points }) => points.length > 0)
  return markup`<h2>Training</h2>
    <div class="charts">
      ${chart({
        title: 'Loss',
        xLabel: 'step',
        series: [
          { name: 'each step', points: loss, colour: 0, faint: true },
          { name: `mean over ${2 * window + 1} steps`, points: smoothed(loss, window), colour: 0 },
        ],
      })}${chart({ title: 'Dice on the validation cases', xLabel: 'step', series: dice })}${chart({ title: 'Learning rate', xLabel: 'step', series: [{ name: 'of each step', points: column('learningRate'), colour: 2 }] })}
    </div>`
}

import type { CaseStats } from '../../data/analysis/caseStats.ts'
import type { Statistics } from '../../data/analysis/statistics.ts'
import type { DataSummary } from '../../data/analysis/summary.ts'
import { markup, type Html } from './html.ts'
import { page } from './page.ts'
import { casePictures, type Case, type EncodePng } from './slices.ts'
import { strip } from './strip.ts'

/** What a page about a data set tells. */
export interface DataReportContent {
  readonly title: string
  readonly summary: DataSummary
  readonly cases: readonly { readonly name: string; readonly stats: CaseStats }[]
  /** What is wrong: the case, and a sentence. */
  readonly problems: readonly (readonly [name: string, problem: string])[]
  /** Names of cases whose images are equal. */
  readonly duplicates: readonly (readonly string[])[]
  readonly classNames: Readonly<Record<number, string>>
  readonly pictures: readonly { readonly name: string; readonly remark: string; readonly images: Case }[]
  readonly encodePng: EncodePng
}

/** A data set as one HTML page: what is wrong, what the cases look like, sizes, intensities and label balance. */
export function dataReport(content: DataReportContent): string {
  const { title, summary, cases, problems, duplicates, classNames } = content
  const labels = summary.label_stats?.labels ?? []
  const nameOf = (value: number) => classNames[value] ?? `label ${value}`
  const foreground = labels.filter((value) => value > 0)
  return page({
    title,
    lead: `${summary.n_cases} cases were read${problems.length > 0 ? `, ${problems.length} could not be used` : ''}; half of them are larger than ${sizeOf(summary, 'shape')} voxels. The median spacing is ${sizeOf(summary, 'spacing')} mm. Statistics are those of MONAI's DataAnalyzer.`,
    cards: [
      ['cases', String(summary.n_cases)],
      ['with problems', String(problems.length)],
      ['groups of equal images', String(duplicates.length)],
    ],
    body: markup`${problemSection(problems, duplicates)}${pictureSection(content, foreground, nameOf)}
      <h2>Sizes and intensities</h2>
      ${summaryTable(summary, nameOf)}
      ${
        foreground.length === 0
          ? null
          : markup`<h2>Label balance</h2>
            ${strip(
              foreground.map((value, i) => ({
                name: nameOf(value),
                values: cases.map(({ stats }) => percentageOf(stats, value)),
                labels: cases.map(({ name }) => name),
                colour: `t${i % 4}` as const,
              })),
              'Share of the voxels',
            )}`
      }
      <h2>Cases</h2>
      ${caseTable(cases, foreground, nameOf)}`,
  })
}

function sizeOf({ image_stats }: DataSummary, key: 'shape' | 'spacing'): string {
  return image_stats[key].median.map(short).join(' × ')
}

/** The share of the voxels with a label; NaN where the case has none of it. */
function percentageOf({ label_stats }: CaseStats, value: number): number {
  return label_stats?.label[label_stats.labels.indexOf(value)]?.foreground_percentage ?? NaN
}

function problemSection(problems: DataReportContent['problems'], duplicates: DataReportContent['duplicates']): Html {
  if (problems.length === 0 && duplicates.length === 0) return markup``
  return markup`<h2>What is wrong</h2>
    <div class="scroll">
      <table>
        <tbody>
          ${problems.map(([name, problem]) => markup`<tr><td>${name}</td><td class="text">${problem}</td></tr>`)}
          ${duplicates.map((names) => markup`<tr><td>${names[0]}</td><td class="text">has the same voxels as ${names.slice(1).join(', ')}</td></tr>`)}
        </tbody>
      </table>
    </div>`
}

function pictureSection(
  { pictures, encodePng }: DataReportContent,
  labels: readonly number[],
  nameOf: (value: number) => string,
): Html {
  if (pictures.length === 0) return markup``
  const swatches = labels.map(
    (value, i) => markup`<span><i class="swatch" style="background:var(--truth${i % 4})"></i>${nameOf(value)}</span>`,
  )
  return markup`<h2>Cases to look at</h2>
    <div class="swatches">${swatches}</div>
    <div class="cases">
      ${pictures.map(
        ({ name, remark, images }) =>
          markup`<section class="case">
            <h3>${name}<span>${remark}</span></h3>
            <div class="views">${casePictures(images, labels, encodePng)}</div>
          </section>`,
      )}
    </div>`
}

const columns = [
  'min',
  'percentile_00_5',
  'percentile_10_0',
  'median',
  'mean',
  'percentile_90_0',
  'percentile_99_5',
  'max',
  'stdev',
] as const
const heads = ['Least', '0.5 %', '10 %', 'Median', 'Mean', '90 %', '99.5 %', 'Largest', 'Deviation']

function summaryTable(
  { image_stats, image_foreground_stats, label_stats }: DataSummary,
  nameOf: (value: number) => string,
): Html {
  const rows: (readonly [string, { readonly [K in (typeof columns)[number]]: number | readonly number[] }])[] = [
    ['Size, voxels', image_stats.shape],
    ['Size of the foreground box', image_stats.cropped_shape],
    ['Spacing, mm', image_stats.spacing],
    ['Extent, mm', image_stats.sizemm],
    ['Channels', image_stats.channels],
    ['Intensity', image_stats.intensity],
    ...(image_foreground_stats ? [['Intensity where labelled', image_foreground_stats.intensity] as const] : []),
    ...(label_stats?.label ?? []).flatMap(({ image_intensity, foreground_percentage }, i) => [
      [`Intensity, ${nameOf(label_stats?.labels[i] ?? i)}`, image_intensity] as const,
      [`Share of voxels, ${nameOf(label_stats?.labels[i] ?? i)}`, foreground_percentage] as const,
    ]),
  ]
  return table(
    ['', ...heads],
    rows.map(([name, values]) => [name, ...columns.map((key) => [values[key]].flat().map(short).join(' × '))]),
  )
}

function caseTable(
  cases: DataReportContent['cases'],
  labels: readonly number[],
  nameOf: (value: number) => string,
): Html {
  const intensity = (stats: CaseStats, key: keyof Statistics): string =>
    short(Number(stats.image_stats.intensity[0][key]))
  return table(
    ['Case', 'Size', 'Spacing, mm', 'Channels', 'Least', 'Median', 'Largest', ...labels.map(nameOf)],
    cases.map(({ name, stats }) => [
      name,
      stats.image_stats.shape[0].join(' × '),
      stats.image_stats.spacing.map(short).join(' × '),
      String(stats.image_stats.channels),
      intensity(stats, 'min'),
      intensity(stats, 'median'),
      intensity(stats, 'max'),
      ...labels.map((value) => `${(100 * percentageOf(stats, value)).toPrecision(3)} %`.replace('NaN %', '–')),
    ]),
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): Html {
  return markup`<div class="scroll">
    <table>
      <thead>
        <tr>${head.map((name) => markup`<th>${name}</th>`)}</tr>
      </thead>
      <tbody>
        ${rows.map((row) => markup`<tr>${row.map((value) => markup`<td>${value}</td>`)}</tr>`)}
      </tbody>
    </table>
  </div>`
}

function short(x: number): string {
  return String(Number(x.toPrecision(4)))
}

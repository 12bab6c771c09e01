import {
  CaseStatsd,
  Dataset,
  dataReport,
  EnsureChannelFirstd,
  LoadImaged,
  Orientation,
  Orientationd,
  readImage,
  startedAhead,
  summarize,
  useFiles,
  VolvoxError,
  writePng,
  OptionError,
  type CaseStats,
  type DataSummary,
} from 'volvox'
import { nodeFiles, nodeWorkers } from '@volvox/node'
import { basename, join, resolve } from 'node:path'
import { stringify } from 'yaml'
import type { Io } from '../io.ts'
import { countLine } from '../progressBar.ts'
import { pairsOf, type Pair } from './pairs.ts'
import { casesToShow } from './casesToShow.ts'

export interface AnalysisOptions {
  readonly data: string
  readonly lists: readonly string[] | null
  readonly labels: string | null
  readonly out: string
  readonly components: boolean
  readonly workers: number | null
}

/** A case that could be read. */
export interface Analyzed {
  readonly pair: Pair
  readonly stats: CaseStats
  /** SHA-256 of the voxels. */
  readonly content: string
}

/** Reads all cases, and writes what is to be known about them. */
export async function startAnalysis(options: AnalysisOptions, io: Io): Promise<DataSummary> {
  useFiles(nodeFiles)
  const { data, lists, labels, out } = options
  const listed = pairsOf(data, lists, labels)
  const { cases, problems: unreadable } = await analyzed(listed.pairs, options, io)
  const problems = [...listed.problems, ...unreadable]
  for (const [name, problem] of problems) io.note(`${name}: ${problem}`)
  if (cases.length === 0)
    throw new OptionError('analyze', `none of the ${listed.pairs.length} cases could be read; see above`)
  const summary = summarize(cases.map(({ stats }) => stats))
  const duplicates = equalImages(cases)
  for (const names of duplicates) io.note(`${names.join(' and ')}: their images have the same voxels`)
  const write = (name: string, text: string) => nodeFiles.write(join(out, name), new TextEncoder().encode(text))
  const header = { stats_summary: summary }
  write('datastats.yaml', stringify({ ...header, stats_by_cases: [] }))
  write('datastats_by_case.yaml', stringify({ ...header, stats_by_cases: cases.map(byCase) }))
  write(
    'report.html',
    dataReport({
      title: `${basename(resolve(data))}: ${cases.length} cases`,
      summary,
      cases: cases.map(({ pair, stats }) => ({ name: pair.name, stats })),
      problems,
      duplicates,
      classNames: listed.classNames,
      pictures: casesToShow(cases).map(({ pair, remark }) => ({ name: pair.name, remark, images: pictures(pair) })),
      encodePng: (width, height, gray) => writePng(gray, width, height, 1, nodeFiles),
    }),
  )
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  io.note(`${cases.length} cases, ${count}; see ${join(out, 'report.html')}`)
  return summary
}

/** The statistics of each case; what cannot be read is told, not thrown. */
async function analyzed(
  pairs: readonly Pair[],
  { components, workers }: AnalysisOptions,
  io: Io,
): Promise<{ cases: Analyzed[]; problems: (readonly [string, string])[] }> {
  const cases: Analyzed[] = []
  const problems: (readonly [string, string])[] = []
  let done = 0
  const kinds = [pairs.filter(({ label }) => label !== null), pairs.filter(({ label }) => label === null)]
  for (const group of kinds.filter(({ length }) => length > 0)) {
    const labelKey = group[0].label === null ? null : 'label'
    const keys = labelKey === null ? ['image'] : ['image', labelKey]
    const dataset = Dataset({
      data: group.map(({ image, label }) => (label === null ? { image } : { image, label })),
      transform: [
        LoadImaged({ keys }),
        EnsureChannelFirstd({ keys }),
        Orientationd({ keys, axcodes: 'RAS' }),
        CaseStatsd({ keys: ['image'], labelKey, components }),
      ],
    })
    const source = nodeWorkers(workers)?.(dataset.describe())
    try {
      const started = startedAhead(
        group.keys(),
        () => source?.ahead ?? 1,
        async (i) => source?.result(i) ?? dataset.result(i),
      )
      for await (const [i, result] of started) {
        try {
          cases.push({ pair: group[i], ...((await result) as Omit<Analyzed, 'pair'>) }) // what CaseStatsd gives
        } catch (error) {
          if (!(error instanceof VolvoxError)) throw error
          problems.push([group[i].name, withoutPlace(error.message)])
        }
        io.progress(countLine('reading cases', ++done, pairs.length))
      }
    } finally {
      await source?.dispose()
    }
  }
  io.settle()
  return { cases, problems }
}

/** The sentence without item and transform, which the list tells or which are of no interest here. */
function withoutPlace(message: string): string {
  return message.replace(/^item \d+ (\([^)]*\))?: (LoadImaged|CaseStatsd): /, '')
}

function equalImages(cases: readonly Analyzed[]): string[][] {
  const groups = new Map<string, string[]>()
  for (const { content, pair } of cases) groups.set(content, [...(groups.get(content) ?? []), pair.name])
  return [...groups.values()].filter(({ length }) => length > 1)
}

function byCase({ pair, stats }: Analyzed): Readonly<Record<string, unknown>> {
  return { image_filepath: pair.image, label_filepath: pair.label, ...stats }
}

/** Image and label with their axes to the right, to the front and up. */
function pictures({ image, label }: Pair) {
  const upright = (path: string) => Orientation({ axcodes: 'RAS' })(readImage(path, {}, nodeFiles))
  const shown = upright(typeof image === 'string' ? image : image[0])
  const truth =
    label === null ? { ...shown, data: new Uint8Array(shown.data.length), dtype: 'uint8' as const } : upright(label)
  return { image: shown, truth, prediction: null }
}

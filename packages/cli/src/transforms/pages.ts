import { nodeFiles } from '@volvox/node'
import { useFiles, writePng, type Option } from 'volvox'
import { optionRow, optionTitles, table } from '../docs/markdown.ts'
import { sourcesOf } from '../docs/sources.ts'
import { configOf, typescriptOf } from './code.ts'
import type { Example } from './examples/example.ts'
import { transformExamples } from './examples/index.ts'
import { moduleOf, transformFamilies, type Family, type Form } from './families.ts'
import { abilitiesOf, errorsOf } from './behaviour.ts'
import { factRows } from './facts.ts'
import { indexPage } from './indexPage.ts'
import type { Picture } from './pictures/canvas.ts'
import { captionOf, pictureOf } from './pictures/draw.ts'
import { exampleFiles, readSubjects, type Subjects } from './subjects.ts'
import { takesSamples, tried, type Trial } from './trial.ts'

/** The files of docs/transforms, by name: texts, and pictures that are yet to be packed. */
export interface TransformDocs {
  readonly pages: ReadonlyMap<string, string>
  readonly pictures: ReadonlyMap<string, Picture>
}

/** A page for every family of transforms, the pictures on them, and an index; from a checkout of Volvox at `root`. */
export function transformDocs(root: string): TransformDocs {
  useFiles(exampleFiles(root))
  const families = transformFamilies([...sourcesOf(root, 'transforms'), ...sourcesOf(root, 'data')])
  const subjects = readSubjects(root)
  const pages = new Map<string, string>()
  const pictures = new Map<string, Picture>()
  const shown = families.map((family) => {
    const trials = trialsOf(family, subjects)
    const files = trials.map((trial) => {
      const picture = trial.after.length > 0 ? pictureOf(trial) : null
      const file = picture && `${trial.name}.png`
      if (picture && file) pictures.set(file, picture)
      return file
    })
    pages.set(`${family.name}.md`, pageOf(family, trials, files, families))
    return { family, picture: files.find((file) => file !== null) ?? null }
  })
  pages.set('README.md', indexPage(shown))
  return { pages, pictures }
}

/** A picture as the bytes of a file. */
export function packed({ width, height, pixels }: Picture): Uint8Array {
  return writePng(pixels, width, height, 3, nodeFiles)
}

type Named = Trial & { readonly name: string }

function trialsOf({ forms }: Family, subjects: Subjects): Named[] {
  const byName = new Map(forms.map((form) => [form.name, form]))
  return forms
    .flatMap(({ name }) => (name in transformExamples ? [[name, transformExamples[name]] as const] : []))
    .map(([name, example]: readonly [string, Example]) => ({ ...tried(name, example, byName, subjects), name }))
}

function pageOf(
  family: Family,
  trials: readonly Named[],
  files: readonly (string | null)[],
  all: readonly Family[],
): string {
  const { name, about, forms } = family
  return [
    `# ${name}`,
    '',
    about,
    '',
    ...formTable(forms, new Set(trials.filter(({ random }) => random).map(({ form }) => form.name))),
    ...trials.flatMap((trial, i) => ['', ...trialSection(trial, files[i], forms, trials.length > 1)]),
    '',
    ...optionSections(forms),
    '## Errors',
    '',
    ...errorsOf(forms).map((sentence) => `- \`${sentence}\``),
    '',
    ...relatedTo(family, all),
    '[All transforms](README.md)',
    '',
  ].join('\n')
}

function formTable(forms: readonly Form[], random: ReadonlySet<string>): string[] {
  const rows = forms.map((form) => {
    const { name, component } = form
    const aliases = name.endsWith('d') && takesSamples(component) ? [`${name.slice(0, -1)}D`, `${name.slice(0, -1)}Dict`] : [] // prettier-ignore
    const { kind, ...can } = abilitiesOf(form, forms, random)
    return [
      `\`${name}\``,
      aliases.map((one) => `\`${one}\``).join(', '),
      `\`${moduleOf(form)}\``,
      kind,
      ...Object.values(can),
    ]
  })
  return table(['form', 'also called', 'module', '', 'random', 'lazy', 'invertible'], rows)
}

function trialSection(trial: Named, file: string | null, forms: readonly Form[], titled: boolean): string[] {
  const plain = forms.find(({ name }) => name === trial.name)
  const config = configOf(trial)
  return [
    ...(titled ? [`## ${trial.name}`, ''] : []),
    ...(file ? [`![${trial.name}](${file})`, ''] : []),
    [captionOf(trial), trial.example.note].filter(Boolean).join(' '),
    '',
    ...table(['', 'in', 'out'], factRows(trial)),
    '',
    '```ts',
    typescriptOf(trial, plain),
    '```',
    ...(config ? ['', 'In a config:', '', '```json', config, '```'] : []),
  ]
}

/** A table for each form that has options of its own; beside the form before that is most alike, what differs from it. */
function optionSections(forms: readonly Form[]): string[] {
  const shown: Form[] = []
  return forms.flatMap((form) => {
    const { name, component } = form
    const shared = ({ component: { schema } }: Form) =>
      Object.keys(schema).filter((key) => key in component.schema).length
    const base = shown.toSorted((a, b) => shared(b) - shared(a))[0]
    shown.push(form)
    if (!base || shared(base) === 0) return optionTable(`## Options of ${name}`, Object.entries(component.schema))
    const known = base.component.schema
    const own = Object.entries(component.schema).filter(
      ([key, option]) => !(key in known) || differs(option, known[key]),
    )
    const gone = Object.keys(known).filter((key) => !(key in component.schema))
    const without = gone.length > 0 ? `, without ${gone.map((key) => `\`${key}\``).join(', ')}` : ''
    if (own.length === 0) return [`\`${name}\` takes the options of \`${base.name}\`${without}.`, '']
    return optionTable(`## Options of ${name}`, own, `Those of \`${base.name}\`${without}, and:`)
  })
}

function optionTable(
  title: string,
  options: readonly (readonly [string, Option<unknown>])[],
  before?: string,
): string[] {
  const rows = options.map(([key, option]) => optionRow(key, option))
  return [title, '', ...(before ? [before, ''] : []), ...(rows.length > 0 ? table(optionTitles, rows) : ['None.']), '']
}

function differs(a: Option<unknown>, b: Option<unknown>): boolean {
  return a.kind.noun !== b.kind.noun || a.required !== b.required || JSON.stringify(a.fallback) !== JSON.stringify(b.fallback) // prettier-ignore
}

/** Others of the same folder. */
function relatedTo({ name, folder }: Family, all: readonly Family[]): string[] {
  const others = all.filter((one) => one.folder === folder && one.name !== name)
  const near = others.filter((one) => wordsOf(one.name).some((word) => wordsOf(name).includes(word)))
  if (near.length === 0) return []
  return [`Related: ${near.map((one) => `[${one.name}](${one.name}.md)`).join(', ')}`, '']
}

/** The words of a name that say what it is about. */
function wordsOf(name: string): string[] {
  const common = new Set(['Rand', 'To', 'Of', 'Based', 'On', 'By', 'With', 'And', 'Add', 'd'])
  return (name.replace(/d$/, '').match(/[A-Z]+(?![a-z])|[A-Z][a-z]+|[0-9]+[A-Z]?/g) ?? []).filter((word) => !common.has(word)) // prettier-ignore
}

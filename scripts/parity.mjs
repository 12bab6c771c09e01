// Writes docs/parity.md: MONAI's transforms beside ours, from the registry and a catalogue of MONAI's components.
//
//   node scripts/parity.mjs CATALOG.json GOLDENS_FOLDER
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { registry, toConfigNames } from '../packages/volvox/dist/index.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const [catalogue, goldens] = process.argv.slice(2)
if (!catalogue || !goldens) {
  console.error('parity: name the catalogue of components and the folder of goldens')
  process.exit(2)
}

const all = JSON.parse(readFileSync(catalogue, 'utf8')).components.filter(({ kind }) => kind.startsWith('transform-'))
const reasons = JSON.parse(readFileSync(join(root, 'docs/parity-reasons.json'), 'utf8'))
const components = registry()
const passed = goldenCases()

/** Counts of recorded cases by component, e.g. Flip: { passed: 4, cases: 4 }. */
function goldenCases() {
  const counts = new Map()
  const lines = execFileSync(process.execPath, [join(root, 'packages/goldens/dist/main.js'), goldens], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  }).split('\n')
  for (const line of lines) {
    const match = /^(?:transforms|random)\/(\S+)\s+(\d+) passed, (\d+) failed, (\d+) not implemented/.exec(line)
    if (match)
      counts.set(match[1], { passed: Number(match[2]), cases: Number(match[2]) + Number(match[3]) + Number(match[4]) })
  }
  return counts
}

function found(path) {
  try {
    return components.find(path, 'parity')
  } catch {
    return null
  }
}

/** Options of MONAI's that ours does not have; those of torch's devices and tensors, and lists of further arguments, have no meaning here. */
const meaningless = new Set(['device', 'track_meta', 'kwargs', 'pad_kwargs', 'wrap_sequence', 'args'])
function missingOptions({ params }, component) {
  const keys = Object.fromEntries(Object.keys(component.schema).map((key) => [key, 0]))
  const ours = new Set(Object.keys(toConfigNames(component.schema, keys)))
  return params.map(({ name }) => name.replace(/^\*+/, '')).filter((name) => !ours.has(name) && !meaningless.has(name))
}

function row(entry) {
  const component = found(entry.path) ?? found(entry.name)
  const { name } = entry
  if (!component) return { done: false, text: `| ${name} | | | ${reasons[name] ?? 'not yet'} |` }
  const forms = [
    entry.random && 'random',
    entry.lazy && 'lazy',
    entry.invertible && component.definition?.invert && 'inverse',
  ]
  const count = passed.get(name)
  const missing = missingOptions(entry, component)
  const notes = [missing.length > 0 && `without ${missing.map((option) => `\`${option}\``).join(', ')}`, reasons[name]]
  return {
    done: !(name in reasons), // what is named only to say why it cannot be
    text: `| ${name} | ${forms.filter(Boolean).join(', ')} | ${count ? `${count.passed} of ${count.cases}` : ''} | ${notes.filter(Boolean).join('; ')} |`,
  }
}

const groups = Map.groupBy ? Map.groupBy(all, ({ group }) => group) : grouped(all)
function grouped(list) {
  const result = new Map()
  for (const entry of list) result.set(entry.group, [...(result.get(entry.group) ?? []), entry])
  return result
}

const sections = [...groups]
  .sort(([a], [b]) => a.localeCompare(b))
  .map(([group, entries]) => {
    const rows = entries.toSorted((a, b) => a.name.localeCompare(b.name)).map(row)
    const done = rows.filter((one) => one.done).length
    return {
      done,
      count: rows.length,
      text: [
        `## ${group} (${done} of ${rows.length})`,
        '',
        '| transform | forms besides the plain one | recorded cases passed | notes |',
        '| --- | --- | --- | --- |',
        ...rows.map(({ text }) => text),
      ].join('\n'),
    }
  })
const sum = (key) => sections.reduce((total, section) => total + section[key], 0)
const text = [
  '# Transforms beside MONAI',
  '',
  `Written by \`scripts/parity.mjs\` from the registry, a catalogue of MONAI 1.4 and cases recorded from it. ${sum('done')} of ${sum('count')} transforms are there.`,
  'Options named "without" are MONAI\'s that ours does not take; those that only speak of torch (`device`, `track_meta`) are not counted.',
  'Of what MONAI hands on to `numpy.pad` and torch the constant is an option of its own (`constant_values`, `value`); `stat_length`, `end_values` and `reflect_type` are not taken.',
  'Where results differ from those of MONAI, and why, is in [differences.md](differences.md).',
  '',
  ...sections.flatMap((section) => [section.text, '']),
].join('\n')
writeFileSync(join(root, 'docs/parity.md'), text)
execFileSync('npx', ['prettier', '--write', '--log-level', 'warn', join(root, 'docs/parity.md')], { cwd: root })
console.log(`docs/parity.md: ${sum('done')} of ${sum('count')} transforms`)

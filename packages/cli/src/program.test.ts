import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bool, count, numbers, oneOf, positive, text } from 'volvox/core'
import { flagOf, fromWord, shapeOf } from './command.ts'
import { commands } from './commands/index.ts'
import { path, paths } from './kinds.ts'
import { runCommandLine } from './program.ts'
import { recordedIo } from './testing.ts'

async function run(...words: string[]) {
  const io = recordedIo()
  const code = await runCommandLine(words, io)
  return { code, out: io.printed.join('\n'), err: io.noted.join('\n') }
}
const sample = fileURLToPath(new URL('../../../examples/data/hippocampus', import.meta.url))
const broken = fileURLToPath(new URL('../../../../shared/data/broken', import.meta.url))

test('the help lists every command', async () => {
  for (const words of [[], ['--help'], ['help']]) {
    const { code, out } = await run(...words)
    expect(code).toBe(0)
    for (const name of Object.keys(commands)) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'))
  }
})

test.each(Object.keys(commands))('%s --help tells every option and gives examples that parse', async (name) => {
  const { code, out } = await run(name, '--help')
  expect(code).toBe(0)
  const definition = await commands[name]()
  for (const [key, option] of Object.entries({ ...definition.args, ...definition.options })) {
    expect(option.doc).toMatch(/^[A-Z].*\.$/s)
    expect(out.replace(/\s+/g, ' ')).toContain(option.doc)
    if (key in definition.options)
      expect(out).toContain(option.fallback === true ? `--no-${flagOf(key).slice(2)}` : flagOf(key))
  }
  expect(definition.examples.length).toBeGreaterThan(0)
  for (const [line] of definition.examples) {
    expect(out).toContain(line)
    if (!line.startsWith('volvox ')) continue
    const flags = line.split(' ').filter((word) => word.startsWith('--'))
    for (const flag of flags) expect(out).toContain(flag)
  }
})

test.each([
  [['trian'], 'volvox: trian: there is no such command; did you mean "train"?'],
  [['help', 'trian'], 'volvox: trian: there is no such command; did you mean "train"?'],
  [['train', '--minuts', '3'], "unknown option '--minuts'"],
  [['train', '--minuts', '3'], 'Did you mean --minutes?'],
  [['train', '--out', 'x', '--minutes', 'soon'], 'volvox: train --minutes: "soon" does not fit; give a number above 0'],
  [['train', '--out', 'x', '--executor', 'gpu'], 'train --executor: "gpu" does not fit; give one of "onednn", "ort"'],
  [['train'], 'volvox: train --out: is missing; give a path'],
  [['train', '--out', '/nowhere/x'], 'train --data: is missing'],
  [['train', '--out', '/nowhere/x', '--data', sample, '--recipe', 'hipocampus'], 'did you mean "hippocampus"?'],
  [
    ['train', '--out', '/nowhere/x', '--data', sample, '--minutes', '1', '--steps', '2'],
    'more than one of --minutes, --steps and --epochs',
  ],
  [['train', '--out', '/nowhere/x', '--resume'], '/nowhere/x'],
  [['info', '/nowhere.nii'], 'volvox: /nowhere.nii: there is no such file'],
  [['info'], 'volvox: info: there is nothing to look at; give files, or a network by --network'],
  [['info', '--network', 'Unett'], '"Unett" is unknown; did you mean'],
  [['info', '--network', 'UNet', '--input', '1,x'], 'info --input: "1,x" is no shape; give batch, channels and sizes'],
  [
    ['info', '--network', 'UNet', '--input', '1,2,96,96,96'],
    'axis 1 of the input has 2 channels; this network takes 1',
  ],
  [['info', '--network', 'UNet', '--options', '{'], 'volvox: info --options: "{" is not JSON'],
  [['evaluate', sample], 'there is no last.safetensors in it'],
  [['infer', 'x'], "missing required argument 'images'"],
])("%j is the user's mistake: a sentence, code 2, no stack", async (words, sentence) => {
  const { code, err } = await run(...words)
  expect(code).toBe(2)
  expect(err).toContain(sentence)
  expect(err).not.toMatch(/^\s+at /m)
})

test('info describes images and data sets, also as JSON', async () => {
  const { code, out } = await run('info', sample, `${sample}/imagesTr/hippocampus_039.nii.gz`)
  expect(code).toBe(0)
  expect(out).toMatch(/training 16, validation 4/)
  expect(out).toMatch(/34 x 53 x 34/)
  const json = await run('info', sample, '--json')
  expect(JSON.parse(json.out)).toMatchObject({ name: 'Hippocampus', labels: { 1: 'Anterior' } })
})

test('info tells what a network has and does', async () => {
  const { code, out } = await run('info', '--network', 'Unet', '--input', '1,1,32,32,32')
  expect(code).toBe(0)
  expect(out).toMatch(/parameters {3}4.8M \(4809920\)/)
  expect(out).toMatch(/sizes {8}multiples of 16/)
  expect(out).toMatch(/model\.0 {2}1 × 16 × 16³/)
  const json = await run(
    'info',
    '--json',
    '--network',
    'BasicUNet',
    '--options',
    '{"spatial_dims":2}',
    '--input',
    '1,1,32,32',
  )
  expect(JSON.parse(json.out)).toMatchObject({ name: 'BasicUNet', outputs: [[1, 2, 32, 32]] })
})

test('doctor names the executor that runs', async () => {
  const { code, out } = await run('doctor', '--json')
  expect(code).toBe(0)
  const diagnosis = JSON.parse(out) as { runs: string; executors: { name: string; problem: string | null }[] }
  expect(diagnosis.executors.map(({ name }) => name)).toEqual(['onednn', 'ort'])
  expect(diagnosis.executors.find(({ problem }) => problem === null)?.name).toBe(diagnosis.runs)
})

test.skipIf(!existsSync(broken))('every broken data list is refused with code 2', async () => {
  for (const name of ['empty', 'missing_file', 'no_label', 'not_json', 'path_escape', 'shape_mismatch']) {
    const { code, err } = await run(
      'train',
      '--data',
      `${broken}/dataset_${name}.json`,
      '--out',
      '/nowhere/x',
      '--steps',
      '1',
    )
    expect([name, code]).toEqual([name, 2])
    expect(err).not.toMatch(/defect of Volvox/)
  }
})

test('words become values of the kind', () => {
  expect(fromWord('3', count, 'x')).toBe(3)
  expect(fromWord('3', text, 'x')).toBe('3')
  expect(fromWord('1,2.5', numbers, 'x')).toEqual([1, 2.5])
  expect(fromWord(['a', 'b'], paths, 'x')).toEqual(['a', 'b'])
  expect(() => fromWord('1e999', positive, 'x')).toThrow(/"1e999" does not fit/)
  expect([bool, count, numbers, text, oneOf('a'), path, paths].map((kind) => shapeOf(kind.req('.')))).toEqual([
    'flag',
    'number',
    'list',
    'text',
    'text',
    'text',
    'list',
  ])
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-300 }),
      (x) => fromWord(String(x), positive, 'x') === x,
    ),
  )
})

import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { runCommandLine } from '../program.ts'
import { recordedIo } from '../testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'volvox-analysis-'))
afterAll(() => rmSync(folder, { recursive: true }))
const sample = fileURLToPath(new URL('../../../../examples/data/hippocampus', import.meta.url))

async function run(...words: string[]) {
  const io = recordedIo()
  const code = await runCommandLine(words, io)
  return { code, out: io.printed.join('\n'), err: io.noted.join('\n') }
}

test('analyze writes statistics and a page, and names what is wrong', async () => {
  const data = join(folder, 'data')
  mkdirSync(join(data, 'deep'), { recursive: true })
  const one = join(sample, 'imagesTr', 'hippocampus_039.nii.gz')
  for (const name of ['a', 'b', 'deep/c']) copyFileSync(one, join(data, `${name}.nii.gz`))
  writeFileSync(join(data, 'broken.nii.gz'), readFileSync(one).subarray(0, 2000))
  const out = join(folder, 'out')
  const { code, err } = await run('analyze', data, '--out', out, '--workers', '0')
  expect(code).toBe(0)
  expect(err).toMatch(/^broken: .*broken\.nii\.gz: compressed data: end too soon/m)
  expect(err).toMatch(/^a and b and c: their images have the same voxels$/m)
  expect(parse(readFileSync(join(out, 'datastats.yaml'), 'utf8'))).toMatchObject({
    stats_summary: { n_cases: 3, image_stats: { shape: { median: [34, 53, 34] } } },
    stats_by_cases: [],
  })
  expect(parse(readFileSync(join(out, 'datastats_by_case.yaml'), 'utf8'))).toMatchObject({
    stats_by_cases: [{ image_stats: { shape: [[34, 53, 34]], channels: 1 } }, {}, {}],
  })
  const page = readFileSync(join(out, 'report.html'), 'utf8')
  for (const words of ['data: 3 cases', 'end too soon', 'has the same voxels as b, c']) expect(page).toContain(words)
})

test('analyze reads the lists of dataset.json, labels and their names', async () => {
  const out = join(folder, 'listed')
  const { code, out: json } = await run(
    'analyze',
    sample,
    '--lists',
    'validation',
    '--out',
    out,
    '--workers',
    '0',
    '--json',
  )
  expect(code).toBe(0)
  expect(JSON.parse(json)).toMatchObject({ n_cases: 4, label_stats: { labels: [0, 1, 2] } })
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Posterior')
})

test('analyze names images without a label and labels without an image', async () => {
  const [images, labels] = ['images', 'labels'].map((name) => join(folder, 'pairs', name))
  for (const path of [images, labels]) mkdirSync(path, { recursive: true })
  const from = (kind: string) => join(sample, kind, 'hippocampus_039.nii.gz')
  for (const name of ['a', 'b']) copyFileSync(from('imagesTr'), join(images, `${name}.nii.gz`))
  for (const name of ['a', 'c']) copyFileSync(from('labelsTr'), join(labels, `${name}.nii.gz`))
  const { code, err } = await run('analyze', images, '--labels', labels, '--out', join(folder, 'pairs', 'out'), '--workers', '0') // prettier-ignore
  expect(code).toBe(0)
  expect(err).toContain(`b: has no label of this name in ${labels}; add one, or leave the image out`)
  expect(err).toContain(`c: is a label in ${labels}, and no image in ${images} has this name`)
  expect(await run('analyze', images, '--labels', join(folder, 'nowhere'))).toMatchObject({
    code: 2,
    err: `${join(folder, 'nowhere')}: there is no such file or folder; check the path`.replace(/^/, 'volvox: '),
  })
})

test('analyze refuses what is not there', async () => {
  expect(await run('analyze', join(folder, 'no'))).toMatchObject({
    code: 2,
    err: expect.stringContaining('there is no such file or folder'),
  })
  expect(await run('analyze', sample, '--labels', sample)).toMatchObject({
    code: 2,
    err: expect.stringContaining('is for folders of images'),
  })
})

const promise12 = fileURLToPath(new URL('../../../../../shared/data/promise12-layout', import.meta.url))

test.skipIf(!existsSync(promise12))('split writes the lists of the V-Net recipe', async () => {
  const out = join(folder, 'split')
  const list = (name: string) =>
    readFileSync(join(out, `${name}.csv`), 'utf8')
      .trim()
      .split('\n')
  const fixed = await run('split', promise12, '--out', out)
  expect(fixed).toMatchObject({ code: 0, err: expect.stringContaining('There is no case 30, 42,') })
  expect(list('val')).toEqual(['Case11.mhd', 'Case15.mhd', 'Case19.mhd'])
  expect(list('train')).toHaveLength(27)
  await run('split', promise12, '--out', out, '--random')
  // numpy.random.seed(0); numpy.random.choice(30, 10, replace=False)
  expect(list('val').map((name) => Number(name.slice(4, 6)))).toEqual([2, 10, 11, 13, 17, 22, 24, 26, 27, 28])
  await run('split', promise12, '--out', out, '--folds', '5', '--fold', '2')
  expect(list('val')).toHaveLength(6)
  expect(await run('split', promise12, '--out', out, '--folds', '5', '--random')).toMatchObject({ code: 2 })
  expect(await run('split', promise12, '--out', out, '--val', '99')).toMatchObject({
    code: 2,
    err: expect.stringContaining('there is no case 99'),
  })
  expect(await run('split', sample)).toMatchObject({
    code: 2,
    err: expect.stringContaining('has no folder TrainData/img'),
  })
})

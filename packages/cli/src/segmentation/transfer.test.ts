import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createOnednn, onednnStatus } from '@volvox/onednn'
import { createOrt } from '@volvox/ort'
import { afterAll, describe, expect, test } from 'vitest'
import { floats, loadDecathlonProperties, readWeights, toStateDict, TorchGenerator, useFiles, writeTorch } from 'volvox'
import type { Executor } from 'volvox/graph'
import { nodeFiles } from '@volvox/node'
import { runCommandLine } from '../program.ts'
import { hippocampus } from '../recipes/hippocampus.ts'
import type { Plan } from '../recipes/recipe.ts'
import { recordedIo } from '../testing.ts'
import { partsOf } from './model.ts'
import { readModel, type RunConfig } from './runConfig.ts'
import { train, type TrainingOptions } from './train.ts'
import { pretrainedFrom, transferOf, type Pretrained } from './transfer.ts'

useFiles(nodeFiles)
const data = fileURLToPath(new URL('../../../../examples/data/hippocampus', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'volvox-transfer-'))
afterAll(() => rmSync(root, { recursive: true }))

const recipe = hippocampus.plan(loadDecathlonProperties(data))
const plan: Plan = {
  ...recipe,
  precision: 'float32', // which both executors have
  network: { ...recipe.network, filters: [2, 4, 4, 4], norm_name: ['batch', {}] },
  augmentation: recipe.augmentation
    .filter(({ _target_ }) => _target_ !== 'RandAffined')
    .map((step) =>
      'spatial_size' in step
        ? { ...step, spatial_size: [16, 16, 16] }
        : 'roi_size' in step
          ? { ...step, roi_size: [16, 16, 16] }
          : step,
    ),
  patchSize: [16, 16, 16],
  inference: { ...recipe.inference, roiSize: [40, 56, 40], swBatchSize: 1, flips: false },
}
const { network } = partsOf(plan)
const file = join(root, 'model.pt')
// A network of two classes, saved in a container by DataParallel.
const two = partsOf({ ...plan, network: { ...plan.network, out_channels: 2 } }).network
const weights = toStateDict(two, two.init(new TorchGenerator(7)))
const wrapped = Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [`module.${name}`, tensor]))
nodeFiles.write(file, writeTorch({ state_dict: { ...wrapped, 'module.extra': floats([2]) }, epoch: 3 }))

const transfer = transferOf(['^input_block'], ['upsamples=0.1', '^bottleneck=0'])
const config = (maxSteps: number): RunConfig => ({
  plan,
  data,
  seed: 3,
  budget: { maxSteps },
  transfer,
  volvox: 'test',
})
const options = (out: string, executor: Executor): TrainingOptions => ({
  config: config(8),
  out: join(root, out),
  resume: false,
  executor,
  workers: 0,
  threads: 1,
  pretrained: pretrainedFrom(whole(file), network, recordedIo()),
})

const whole = (file: string): Pretrained => ({ file, key: null, map: [] })

const executors: Readonly<Record<string, () => Executor>> = {
  ort: createOrt,
  ...('missing' in onednnStatus() ? {} : { onednn: createOnednn }),
}

describe.each(Object.entries(executors))('on %s', (name, create) => {
  const tensorsOf = (out: string) => readModel(join(root, out)).checkpoint.tensors

  test('frozen weights stay, others move, statistics go on; resumed bit for bit', async () => {
    await train(options(`${name}-whole`, create()), recordedIo())
    const after = tensorsOf(`${name}-whole`)
    for (const weight of network.weights) {
      const stays = /^(input_block|bottleneck)/.test(weight.name) && weight.trainable
      const given = weights[weight.name]
      const isTaken = !weight.name.startsWith('output_block')
      if (isTaken && weight.role !== 'counter')
        expect([weight.name, same(after[weight.name].data, given.data)]).toEqual([weight.name, stays])
    }
    expect(Object.keys(after).some((key) => key.startsWith('optimizer.input_block'))).toBe(false)
    expect(after['ema.input_block.conv1.conv.weight'].data).toEqual(weights['input_block.conv1.conv.weight'].data)

    const io = recordedIo()
    const stopping = {
      ...io,
      onInterrupt: (stop: () => void) => {
        const timer = setInterval(() => existsSync(join(root, `${name}-halves`, 'best.safetensors')) && stop(), 1)
        return () => clearInterval(timer)
      },
    }
    const first = await train(options(`${name}-halves`, create()), stopping)
    expect(first.interrupted).toBe(true)
    const { pretrained: _, ...resumed } = options(`${name}-halves`, create())
    await train({ ...resumed, config: readModel(join(root, `${name}-halves`)).config, resume: true }, recordedIo())
    expect(tensorsOf(`${name}-halves`)).toEqual(after)
  })
})

test.skipIf(!('onednn' in executors))('both executors move the weights alike', () => {
  const [ort, onednn] = ['ort', 'onednn'].map((name) => readModel(join(root, `${name}-whole`)).checkpoint.tensors)
  for (const { name } of network.weights)
    for (let i = 0; i < ort[name].data.length; i++)
      expect(Math.abs(Number(ort[name].data[i]) - Number(onednn[name].data[i])), `${name} ${i}`).toBeLessThan(5e-3)
})

test('what is taken over, and what is not, is told', () => {
  const io = recordedIo()
  pretrainedFrom(whole(file), network, io)
  expect(io.noted).toEqual([
    expect.stringMatching(/model\.pt: \d+ of \d+ weights are taken over\.$/),
    '  of another shape, so they start at random: output_block.conv.conv.weight [2, 2, 1, 1, 1] for [3, 2, 1, 1, 1], output_block.conv.conv.bias [2] for [3]',
    '  unexpected, so they are left out: extra',
  ])
  nodeFiles.write(join(root, 'other.pt'), writeTorch({ 'conv.weight': floats([1]) }))
  expect(() => pretrainedFrom(whole(join(root, 'other.pt')), network, io)).toThrow(
    /^train --init: .*other\.pt has no weight of DynUNet: it holds conv\.weight, and DynUNet takes input_block/,
  )
})

test('weights are found by a key, under other names', () => {
  const inner = Object.fromEntries(
    Object.entries(weights).map(([name, tensor]) => [name.replace(/^upsamples\./, 'decoder.up.'), tensor]),
  )
  const nested = join(root, 'nested.pt')
  nodeFiles.write(nested, writeTorch({ student: { x: floats([1]) }, teacher: { state_dict: inner } }))
  const io = recordedIo()
  const given = { file: nested, key: 'teacher.state_dict', map: ['decoder.up.=upsamples.', 'input_block=input_block'] }
  const found = pretrainedFrom(given, network, io)
  const [upsample] = Object.keys(weights).filter((name) => name.startsWith('upsamples.'))
  expect(found[upsample]).toEqual(weights[upsample])
  expect(io.noted).toHaveLength(2) // how many, and those of another shape
  expect(() => pretrainedFrom({ ...given, map: ['up.=x.'] }, network, io)).toThrow(
    /^train --init-map: no weight of .*nested\.pt begins with "up\."; it holds input_block/,
  )
  expect(() => pretrainedFrom({ ...given, map: ['up'] }, network, io)).toThrow(
    'train --init-map: "up" does not fit; give OLD=NEW, e.g. encoder.=downsamples.',
  )
  expect(() => pretrainedFrom({ ...given, key: 'teach' }, network, io)).toThrow(
    /nested\.pt: has nothing under "teach"; did you mean "teacher"\?/,
  )
})

test.each([
  [['--init-key', 'x'], 'train --init: is missing; give the checkpoint that --init-key and --init-map are about'],
  [['--init', '/nowhere.pt'], '/nowhere.pt: there is no such file'],
  [['--freeze', 'nothing_like_it'], 'train --freeze: /nothing_like_it/ matches no weight of DynUNet'],
  [['--freeze', '('], 'train --freeze: "(" is no regular expression'],
  [['--freeze', '.', '--freeze', 'x'], 'matches no weight'],
  [['--lr-scale', 'upsamples'], 'train --lr-scale: "upsamples" does not fit; give PATTERN=FACTOR, e.g. encoder=0.1'],
  [['--freeze', 'conv', '--lr-scale', 'none=1'], 'train --lr-scale: /none/ matches no weight of DynUNet'],
  [['--lr-scale', 'upsamples=-1'], 'train --lr-scale: "upsamples=-1" does not fit'],
  [['--lr-scale', 'conv=1', '--lr-scale', 'conv1=2'], 'matches /conv/ and /conv1/; a weight has one learning rate'],
])('%j is refused in a sentence before data are read', async (words, sentence) => {
  const io = recordedIo()
  const code = await runCommandLine(
    ['train', '--data', data, '--out', join(root, 'none'), '--steps', '1', '--executor', 'ort', ...words],
    io,
  )
  expect([code, io.noted.at(-1)]).toEqual([2, expect.stringContaining(sentence)])
})

test('one step is told as one', async () => {
  const io = recordedIo()
  const words = ['--out', join(root, 'none'), '--steps', '1', '--executor', 'ort', '--init', '/nowhere.pt']
  await runCommandLine(['train', '--data', data, ...words], io)
  expect(io.noted[0]).toMatch(/, for 1 step\. Run folder: /)
})

test('a run goes on with what it was started with', async () => {
  const io = recordedIo()
  const code = await runCommandLine(['train', '--resume', '--out', join(root, 'ort-whole'), '--freeze', 'x'], io)
  expect([code, io.noted.at(-1)]).toEqual([
    2,
    expect.stringContaining('train --resume: goes on with the weights and rates'),
  ])
})

test('a training becomes a state dict of PyTorch', async () => {
  const io = recordedIo()
  const out = join(root, 'trained.pt')
  expect(await runCommandLine(['convert', join(root, 'ort-whole', 'last.safetensors'), out], io)).toBe(0)
  expect(io.printed[0]).toMatch(/trained\.pt {2}\d+ tensors, .*, from the training$/)
  expect(await runCommandLine(['info', join(root, 'ort-whole')], io)).toBe(0)
  expect(io.printed.find((line) => line.startsWith('  training'))).toMatch(/step 8,/)
  const { tensors } = readWeights(readFileSync(out))
  expect(tensors['skip_layers.downsample.conv1.conv.weight']).toEqual(weights['input_block.conv1.conv.weight'])
  expect(tensors['input_block.norm1.num_batches_tracked'].dtype).toBe('int64')
})

function same(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): boolean {
  return Array.from(a, Number).every((x, i) => x === Number(b[i]))
}

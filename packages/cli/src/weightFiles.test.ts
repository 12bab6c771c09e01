import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { floats, readSafetensors, readWeights, writeTorch } from 'volvox'
import { runCommandLine } from './program.ts'
import { recordedIo } from './testing.ts'

const root = mkdtempSync(join(tmpdir(), 'volvox-weights-'))
afterAll(() => rmSync(root, { recursive: true }))
const file = (name: string) => join(root, name)

const model = { 'conv.weight': floats([2, 1, 3], [1, 2, 3, 4, 5, 6]), 'conv.bias': floats([2], [7, 8]) }
writeFileSync(
  file('model.pt'),
  writeTorch({ epoch: 4, model, optimizer: { state: new Map([[0, { exp_avg: floats([2]) }]]) } }),
)

async function run(...words: string[]) {
  const io = recordedIo()
  const code = await runCommandLine(words, io)
  return { code, out: io.printed.join('\n'), err: io.noted.join('\n') }
}

test('info lists containers, totals and tensors', async () => {
  const { code, out } = await run('info', file('model.pt'))
  expect(code).toBe(0)
  expect(out.split('\n').slice(1)).toEqual([
    '  format       PyTorch (zip)',
    '  holds        epoch: 4; model: 2 tensors; optimizer: 1 tensor',
    '  weights      in "model": 2 tensors, 8 numbers, 32 B, float32',
    '  conv.weight  float32   [2, 1, 3]',
    '  conv.bias    float32   [2]',
  ])
  const json = JSON.parse((await run('info', file('model.pt'), '--json')).out) as unknown
  expect(json).toMatchObject({
    container: 'zip',
    key: 'model',
    tensors: { 'conv.bias': { dtype: 'float32', shape: [2] } },
  })
})

test('convert writes safetensors and back', async () => {
  expect((await run('convert', file('model.pt'), file('model.safetensors'))).out).toMatch(
    /2 tensors, .*, from "model"$/,
  )
  expect(readSafetensors(readFileSync(file('model.safetensors'))).tensors).toEqual(model)
  expect((await run('convert', file('model.safetensors'), file('back.pt'))).code).toBe(0)
  expect(readWeights(readFileSync(file('back.pt'))).tensors).toEqual(model)
  expect((await run('info', file('back.pt'))).out).toMatch(/weights +2 tensors/)
  await run('convert', file('model.pt'), file('all.pth'), '--all')
  expect(Object.keys(readWeights(readFileSync(file('all.pth'))).tensors)).toContain('optimizer.state.0.exp_avg')
})

test.each([
  [
    ['convert', file('model.pt'), file('model.bin')],
    'model.bin names no format of weights; end it in .safetensors, .pt or .pth',
  ],
  [['convert', file('model.pt'), file('x.pt'), '--key', 'modle'], 'has nothing under "modle"; did you mean "model"?'],
  [['convert', file('model.pt'), file('x.pt'), '--key', 'model', '--all'], 'both --all and --key are given; give one'],
  [['convert', file('nothing.pt'), file('x.pt')], 'nothing.pt: there is no such file'],
  [
    ['info', file('bad.pt')],
    'bad.pt: begins with "not weig", which no file of PyTorch\'s does; give what torch.save wrote',
  ],
  [['info', file('net.onnx')], 'net.onnx: is a network in the format ONNX, which is written but not read'],
  [
    ['convert', file('bad.pt'), file('x.safetensors')],
    'bad.pt: begins with "not weig", which no file of PyTorch\'s does',
  ],
])('%j is told in a sentence', async (words, sentence) => {
  writeFileSync(file('bad.pt'), 'not weights')
  writeFileSync(file('net.onnx'), '\b\b\x12\x06volvox')
  const { code, err } = await run(...words)
  expect([code, err]).toEqual([2, expect.stringContaining(sentence)])
})

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, expect, test } from 'vitest'
import { encodeCheckpoint, loadDecathlonProperties, registry, TorchGenerator, useFiles, type Network } from 'volvox'
import { nodeFiles } from '@volvox/node'
import { runCommandLine } from '../program.ts'
import { hippocampus } from '../recipes/hippocampus.ts'
import { recordedIo } from '../testing.ts'

useFiles(nodeFiles)
const data = fileURLToPath(new URL('../../../../examples/data/hippocampus', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'volvox-export-'))
afterAll(() => rmSync(root, { recursive: true }))

const recipe = hippocampus.plan(loadDecathlonProperties(data))
const plan = { ...recipe, network: { ...recipe.network, filters: [4, 8, 8, 8] } }
const network = registry().create(plan.network, 'network') as Network
nodeFiles.write(
  join(root, 'last.safetensors'),
  encodeCheckpoint({
    tensors: network.init(new TorchGenerator(1)),
    progress: { iteration: 1, position: { epoch: 0, batch: 0 }, elapsedSeconds: 1, seed: 0, metrics: {}, handlers: {} },
    config: { plan, data, seed: 0, budget: { maxSteps: 1 }, volvox: 'test' },
  }),
)

async function run(...words: string[]) {
  const io = recordedIo()
  const code = await runCommandLine(['export', root, '--out', join(root, 'model.onnx'), ...words], io)
  return { code, out: io.printed.join('\n'), err: io.noted.join('\n') }
}

test.each(['fp32', 'fp16'])('a run folder becomes a model that gives probabilities, in %s', async (precision) => {
  const { code, out, err } = await run('--size', '16,16,16', '--batch', '2', '--precision', precision)
  expect(err).toBe('')
  expect(code).toBe(0)
  expect(out).toMatch(
    new RegExp(`DynUNet, ${precision}, 0\\.\\d MiB, \\[2, 1, 16, 16, 16\\] to \\[2, 3, 16, 16, 16\\]$`),
  )
  const session = await InferenceSession.create(new Uint8Array(readFileSync(join(root, 'model.onnx'))))
  const input = Float32Array.from({ length: 2 * 4096 }, (_, i) => Math.sin(i))
  const { output } = await session.run({ input: new Tensor('float32', input, [2, 1, 16, 16, 16]) })
  const classes = [0, 1, 2].map((c) => (output.data as Float32Array)[c * 4096 + 100])
  expect(classes[0] + classes[1] + classes[2]).toBeCloseTo(1, 4)
  await session.release()
})

test('a size that the network cannot take is told in a sentence', async () => {
  const { code, err } = await run('--size', '15,16,16')
  expect(code).toBe(2)
  expect(err).toMatch(/15/)
})

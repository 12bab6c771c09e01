import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, expect, test } from 'vitest'
import {
  AutoencoderKL,
  BasicUNet,
  encodeCheckpoint,
  floats,
  inferenceProgram,
  loadDecathlonProperties,
  registry,
  tensor,
  TorchGenerator,
  toStateDict,
  useFiles,
  writeTorch,
  type Network,
} from 'volvox'
import { interpreter } from 'volvox/graph'
import { nodeFiles } from '@volvox/node'
import { stringify } from 'yaml'
import { createOrt } from '@volvox/ort'
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
    new RegExp(`DynUNet, ${precision}, opset 21, 0\\.\\d MiB, \\[2, 1, 16, 16, 16\\] to \\[2, 3, 16, 16, 16\\]$`),
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

const options = { spatial_dims: 2, in_channels: 1, out_channels: 3, features: [4, 4, 8, 8, 8, 4], norm: 'batch' }
const unet = BasicUNet({ spatialDims: 2, inChannels: 1, outChannels: 3, features: options.features, norm: 'batch' })
const states = unet.init(new TorchGenerator(2))
const file = (name: string) => join(root, name)
nodeFiles.write(file('model.pt'), writeTorch({ model: toStateDict(unet, states), epoch: 3 }))
const config = {
  width: 4,
  widths: ['@width', 4, 8, 8, 8, 4],
  network_def: { _target_: 'monai.networks.nets.BasicUNet', ...options, features: '@widths' },
  network: '$@network_def.to(@device)',
}
nodeFiles.write(file('train.json'), new TextEncoder().encode(JSON.stringify(config)))
nodeFiles.write(file('train.yaml'), new TextEncoder().encode(stringify(config)))

async function exported(...words: string[]) {
  const io = recordedIo()
  const code = await runCommandLine(['export', ...words], io)
  return { code, out: io.printed.join('\n'), err: io.noted.join('\n') }
}

/** What ONNX Runtime makes of an exported model, and what our executor makes of the network. */
async function bothOf(name: string, shape: readonly number[]) {
  const image = floats(
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(3 * i)),
  )
  const session = await InferenceSession.create(new Uint8Array(readFileSync(file(name))))
  const { output } = await session.run({ input: new Tensor('float32', image.data, shape) })
  await session.release()
  const ours = await createOrt().open([inferenceProgram({ network: unet, input: shape })], states)
  const { output: want } = await ours.run('infer', { input: image })
  await ours.dispose()
  return { found: output.data as Float32Array, dims: output.dims, want }
}

test.each([
  ['by name', ['--network', 'BasicUNet', '--options', JSON.stringify(options)]],
  ['by a config', ['--config', file('train.json')]],
  ['by a config in YAML', ['--config', file('train.yaml')]],
])('a network %s with weights of PyTorch computes in ONNX Runtime what it does here', async (_, words) => {
  const { code, out } = await exported(...words, '--weights', file('model.pt'), '--size', '32,32', file('named.onnx'))
  expect(code).toBe(0)
  expect(out).toMatch(/named\.onnx {2}BasicUNet, fp32, opset 21, 0\.\d MiB, \[1, 1, 32, 32\] to \[1, 3, 32, 32\]$/)
  const { found, want } = await bothOf('named.onnx', [1, 1, 32, 32])
  found.forEach((value, i) => expect(Math.abs(value - Number(want.data[i]))).toBeLessThan(1e-5))
})

test.each(['fp32', 'fp16'])('sizes may be left open, in %s', async (precision) => {
  const words = ['--config', file('train.json'), '--weights', file('model.pt'), '--size', '16,16', '--dynamic']
  const { code, out } = await exported(...words, '--precision', precision, '--out', file('open.onnx'))
  expect(code).toBe(0)
  expect(out).toMatch(/any size that the network takes, such as \[1, 1, 16, 16\]/)
  const { found, dims, want } = await bothOf('open.onnx', [2, 1, 48, 32])
  expect(dims).toEqual([2, 3, 48, 32])
  const allowed = precision === 'fp32' ? 1e-4 : 0.03
  found.forEach((value, i) => expect(Math.abs(value - Number(want.data[i]))).toBeLessThan(allowed))
})

const weights = ['--weights', file('model.pt')]
test.each([
  [[], 'export --out: is missing; give the .onnx file to write'],
  [['--out', 'x.onnx'], 'export: there is no model; give a run folder, or --network or --config with --weights'],
  [['--network', 'UNet', '--config', 'x.json', 'x.onnx'], 'both --network and --config are given'],
  [['--network', 'BasicUNet', 'x.onnx'], 'export --weights: is missing; give the checkpoint of the network'],
  [['--network', 'BasicUnett', ...weights, 'x.onnx'], '"BasicUnett" is unknown; did you mean "BasicUNet"?'],
  [['--network', 'Flip', ...weights, 'x.onnx'], 'export --network: "Flip" is no network'],
  [['--network', 'BasicUNet', '--options', '{', ...weights, 'x.onnx'], 'export --options: "{" is not JSON'],
  [['--network', 'BasicUNet', '--options', '{"in_chanels":1}', ...weights, 'x.onnx'], 'did you mean "inChannels"?'],
  [
    ['--network', 'BasicUNet', ...weights, 'x.onnx'],
    'model.pt: weight "conv_0.conv_0.conv.weight" has shape [4, 1, 3, 3]',
  ],
  [
    ['--config', file('train.json'), ...weights, 'x.onnx'],
    "export --size: is missing; give the voxels of BasicUNet's input along each of its 2 axes",
  ],
])('%j is told in a sentence', async (words, sentence) => {
  const { code, err } = await exported(...words)
  expect([code, err]).toEqual([2, expect.stringContaining(sentence)])
})

const small = {
  spatial_dims: 2,
  in_channels: 1,
  out_channels: 1,
  channels: [2],
  attention_levels: [false],
  num_res_blocks: 1,
}
const tiny = { ...small, num_head_channels: 2, norm_num_groups: 2 }
const denoiser = registry().create({ _target_: 'DiffusionModelUNet', ...tiny }) as Network
nodeFiles.write(file('denoiser.pt'), writeTorch(toStateDict(denoiser, denoiser.init(new TorchGenerator(2)))))
const named = ['--network', 'DiffusionModelUNet', '--options', JSON.stringify(tiny)]
const diffusing = [...named, '--weights', file('denoiser.pt')]
test.each([
  [['--input', 'time=1'], '"time" is no input of DiffusionModelUNet; it takes x, timesteps, down_block'],
  [['--input', 'timestep=1'], '"timestep" is no input of DiffusionModelUNet; did you mean "timesteps"?'],
  [['--input', 'timesteps=one'], '"one" is no shape; give batch, channels and sizes, e.g. 1,1,96,96,96'],
  [['--input', 'x=1,1,8,8', '--size', '8,8'], 'gives the shape of x; leave out --size, --channels and --batch'],
  [[], 'is missing; give the voxels of DiffusionModelUNet'],
])('inputs %j are told in a sentence', async (words, sentence) => {
  const { code, err } = await exported(...diffusing, ...words, 'x.onnx')
  expect([code, err]).toEqual([2, expect.stringContaining(sentence)])
})

test('a network of several outputs becomes a model of as many', async () => {
  const small = { spatialDims: 2, inChannels: 1, outChannels: 1, channels: [4, 4], latentChannels: 2 }
  const given = { ...small, numResBlocks: 1, attentionLevels: [false, false], normNumGroups: 2 }
  const autoencoder = AutoencoderKL(given)
  const states = toStateDict(autoencoder, autoencoder.init(new TorchGenerator(2)))
  nodeFiles.write(file('autoencoder.pt'), writeTorch(states))
  const words = ['--network', 'AutoencoderKL', '--options', JSON.stringify(given), '--size', '8,8']
  const { code, out, err } = await exported(...words, '--weights', file('autoencoder.pt'), file('several.onnx'))
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain('input [1, 1, 8, 8], random.0 [1, 4, 4, 2] to [1, 1, 8, 8], [1, 2, 4, 4], [1, 2, 4, 4]')
  const session = await InferenceSession.create(new Uint8Array(readFileSync(file('several.onnx'))))
  expect(session.outputNames).toEqual(['output', 'output1', 'output2'])
  await session.release()
})

const diffusion = {
  spatial_dims: 2,
  in_channels: 1,
  channels: [4, 8],
  attention_levels: [false, true],
  num_res_blocks: 1,
  num_head_channels: 4,
  norm_num_groups: 2,
}
const conditioned = {
  ...diffusion,
  out_channels: 1,
  with_conditioning: true,
  cross_attention_dim: 3,
  num_class_embeds: 5,
}
const steering = { ...diffusion, conditioning_embedding_num_channels: [4, 4] }
const topology = { num_blocks: 2, num_depths: 2, spatial_dims: 2, channel_mul: 0.25 }
const transformer = { num_tokens: 9, max_seq_len: 6, attn_layers_dim: 4, attn_layers_depth: 1, attn_layers_heads: 2 }
// prettier-ignore
const several: readonly (readonly [string, object, readonly string[], string])[] = [
  ['DiffusionModelUNet', conditioned, ['--size', '8,8', '--batch', '2', '--input', 'context=2,4,3'],
    'x [2, 1, 8, 8], timesteps int64 [2], context [2, 4, 3], class_labels int64 [2] to [2, 1, 8, 8]'],
  ['DiffusionModelUNet', { ...diffusion, out_channels: 1 }, ['--size', '8,8', '--input', 'down_block_additional_residuals', '--input', 'mid_block_additional_residual'],
    'x [1, 1, 8, 8], timesteps int64 [1], down_block_additional_residuals.0 [1, 4, 8, 8], down_block_additional_residuals.1 [1, 4, 8, 8], down_block_additional_residuals.2 [1, 4, 4, 4], down_block_additional_residuals.3 [1, 8, 4, 4], mid_block_additional_residual [1, 8, 4, 4] to [1, 1, 8, 8]'],
  ['ControlNet', steering, ['--input', '1,1,8,8', '--input', 'conditioning_scale'],
    'x [1, 1, 8, 8], timesteps int64 [1], controlnet_cond [1, 1, 16, 16], conditioning_scale [] to [1, 4, 8, 8], [1, 4, 8, 8], [1, 4, 4, 4], [1, 8, 4, 4], [1, 8, 4, 4]'],
  ['TopologyInstance', topology, ['--input', 'x.0=1,16,8,8'], 'x.0 [1, 16, 8, 8], x.1 [1, 32, 4, 4] to [1, 16, 8, 8], [1, 32, 4, 4]'],
  ['DecoderOnlyTransformer', transformer, ['--precision', 'fp16'], 'int64 [1, 6] to [1, 6, 9]'],
]

test.each(several)(
  'a %s of several inputs computes in ONNX Runtime what it does here',
  async (name, options, words, shapes) => {
    const network = registry().create({ _target_: name, ...options }) as Network
    const rng = new TorchGenerator(3)
    const drawn = network.init(rng)
    const states = Object.fromEntries(
      network.weights.map(({ name, shape }) => [
        name,
        floats(shape, [...rng.uniform(-0.5, 0.5, drawn[name].data.length)]),
      ]),
    )
    nodeFiles.write(file('several.pt'), writeTorch(toStateDict(network, states)))
    const given = ['--network', name, '--options', JSON.stringify(options), '--weights', file('several.pt')]
    const { out, err } = await exported(...given, ...words, file('inputs.onnx'))
    expect(err).toBe('')
    expect(out).toContain(`MiB, ${shapes}`)

    const found = [...shapes.split(' to ')[0].matchAll(/(?:(?!int64)([a-z_.0-9]+) )?(?:int64 )?\[([\d, ]*)\]/g)]
    const types = Object.fromEntries(
      found.map(([text, key = 'input', sizes]) => {
        const dtype = text.includes('int64') ? ('int32' as const) : ('float32' as const)
        return [key, { dtype, shape: sizes === '' ? [] : sizes.split(', ').map(Number) }]
      }),
    )
    const feeds = Object.fromEntries(
      Object.entries(types).map(([key, { dtype, shape }]) => {
        const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(3 * i + 1))
        return [
          key,
          dtype === 'float32'
            ? floats(shape, values)
            : tensor(
                'int32',
                shape,
                Int32Array.from(values, (v) => Math.round(2 + v)),
              ),
        ]
      }),
    )
    const session = await InferenceSession.create(new Uint8Array(readFileSync(file('inputs.onnx'))))
    expect(session.inputNames).toEqual(Object.keys(types))
    const outputs = await session.run(
      Object.fromEntries(
        Object.entries(feeds).map(([key, { dtype, shape, data }]) => [
          key,
          dtype === 'float32'
            ? new Tensor('float32', data as Float32Array, shape)
            : new Tensor('int64', BigInt64Array.from(data as Int32Array, BigInt), shape),
        ]),
      ),
    )
    await session.release()
    const program = inferenceProgram({ network, input: types, allOutputs: true })
    const wanted = await (await interpreter.open([program], states)).run(program.name, feeds)
    const allowed = words.includes('fp16') ? 0.02 : 1e-4
    for (const [key, { data, shape }] of Object.entries(wanted)) {
      expect(outputs[key].dims).toEqual(shape)
      ;(outputs[key].data as Float32Array).forEach((value, i) =>
        expect(Math.abs(value - Number(data[i])), `${key} at ${i}`).toBeLessThan(
          allowed * (1 + Math.abs(Number(data[i]))),
        ),
      )
    }
  },
)

test('a network for one size only is told', async () => {
  const vit = {
    in_channels: 1,
    out_channels: 2,
    img_size: 32,
    spatial_dims: 2,
    feature_size: 4,
    hidden_size: 8,
    mlp_dim: 8,
    num_heads: 2,
  }
  const network = registry().create({ _target_: 'UNETR', ...vit }) as Network
  nodeFiles.write(file('unetr.pt'), writeTorch(toStateDict(network, network.init(new TorchGenerator(0)))))
  const words = ['--network', 'UNETR', '--options', JSON.stringify(vit), '--weights', file('unetr.pt')]
  expect((await exported(...words, file('unetr.onnx'))).out).toMatch(
    /UNETR, fp32, opset 21, .* \[1, 1, 32, 32\] to \[1, 2, 32, 32\]$/,
  )
  expect((await exported(...words, '--dynamic', file('unetr.onnx'))).err).toMatch(
    /export --dynamic: UNETR takes no other size than the given one \(UNETR: .* 64 .*\); leave it out/,
  )
})

test('configs with expressions, without a network or with references that lead nowhere are refused', async () => {
  const refusal = async (text: string) => {
    nodeFiles.write(file('bad.json'), new TextEncoder().encode(text))
    return (await exported('--config', file('bad.json'), ...weights, 'x.onnx')).err
  }
  expect(await refusal('{"network_def": {"_target_": "UNet", "channels": "$[4] * 2"}}')).toMatch(
    /bad\.json, network_def\.channels: is the expression "\$\[4\] \* 2", which is not run here; write its value/,
  )
  expect(await refusal('{"lr": 1}')).toMatch(/bad\.json: defines no network: it has "lr"; give one with network_def/)
  expect(await refusal('{"network_def": {"_target_": "UNet", "channels": "@ch"}}')).toMatch(
    /refers to "@ch", which is not in the file/,
  )
  expect(await refusal('{"a": "@a", "network_def": {"_target_": "UNet", "channels": "@a"}}')).toMatch(
    /refers to itself; give its values/,
  )
  expect(await refusal('[]')).toMatch(/is not an object/)
})

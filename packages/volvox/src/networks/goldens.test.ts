// Networks against MONAI: outputs in both modes, gradients, running statistics. VNet, whose width is fixed, is too big for
// the interpreter; here its weights are compared, and the runner of all goldens computes it on a fast executor. So is
// SwinUNETR.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fromConfigNames } from '../core/options.ts'
import { readSafetensors } from '../core/safetensors.ts'
import { sizeOf, type Tensor } from '../core/tensor.ts'
import { gradients } from '../graph/autodiff.ts'
import { evaluate } from '../graph/interpret/index.ts'
import { input, type Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { TorchGenerator } from '../rng/index.ts'
import { vnetComponents, networkComponents } from './components.ts'
import { outputsOf, type Network } from './network.ts'
import { forwardPass } from './pass.ts'
import { fillRandomInputs } from './random.ts'
import { asState, fromStateDict } from './weights.ts'

const root = join(import.meta.dirname, '../../../../../shared/goldens/networks')
const components = { ...networkComponents, ...vnetComponents }

for (const [name, check] of [
  ['UNet', checkNumbers],
  ['DynUNet', checkNumbers],
  ['SegResNet', checkNumbers],
  ['BasicUNet', checkNumbers],
  ['AttentionUnet', checkNumbers],
  ['BasicUNetPlusPlus', checkNumbers],
  ['SegResNetVAE', checkNumbers],
  ['SegResNetDS', checkNumbers],
  ['SegResNetDS2', checkNumbers],
  ['DiNTS', checkNumbers],
  ['AHNet', checkNames],
  ['VNetBlocks', checkNumbers],
  ['VNet', checkNames],
  ['UNETR', checkNumbers],
  ['ViT', checkNumbers],
  ['ViTAutoEnc', checkNumbers],
  ['SwinUNETR', checkNames],
  ['DenseNet', checkNumbers],
  ['DenseNet121', checkNames],
  ['ResNet18', checkNames],
  ['ResNet50', checkNames],
  ['SEResNet50', checkNames],
  ['EfficientNetBN', checkNames],
  ['FlexibleUNet', checkNames],
  ['Regressor', checkNumbers],
  ['Classifier', checkNumbers],
  ['Discriminator', checkNumbers],
  ['Critic', checkNumbers],
  ['Generator', checkNumbers],
  ['AutoEncoder', checkNumbers],
  ['VarAutoEncoder', checkNumbers],
  ['FullyConnectedNet', checkNumbers],
  ['AutoencoderKL', checkNumbers],
  ['DiffusionModelUNet', checkNumbers],
  ['VQVAE', checkNumbers],
  ['PatchDiscriminator', checkNumbers],
  ['DecoderOnlyTransformer', checkNumbers],
  ['RegUNet', checkNumbers],
  ['LocalNet', checkNumbers],
  ['GlobalNet', checkNumbers],
] as const)
  describe.skipIf(!existsSync(root))(`${name} is as in MONAI`, () => {
    for (const file of existsSync(root) ? readdirSync(join(root, name)) : [])
      test(file.replace('.safetensors', ''), () => check(caseIn(join(root, name, file))))
  })

interface Case {
  readonly tensors: Readonly<Record<string, Tensor>>
  readonly metadata: Readonly<Record<string, string>>
  readonly network: Network
}

function caseIn(file: string): Case {
  const { tensors, metadata } = readSafetensors(readFileSync(file), file)
  return { tensors, metadata, network: networkNamed(metadata.target, JSON.parse(metadata.args)) }
}

/** A network from recorded arguments, of which one may be `{ $new: name, args }`, a network itself. */
function networkNamed(target: string, args: Readonly<Record<string, unknown>>): Network {
  const component = components[target]
  const options = fromConfigNames(target, component.schema, args)
  for (const [key, value] of Object.entries(options)) {
    const { $new, args: inner } = (value ?? {}) as { $new?: string; args?: Record<string, unknown> }
    if ($new) options[key] = networkNamed($new, inner ?? {})
  }
  return component(options as never) as Network
}

/** A formula lists the state dict in order. */
function checkNames({ metadata, network }: Case): void {
  const listed = JSON.parse(metadata.formula) as [string, number[]][]
  const ours = network.weights.filter(({ role }) => role !== 'counter').map(({ name, shape }) => [name, shape])
  expect(ours).toEqual(listed.map(([name, shape]) => [name, shape]))
  const trained = network.weights.filter(({ trainable }) => trainable)
  expect(trained.reduce((count, { shape }) => count + sizeOf(shape), 0)).toBe(Number(metadata.n_params))
}

function checkNumbers({ tensors, metadata, network }: Case): void {
  const states = fromStateDict(
    network,
    metadata.formula ? formulaWeights(JSON.parse(metadata.formula)) : stored(tensors),
  )
  const names = Object.keys(tensors)
    .filter((key) => key.startsWith('in.input'))
    .sort()
  const inputs = names.map((key) => input(key, { dtype: 'float32', shape: tensors[key].shape }))
  const feeds = { ...states, ...tensors, ...Object.fromEntries(names.map((key) => [key, asState(tensors[key])])) }
  const tolerance = Number(metadata.tolerance)

  const evaluationPass = forwardPass()
  const evaluation = outputsOf(network.forward(evaluationPass, ...inputs))
  const recorded = Object.keys(tensors).filter((key) => key.startsWith('out.eval'))
  expect(evaluation.length).toBe(recorded.length)
  const random = fillRandomInputs({ inputs: evaluationPass.randomInputs }, new TorchGenerator(0))
  evaluate(evaluation, { ...feeds, ...random }).forEach((value, i) =>
    close(value, tensors[recorded[i]], tolerance, recorded[i]),
  )
  if (!tensors['out.train'] && !tensors['out.train.0']) return

  const pass = forwardPass({ training: true })
  const outputs = outputsOf(network.forward(pass, ...inputs))
  const weightedSum = outputs
    .map((output, i) => m.sum(m.mul(output, input(`in.out_weight.${i}`, output))))
    .reduce((a, b) => m.add(a, b))
  const wanted = new Map<string, Value>(names.map((key, i) => [`in.${key.slice(3)}`, inputs[i]]))
  for (const weight of network.weights) if (weight.trainable) wanted.set(weight.name, pass.states.get(weight.name)!)
  const grads = gradients(weightedSum, [...wanted.values()])
  const updates = [...pass.updates]
  const all = evaluate([...outputs, ...grads, ...updates.map(([, next]) => next)], feeds)

  outputs.forEach((_, i) => {
    const key = outputs.length === 1 ? 'out.train' : `out.train.${i}`
    close(all[i], tensors[key], tolerance, key)
  })
  const results = all.slice(outputs.length)
  // Some gradients are 0 but for rounding, e.g. that of a bias before a norm.
  const rounding = 2e-6 * Math.max(...results.slice(0, wanted.size).map(largestIn))
  let compared = 0
  ;[...wanted.keys()].forEach(
    (key, i) => (compared += checkGradient(key, results[i], tensors, Number(metadata.grad_rel_tolerance), rounding)),
  )
  expect(compared).toBe(wanted.size)
  updates.forEach(([key], i) => {
    const value = results[wanted.size + i]
    if (key.endsWith('num_batches_tracked')) expect(value.data[0]).toBe(1)
    else close(value, tensors[`b.${key}`], 1e-5, key)
  })
}

/** Compares a gradient, or its summary where it is too big to be stored; gives 1 when there was something to compare. */
function checkGradient(
  key: string,
  got: Tensor<Float64Array>,
  tensors: Readonly<Record<string, Tensor>>,
  relative: number,
  rounding: number,
): number {
  const whole = tensors[`g.${key}`]
  const samples = tensors[`gp.${key}`]
  if (!whole && !samples) return 0
  const want = Array.from((whole ?? samples).data as Float32Array)
  const step = whole ? 1 : Math.max(1, Math.floor(got.data.length / 128))
  const largest = largestIn(got)
  want.forEach((value, i) =>
    expect(Math.abs(got.data[i * step] - value), `${key}[${i}]`).toBeLessThanOrEqual(relative * largest + rounding),
  )
  const summary = tensors[`gs.${key}`]
  if (summary) {
    const sum = got.data.reduce((a, b) => a + b, 0)
    const magnitudes = got.data.reduce((a, b) => a + Math.abs(b), 0)
    const norm = Math.sqrt(got.data.reduce((a, b) => a + b * b, 0))
    const [wantSum, wantMagnitudes, wantNorm] = summary.data as Float32Array
    expect(Math.abs(sum - wantSum)).toBeLessThanOrEqual(relative * wantMagnitudes + rounding)
    expect(Math.abs(magnitudes - wantMagnitudes)).toBeLessThanOrEqual(relative * wantMagnitudes + rounding)
    expect(Math.abs(norm - wantNorm)).toBeLessThanOrEqual(relative * wantNorm + rounding)
  }
  return 1
}

function largestIn(tensor: Tensor<Float64Array>): number {
  return tensor.data.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0)
}

function close(got: Tensor, want: Tensor, tolerance: number, what: string): void {
  expect(got.shape, what).toEqual(want.shape)
  let largest = 0
  for (let i = 0; i < want.data.length; i++)
    largest = Math.max(largest, Math.abs(Number(got.data[i]) - Number(want.data[i])))
  expect(largest, what).toBeLessThanOrEqual(tolerance)
}

function stored(tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).flatMap(([key, tensor]) => (key.startsWith('w.') ? [[key.slice(2), tensor]] : [])),
  )
}

/** Weights that were recorded as a hash of their names and places (the goldens' README has the formula). */
function formulaWeights(
  formula: readonly (readonly [string, readonly number[], number | object, number])[],
): Record<string, Tensor> {
  const weights: Record<string, Tensor> = {}
  for (const [key, shape, center, half] of formula) {
    if (typeof center !== 'number') continue // another name of a weight
    const seed = crc32(key)
    const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => {
      let x = (Math.imul(i + 1, 2654435761) + seed) >>> 0
      x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
      x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
      return center + half * (2 * (((x ^ (x >>> 16)) >>> 0) / 4294967296) - 1)
    })
    weights[key] = { dtype: 'float32', shape, data }
  }
  return weights
}

function crc32(text: string): number {
  let crc = ~0
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

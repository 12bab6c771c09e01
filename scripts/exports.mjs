// Exports every network with its usual options, as `volvox export` does, and compares what ONNX Runtime makes of the file
// with what our executor makes of the network: `npm run build && node scripts/exports.mjs [NAME...]`. Takes long.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { plainOptions } from '../packages/cli/dist/networks/described.js'
import { runCommandLine } from '../packages/cli/dist/index.js'
import { createOnednn } from '../packages/onednn/dist/index.js'
import {
  TorchGenerator,
  writeSafetensors,
  inferenceProgram,
  registry,
  toConfigNames,
  toStateDict,
  typicalNetworks,
  useFiles,
} from '../packages/volvox/dist/index.js'
import { nodeFiles } from '../packages/node/dist/index.js'

useFiles(nodeFiles)
const require = createRequire(new URL('../packages/ort/package.json', import.meta.url))
const { InferenceSession, Tensor } = (await import(pathToFileURL(require.resolve('onnxruntime-node')).href)).default
const executor = await createOnednn()
const folder = mkdtempSync(join(tmpdir(), 'volvox-exports-'))
const rng = new TorchGenerator(0)

/** As volvox in a terminal. */
async function volvox(...words) {
  const [printed, noted] = [[], []]
  const io = { print: (line) => printed.push(line), note: (line) => noted.push(line) }
  const silent = { progress() {}, settle() {}, onInterrupt: () => () => {} }
  const code = await runCommandLine(words, { ...io, ...silent })
  if (code !== 0) throw new Error(`volvox ${words.slice(0, 3).join(' ')}: ${noted.join(' ')}`)
  return printed.join('\n')
}

/** Values for an input: whole numbers that every network takes, or the normal distribution; masks are 0 or 1. */
function valuesFor(name, shape) {
  const size = shape.reduce((a, b) => a * b, 1)
  const isMeasured = (i) => Math.abs(i - size / 2) < 10 || i % 4 === 0
  if (name === 'mask') return Float32Array.from({ length: size }, (_, i) => Number(isMeasured(i)))
  return rng.normal(0, 1, size)
}

/** Smaller images of the same kind, as far as the network takes them. */
function sizesFor(network, typical) {
  const { inputRule: rule } = network
  if (!rule || rule.size !== undefined || !typical[0].slice(2).every((n) => n > 32)) return null
  return [32, 64, 96].map((n) => new Array(rule.spatialDims).fill(n))
}

/**
 * Weights in which nothing is zero, so that nothing hides. Those that AHNet starts with make values of up to 8e6, past
 * float16's 65504 (first in dense3), so they are halved.
 */
function weightsOf(network) {
  const states = network.init(rng)
  if (network.name === 'AHNet')
    for (const { name } of network.weights.filter(({ shape }) => shape.length > 2))
      states[name] = { ...states[name], data: states[name].data.map((x) => x / 2) }
  for (const { name, role } of network.weights)
    if (role !== 'counter' && states[name].data.every((x) => x === 0))
      states[name] = { ...states[name], data: rng.uniform(-0.1, 0.1, states[name].data.length) }
  return states
}

function largest(values) {
  return values.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
}

/** The largest difference, as a share of the largest value. */
function difference(found, wanted) {
  if (found.length !== wanted.length || !found.every((x) => !Number.isNaN(x))) return Infinity
  return found.reduce((most, x, i) => Math.max(most, Math.abs(x - Number(wanted[i]))), 0) / (largest(wanted) || 1)
}

/** What ONNX Runtime makes of the model. */
async function exported(feeds) {
  const session = await InferenceSession.create(readFileSync(join(folder, 'model.onnx')))
  try {
    const given = Object.fromEntries(
      session.inputNames.map((name) => {
        const { dtype, shape, data } = feeds[name]
        return [
          name,
          dtype === 'int32'
            ? new Tensor('int64', BigInt64Array.from(data, BigInt), shape)
            : new Tensor(dtype, data, shape),
        ]
      }),
    )
    const outputs = await session.run(given)
    return session.outputNames.map((name) => outputs[name].data)
  } finally {
    await session.release()
  }
}

async function row(name) {
  const component = registry().find(name, name)
  const { options, inputs } = typicalNetworks[name]
  const network = component(options)
  const json = JSON.stringify(plainOptions(toConfigNames(component.schema, options)))
  await volvox('info', '--network', name)
  await volvox(
    'info',
    '--network',
    name,
    '--options',
    json,
    '--input',
    inputs.map((shape) => shape.join(',')).join(';'),
  )
  const states = weightsOf(network)
  writeFileSync(join(folder, 'weights.safetensors'), writeSafetensors(toStateDict(network, states)))
  const words = ['export', '--network', name, '--options', json, '--weights', join(folder, 'weights.safetensors')]
  const out = join(folder, 'model.onnx')
  const common = [...words, '--out', out]
  const shapes = inputs.flatMap((shape) => ['--input', shape.join(',')])
  let place = shapes
  let line
  for (const size of sizesFor(network, inputs) ?? []) {
    try {
      line = await volvox(...common, '--size', size.join(','))
      place = ['--size', size.join(',')]
      break
    } catch {
      continue // too small for it, or inputs that must be given
    }
  }
  line ??= await volvox(...common, ...place)

  const sizes = place === shapes ? Object.fromEntries(inputs.map((shape, i) => [network.inputs[i].name, shape])) : null
  const types = sizes ?? typesOf(line, network)
  const typed = Object.fromEntries(
    Object.entries(types).map(([key, shape]) => [
      key,
      { dtype: network.inputs.find((one) => one.name === key)?.dtype ?? 'float32', shape },
    ]),
  )
  const names = Object.keys(typed)
  const called = names.length === 1 ? { input: typed[names[0]] } : typed
  const program = inferenceProgram({ network, input: called, allOutputs: true })
  const feeds = Object.fromEntries(
    program.inputs.map(({ node, dtype, shape }) => {
      const size = shape.reduce((a, b) => a * b, 1)
      const data = dtype === 'int32' ? new Int32Array(size).fill(1) : valuesFor(node.attrs.name, shape)
      return [node.attrs.name, { dtype, shape, data }]
    }),
  )
  const session = await executor.open(
    [program],
    Object.fromEntries(program.states.map(({ node }) => [node.attrs.name, states[node.attrs.name]])),
  )
  const wanted = Object.values(await session.run(program.name, feeds)).map(({ data }) => data)
  await session.dispose()
  const errors = []
  for (const precision of ['fp32', 'fp16']) {
    if (precision === 'fp16') await volvox(...common, ...place, '--precision', 'fp16')
    const found = await exported(feeds)
    errors.push(Math.max(...found.map((values, i) => difference(values, wanted[i]))))
  }
  const dynamic = await volvox(...common, ...place, '--dynamic').then(
    () => 'any size',
    ({ message }) => message.replace(/^.*?: /, ''),
  )
  return { line: line.replace(/^.*? {2}/, ''), errors, dynamic }
}

/** Shapes of inputs by name, from the line that an export prints. */
function typesOf(line, network) {
  const taken = /MiB, (.*?) to \[/.exec(line)[1]
  const found = [...taken.matchAll(/(?:([a-z_.0-9]+) (?:int64 )?)?\[([^\]]*)\]/g)]
  return Object.fromEntries(
    found
      .filter(([, key]) => !key?.startsWith('random.'))
      .map(([, key, shape]) => [
        key === undefined || key === 'input' ? network.inputs[0].name : key,
        shape === '' ? [] : shape.split(',').map(Number),
      ]),
  )
}

const names = process.argv.slice(2)
if (names.length !== 1) {
  // One process each, as some take much memory.
  const all = names.length > 0 ? names : Object.keys(typicalNetworks).sort()
  const failed = all.filter(
    (name) => spawnSync(process.execPath, [process.argv[1], name], { stdio: 'inherit' }).status !== 0,
  )
  console.log(failed.length === 0 ? 'all networks export' : `failed: ${failed.join(', ')}`)
  process.exitCode = failed.length === 0 ? 0 : 1
} else {
  const [name] = names
  const { line, errors, dynamic } = await row(name)
  const isGood = errors[0] < 1e-3 && errors[1] < 0.1
  const differences = errors.map((error) => error.toExponential(1)).join(' and ')
  console.log(`${isGood ? 'ok  ' : 'FAIL'} ${line}; differs by ${differences} in fp16; ${dynamic}`)
  process.exitCode = isGood ? 0 : 1
}
rmSync(folder, { recursive: true })

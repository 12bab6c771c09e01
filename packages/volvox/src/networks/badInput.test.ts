import { describe, expect, test } from 'vitest'
import { VolvoxError } from '../core/errors.ts'
import type { Schema } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import type { Tensor } from '../core/tensor.ts'
import { input } from '../graph/ir.ts'
import { registry } from '../registry.ts'
import type { Network } from './network.ts'
import { forwardPass } from './pass.ts'
import { typicalNetworks } from './typical.ts'
import { fromStateDict } from './weights.ts'

type Shape = readonly number[]

/** Axis 1 of these is no number of channels: coils or instances, of which there may be any number. */
const anyChannels = new Set(['CoilSensitivityModel', 'MILModel', 'VariationalNetworkModel'])
/** Options without effect take anything. */
const anything = new Set(['device', 'weights'])

/** What was thrown: nothing, or one sentence of the form `Where: what is wrong; what would be right`, whose where begins so. */
function sentence(what: () => unknown, where: string): string | null {
  try {
    what()
    return null
  } catch (error) {
    if (!(error instanceof VolvoxError)) throw error // a defect
    expect(error.message).toMatch(new RegExp(`^${where}\\b[^\\n]*: [^\\n]+; [^\\n]+$`))
    expect(error.message).not.toMatch(/undefined|NaN voxels|\[object|=>/)
    return error.message
  }
}

/** Runs `what`, which must be refused. */
function refused(what: () => unknown, where: string): string {
  const message = sentence(what, where)
  expect(message, 'was accepted').not.toBeNull()
  return message!
}

interface Row {
  readonly name: string
  readonly component: Component
  readonly options: Readonly<Record<string, unknown>>
  readonly network: Network
  readonly inputs: readonly Shape[]
}

const rows: readonly Row[] = Object.entries(typicalNetworks).map(([name, { options, inputs }]) => {
  const component = registry().find(name, 'test')
  const network = (component as unknown as (options: unknown) => Network)(options) // its own typical ones
  return { name, component, options, network, inputs }
})

function run(network: Network, shapes: readonly Shape[]): unknown {
  const values = shapes.map((shape, i) => input(`in.${i}`, { dtype: network.inputs[i]?.dtype ?? 'float32', shape }))
  return network.forward(forwardPass(), ...values)
}

describe.each(rows)('$name', ({ component, options, network, inputs }) => {
  const { name } = network
  const [first, ...others] = inputs
  const refusedWith = (shape: Shape) => refused(() => run(network, [shape, ...others]), name)

  test('takes its usual inputs', () => void run(network, inputs))

  test('refuses a first input of another rank or of other channels', () => {
    const [samples, channels, ...spatial] = first
    if (spatial.length > 0) refusedWith(first.slice(0, -1))
    refusedWith([...first, 2])
    if (!anyChannels.has(name) && name !== 'DecoderOnlyTransformer') refusedWith([samples, channels + 1, ...spatial])
    if (name === 'DecoderOnlyTransformer') refusedWith([samples, channels + 1])
  })

  test('takes odd, small and empty images or says why not', () => {
    const [samples, channels, ...spatial] = first
    for (const shape of [spatial.map((n, i) => (i === 0 ? n + 1 : n)), spatial.map(() => 1), spatial.map(() => 0)])
      sentence(() => run(network, [[samples, channels, ...shape], ...others]), name)
  })

  test('refuses fewer inputs than it needs, and further ones of another rank or number', () => {
    expect(refused(() => run(network, []), name)).toMatch(/got 0 of its inputs; give /)
    if (others.length > 0) refused(() => run(network, [first]), name)
    others.forEach((shape, i) => {
      const others2 = (other: Shape) => others.map((one, j) => (i === j ? other : one))
      refused(() => run(network, [first, ...others2([...shape, 2])]), name)
      refused(() => run(network, [first, ...others2([shape[0] + 1, ...shape.slice(1)])]), name)
      for (let axis = 1; axis < shape.length; axis++)
        sentence(() => run(network, [first, ...others2(shape.map((n, j) => (j === axis ? n + 1 : n)))]), name)
    })
  })

  test('refuses options that are unknown, missing, not numbers or of another type', () => {
    const create = component as unknown as (options: unknown) => Network
    const own = component.componentName
    expect(refused(() => create({ ...options, nonsense: 1 }), own)).toMatch(/nonsense: no such option; /)
    for (const [key, { required }] of Object.entries(component.schema as Schema)) {
      if (required) expect(refused(() => create({ ...options, [key]: undefined }), own)).toMatch(/is missing; give /)
      if (anything.has(key)) continue
      for (const value of [NaN, {}, { a: NaN }]) refused(() => create({ ...options, [key]: value }), own)
      for (const value of [-1, 0, 0.5, 'nonsense', [], [NaN], [0, 0, 0], ['nonsense', {}], true, null])
        sentence(() => create({ ...options, [key]: value }), own)
    }
  })

  test('refuses state dicts with a key too many, one too few, and another shape', () => {
    const empty = (shape: Shape): Tensor => ({ dtype: 'float32', shape, data: new Float32Array(0) }) // only shapes count
    const floats = network.weights.filter(({ role }) => role !== 'counter')
    const dict = Object.fromEntries(
      floats.flatMap(({ name, aliases, shape }) => [name, ...aliases].map((one) => [one, empty(shape)])),
    )
    const weight = floats.find(({ isUnused, aliases }) => !isUnused && aliases.length === 0)
    const load = (other: Readonly<Record<string, Tensor>>) => () => fromStateDict(network, other, 'model.pt')
    expect(sentence(load(dict), 'model')).toBeNull()
    expect(refused(load({ ...dict, 'head.nonsense': empty([1]) }), 'model')).toMatch(
      /^model\.pt: weight "head\.nonsense" has no place in this /,
    )
    if (!weight) return
    const { [weight.name]: gone, ...rest } = dict
    expect(refused(load(rest), 'model')).toMatch(/^model\.pt: weight ".*" \[.*\] is missing; /)
    expect(refused(load({ ...dict, [weight.name]: empty([...gone.shape, 2]) }), 'model')).toMatch(
      /^model\.pt: weight ".*" has shape \[.*\]; this network takes \[.*\]$/,
    )
  })
})

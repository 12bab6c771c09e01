import { describe, expect, test } from 'vitest'
import { VolvoxError } from '../core/errors.ts'
import type { Component } from '../core/registry.ts'
import { input } from '../graph/ir.ts'
import { registry } from '../registry.ts'
import type { Network, Output } from './network.ts'
import { forwardPass } from './pass.ts'
import { typicalNetworks } from './typical.ts'

type Shape = readonly number[]

/** Networks whose first input is no `[N, C, ...spatial]`. */
const otherInputs = new Set(['DecoderOnlyTransformer', 'MILModel', 'Transchex'])
/** Networks that take images of any number of coils. */
const anyChannels = new Set([...otherInputs, 'CoilSensitivityModel', 'VariationalNetworkModel'])
/** As many maps as there are resolutions. */
const anyInputs = new Set(['TopologyInstance', 'TopologySearch'])

const cases = Object.entries(typicalNetworks).map(
  ([
    name,
    {
      options,
      inputs: [first, ...rest],
    },
  ]) => {
    const component = registry().find(name, 'test') as Component & ((options: object) => Network<Output>)
    const network = component(options)
    const forward = (...shapes: readonly Shape[]) =>
      network.forward(forwardPass(), ...shapes.map((shape, i) => input(`x${i}`, { dtype: 'float32', shape })))
    return { name, network, component, options, first, rest, forward }
  },
)

/** The sentence of an error of ours that says whose input it is, and no value that is none. */
function refusal(attempt: () => unknown): string {
  try {
    attempt()
  } catch (error) {
    if (!(error instanceof VolvoxError)) throw error
    return error.message
  }
  return 'nothing was refused'
}

describe.each(cases)('$name', ({ network, component, options, first, rest, forward }) => {
  // An operation inside, e.g. `conv (ResNetBlock.conv1): ...`, says it where a part of a network has no rule of its own.
  const own = new RegExp(`^(\\w+ \\()?${network.name}\\b(?!.*(NaN|undefined))`)

  test.skipIf(anyChannels.has(network.name))('another number of channels is refused', () =>
    expect(refusal(() => forward([first[0], first[1] + 1, ...first.slice(2)], ...rest))).toMatch(own),
  )

  test.skipIf(otherInputs.has(network.name))('other axes are refused', () => {
    expect(refusal(() => forward([...first, 8], ...rest))).toMatch(own)
    expect(refusal(() => forward(first.slice(0, -1), ...rest))).toMatch(own)
  })

  test.skipIf(rest.length === 0 || anyInputs.has(network.name))('a missing input is refused', () =>
    expect(refusal(() => forward(first))).toMatch(own),
  )

  test('a misspelt option is refused', () =>
    expect(refusal(() => component({ ...options, inChannelz: 1 }))).toMatch(/inChannelz: no such option; /))
})

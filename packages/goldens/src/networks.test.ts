import { expect, test } from 'vitest'
import { floats, graph, registry } from 'volvox'
import { networks } from './areas/networks.ts'
import type { Golden } from './golden.ts'

test('networks may be arguments of networks that are arguments themselves', async () => {
  const triple = {
    $new: 'Convolution',
    args: { spatial_dims: 1, in_channels: 1, out_channels: 1, kernel_size: 1, conv_only: true },
  }
  const inner = { $new: 'SkipConnection', args: { submodule: triple, mode: 'add' } }
  const golden: Golden = {
    file: 'here',
    area: 'networks',
    name: 'SkipConnection',
    case: 'nested',
    target: 'SkipConnection',
    args: { submodule: inner, mode: 'mul' },
    call: {},
    seed: null,
    tolerance: 0,
    metadata: {},
    tensors: {
      'in.input': floats([1, 1, 2], [1, 2]),
      'w.submodule.submodule.conv.weight': floats([1, 1, 1], [3]),
      'w.submodule.submodule.conv.bias': floats([1], [1]),
    },
  }
  const world = { registry: registry(), executor: graph.interpreter, sibling: () => new Uint8Array() }
  const results = await networks.run(golden, world)
  expect([...(results['out.eval'] as { data: Float64Array }).data]).toEqual([5, 18]) // x (x + 3 x + 1)
})

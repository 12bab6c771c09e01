import { expect, test } from 'vitest'
import { floats, type Tensor } from '../core/tensor.ts'
import { TorchGenerator } from '../rng/index.ts'
import { copyModelState } from './copyModelState.ts'
import { BasicUNet } from './nets/index.ts'
import { toStateDict } from './weights.ts'

const small = { spatialDims: 2, features: [2, 2, 2, 2, 2, 2], norm: ['batch', {}] } as const
const four = BasicUNet({ ...small, outChannels: 4 })
const two = BasicUNet({ ...small, outChannels: 2 })
const states = four.init(new TorchGenerator(0))
const source = toStateDict(two, two.init(new TorchGenerator(1)))

test('what matches is taken over, the rest keeps its values and is told', () => {
  const { states: next, matched, missing, unexpected, mismatched } = copyModelState(four, states, source)
  expect(mismatched).toEqual([
    { name: 'final_conv.weight', given: [2, 2, 1, 1], wanted: [4, 2, 1, 1] },
    { name: 'final_conv.bias', given: [2], wanted: [4] },
  ])
  expect([matched.length, missing, unexpected]).toEqual([four.weights.length - 2, [], []])
  expect(next['final_conv.weight']).toBe(states['final_conv.weight'])
  expect(next['conv_0.conv_0.conv.weight']).toEqual(source['conv_0.conv_0.conv.weight'])
  expect(next['conv_0.conv_0.adn.N.num_batches_tracked'].dtype).toBe('float32')
})

test('prefixes, a mapping and an expression say what goes where', () => {
  const encoder = under(source, (name) => name.startsWith('conv_0.') && name.slice('conv_0.'.length))
  const prefixed = copyModelState(four, states, encoder, { dstPrefix: 'conv_0.' })
  expect(prefixed.matched).toEqual(four.weights.flatMap(({ name }) => (name.startsWith('conv_0.') ? [name] : [])))
  expect(prefixed.missing).toContain('down_1.convs.conv_0.conv.weight')

  const renamed = under(source, (name) => (name === 'conv_0.conv_0.conv.bias' ? 'stem.bias' : name))
  expect(copyModelState(four, states, renamed)).toMatchObject({
    unexpected: ['stem.bias'],
    missing: ['conv_0.conv_0.conv.bias'],
  })
  const mapped = copyModelState(four, states, renamed, { mapping: { 'stem.bias': 'conv_0.conv_0.conv.bias' } })
  expect(mapped.states['conv_0.conv_0.conv.bias']).toEqual(source['conv_0.conv_0.conv.bias'])

  const both = copyModelState(four, states, source, {
    mapping: { 'conv_0.conv_0.conv.bias': 'conv_0.conv_1.conv.bias' },
  })
  for (const name of ['conv_0.conv_0.conv.bias', 'conv_0.conv_1.conv.bias'])
    expect(both.states[name], name).toEqual(source['conv_0.conv_0.conv.bias'])

  const excluding = copyModelState(four, states, source, { excludeVars: 'conv_0\\.conv_0' })
  expect(excluding.excluded.length).toBe(four.weights.filter(({ name }) => name.includes('conv_0.conv_0')).length)
  expect(excluding.states['conv_0.conv_0.conv.bias']).toBe(states['conv_0.conv_0.conv.bias'])
})

test('what wrappers of PyTorch put before names does not count', () => {
  for (const wrap of ['module.', '_orig_mod.', 'module._orig_mod.', 'net.', '_model.net.'])
    expect(
      copyModelState(
        four,
        states,
        under(source, (name) => wrap + name),
      ).unexpected,
    ).toEqual([])
})

test('taken values are copies', () => {
  const { states: next } = copyModelState(four, states, source)
  expect(next['conv_0.conv_0.conv.bias'].data.buffer).not.toBe(source['conv_0.conv_0.conv.bias'].data.buffer)
})

test('a mapping of what is not there is refused in a sentence', () => {
  const mapping = (from: string, to: string) => () => copyModelState(four, states, source, { mapping: { [from]: to } })
  expect(mapping('final_conv.wieght', 'final_conv.weight')).toThrow(
    /^copyModelState\.mapping: "final_conv\.wieght" is not in the state dict; did you mean "final_conv\.weight"\?$/,
  )
  expect(mapping('final_conv.weight', 'last.weight')).toThrow(/"last\.weight" is not in the network/)
})

test('weights of other types become float32', () => {
  const bias = { 'final_conv.bias': { dtype: 'float64', shape: [4], data: Float64Array.of(1, 2, 3, 4) } } as const
  expect(copyModelState(four, states, bias).states['final_conv.bias']).toEqual(floats([4], [1, 2, 3, 4]))
})

/** The tensors under other names; those without one are left out. */
function under(
  tensors: Readonly<Record<string, Tensor>>,
  nameOf: (name: string) => string | false,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) => {
      const next = nameOf(name)
      return next === false ? [] : [[next, tensor] as const]
    }),
  )
}

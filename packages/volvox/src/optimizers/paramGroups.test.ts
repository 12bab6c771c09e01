import { expect, test } from 'vitest'
import { generateParamGroups, type Parameters } from './paramGroups.ts'

const net: Parameters = {
  name: 'Net',
  weights: [
    { name: 'model.0.conv.weight', trainable: true },
    { name: 'model.0.conv.bias', trainable: true },
    { name: 'model.0.norm.running_mean', trainable: false },
    { name: 'model.1.conv.weight', trainable: true },
    { name: 'head.weight', trainable: true },
  ],
}

test('groups come in the order of their matches, the others last', () => {
  const layerMatches = ['model.0', (name: string) => name.includes('1.conv')]
  expect(generateParamGroups(net, { layerMatches, lrValues: [0.01, 0.001] })).toEqual([
    { params: ['model.0.conv.weight', 'model.0.conv.bias'], lr: 0.01 },
    { params: ['model.1.conv.weight'], lr: 0.001 },
    { params: ['head.weight'], lr: null },
  ])
  expect(generateParamGroups(net, { layerMatches: [/bias$/g], lrValues: [1], includeOthers: false })).toEqual([
    { params: ['model.0.conv.bias'], lr: 1 },
  ])
})

test('frozen weights are in no group', () => {
  expect(generateParamGroups(net, { layerMatches: ['model'], lrValues: [0.1], freeze: [/model\.0/] })).toEqual([
    { params: ['model.1.conv.weight'], lr: 0.1 },
    { params: ['head.weight'], lr: null },
  ])
})

test('mistakes are told in a sentence', () => {
  const groups = (...layerMatches: (string | RegExp)[]) =>
    generateParamGroups(net, { layerMatches, lrValues: layerMatches.map(() => 1) })
  expect(() => groups('modle.0')).toThrow(
    /^generateParamGroups: "modle\.0" matches no weight of Net; did you mean "model\.0"\?$/,
  )
  expect(() => groups(/xyz/)).toThrow(
    /^generateParamGroups: \/xyz\/ matches no weight of Net; its weights are \[model\.0/,
  )
  expect(() => groups('model', /conv/)).toThrow(
    /weight "model\.0\.conv\.weight" matches "model" and \/conv\/; a weight has one learning rate/,
  )
  expect(() => generateParamGroups(net, { layerMatches: ['model'] })).toThrow(
    /has 0 values for 1 matches; give one for each/,
  )
})

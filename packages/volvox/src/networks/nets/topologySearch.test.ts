// Numbers of MONAI 1.4.0's TopologySearch, whose log_alpha_a[i] is 1.5 sin(3i + 1) and log_alpha_c[i] 1.5 sin(i + 1).
import { expect, test } from 'vitest'
import { tensor, type Tensor } from '../../core/tensor.ts'
import { gradients } from '../../graph/autodiff.ts'
import { evaluate } from '../../graph/interpret/index.ts'
import { input } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { forwardPass } from '../pass.ts'
import { DiNTS } from './dints.ts'
import { TopologyInstance, TopologySearch } from './topology.ts'
import {
  choicesOf,
  decode,
  getProbA,
  getRamCostUsage,
  getTopologyEntropy,
  isArchitectureWeight,
} from './topologySearch.ts'

const flat = TopologySearch({ channelMul: 0.25, numBlocks: 3, numDepths: 3, spatialDims: 2 })
const solid = TopologySearch({ channelMul: 0.5, numBlocks: 4, numDepths: 2, useDownsample: false })

test('probabilities, memory and entropy are as in MONAI, with their gradients', () => {
  const a = wave(flat, 'log_alpha_a', 3)
  const c = wave(flat, 'log_alpha_c', 1)
  const logAlphaA = input('a', a)
  const logAlphaC = input('c', c)
  const { paths, choices } = getProbA(logAlphaA)
  const ram = getRamCostUsage(flat, { logAlphaA, logAlphaC }, [2, 1, 48, 40])
  const full = getRamCostUsage(flat, { logAlphaA, logAlphaC }, [2, 1, 48, 40], true)
  const entropy = getTopologyEntropy(flat, choices)
  const grads = gradients(m.add(ram, entropy), [logAlphaA, logAlphaC])
  const results = evaluate([paths, choices, ram, full, entropy, ...grads], { a, c })
  close(results[0], [0.7817064524, 0.2439199686, 0.7303438187, 0.3075117171, 0.6544725299, 0.3948455751, 0.5576095581])
  close(results[1], [0.0036960607, 0.0019166844, 0.0023998653, 0.0055439235])
  close(results[2], [2.0065739155])
  close(results[3], [3.9438989162])
  close(results[4], [5.5507202148])
  close(results[5], [-0.2051323056, 0.0102800578, -0.0127510689, -0.0075537171, -0.0037042089, -0.2975407541])
  close(results[6], [-0.0342635922, 0.0342635885])
})

test('the architecture that a search ends with is the one that MONAI decodes', () => {
  expect(decode(flat, wave(flat, 'log_alpha_a', 3), wave(flat, 'log_alpha_c', 1))).toEqual({
    nodeA: [[1, 0, 1], [1, 1, 1], [0, 1, 0], [1, 1, 1]], // prettier-ignore
    archCodeA: [[1, 0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 1, 0, 0], [0, 1, 0, 1, 0, 1, 0]], // prettier-ignore
    archCodeC: [[1, 0, 1, 1, 0, 1, 1], [0, 1, 1, 0, 0, 1, 0], [0, 1, 0, 0, 1, 0, 0]], // prettier-ignore
    archCodeAMax: [[1, 0, 1, 0, 1, 0, 1], [0, 0, 1, 0, 1, 0, 1], [0, 1, 0, 1, 0, 1, 0]], // prettier-ignore
  })
  const found = decode(solid, wave(solid, 'log_alpha_a', 3), wave(solid, 'log_alpha_c', 1))
  expect(found.nodeA).toEqual([[1, 0], [1, 1], [1, 1], [0, 1], [1, 1]]) // prettier-ignore
  expect(found.archCodeC).toEqual([[1, 2, 3, 4], [0, 1, 2, 3], [4, 0, 1, 2], [3, 4, 0, 1]]) // prettier-ignore
  const space = TopologyInstance({
    numBlocks: 4,
    numDepths: 2,
    channelMul: 0.125,
    archCode: [found.archCodeA, found.archCodeC],
  })
  const net = DiNTS({ dintsSpace: space, inChannels: 1, numClasses: 2, nodeA: found.nodeA })
  expect(net.forward(forwardPass(), input('x', { dtype: 'float32', shape: [1, 1, 8, 8, 8] })).shape).toEqual([
    1, 2, 8, 8, 8,
  ])
})

test('choices of paths are all but none, counted up', () => {
  expect(choicesOf(2)).toEqual([[0, 1], [1, 0], [1, 1]]) // prettier-ignore
  expect(flat.weights.filter(isArchitectureWeight).map(({ name }) => name)).toEqual(['log_alpha_c', 'log_alpha_a'])
})

test('what does not fit is refused in a sentence', () => {
  const space = TopologyInstance({ numBlocks: 1, numDepths: 2, channelMul: 0.125 })
  expect(() => TopologyInstance({ numBlocks: 1, numDepths: 2, archCode: [[[1, 1, 1]], [[0, 0, 0]]] })).toThrow(
    /^TopologyInstance.archCode\[0\]: is a table of 1 by 3; 1 blocks with 2 depths need 1 by 4$/,
  )
  expect(() => TopologyInstance({ numBlocks: 1, numDepths: 1, archCode: [[[1]], [[5]]] })).toThrow(
    /^TopologyInstance.archCode\[1\]: 5 is no operation; use 0 to 4$/,
  )
  expect(() => DiNTS({ dintsSpace: space, inChannels: 1, numClasses: 2, useDownsample: false })).toThrow(
    /^DiNTS.useDownsample: false is not that of the space; give the same to both$/,
  )
  expect(() => DiNTS({ dintsSpace: space, inChannels: 1, numClasses: 2, nodeA: [[1, 1]] })).toThrow(
    /^DiNTS.nodeA: is a table of 1 by 2; the space needs 2 by 2$/,
  )
  expect(() => decode(flat, wave(solid, 'log_alpha_a', 3), wave(flat, 'log_alpha_c', 1))).toThrow(
    /^decode: log_alpha_a is \[4, 4\]; the space has \[3, 7\], blocks and paths$/,
  )
})

function wave(space: typeof flat, name: string, frequency: number): Tensor<Float32Array> & { dtype: 'float32' } {
  const { shape } = space.weights.find((weight) => weight.name === name)!
  const size = shape.reduce((a, b) => a * b)
  const data = Float32Array.from({ length: size }, (_, i) => 1.5 * Math.sin(frequency * i + 1))
  return tensor('float32', shape, data) as Tensor<Float32Array> & { dtype: 'float32' }
}

function close(got: Tensor, want: readonly number[]): void {
  want.forEach((value, i) =>
    expect(Math.abs(Number(got.data[i]) - value), `[${i}]`).toBeLessThan(2e-6 * (1 + Math.abs(value))),
  )
}

import { expect, test } from 'vitest'
import { writeSafetensors } from '../core/safetensors.ts'
import { floats } from '../core/tensor.ts'
import { readWeights } from './weights.ts'
import { writeTorch, type Writable } from './writeTorch.ts'

const w = { 'a.weight': floats([2], [1, 2]), 'a.bias': floats([1], [3]) }
const found = (value: Writable, key?: string) => readWeights(writeTorch(value), 'x.pt', key)

test.each(['state_dict', 'model', 'net', 'network_state_dict', 'model_state_dict', 'network_weights'])(
  'weights are found under %s',
  (key) => {
    const moments = { state: new Map([[0, { exp_avg: floats([2]) }]]) }
    const { tensors, path } = found({ epoch: 3, optimizer: moments, [key]: w })
    expect([path, tensors]).toEqual([[key], w])
  },
)

test('weights are found bare, deeper, beside None, under one unusual key, and in safetensors', () => {
  expect(found(w).path).toEqual([])
  expect(found({ checkpoint: { model: w }, step: 1 }).path).toEqual(['checkpoint', 'model'])
  expect(found({ ...w, 'a.extra': null }).tensors).toEqual(w)
  expect(found({ best: w }).path).toEqual(['best'])
  expect(readWeights(writeSafetensors(w))).toMatchObject({ container: 'safetensors', tensors: w })
})

test('a key says which of several', () => {
  const several = { teacher: w, student: w, lr: 0.1 }
  expect(() => found(several)).toThrow(/^x\.pt: holds weights under "teacher", "student"; say which by its key/)
  expect(found(several, 'student').path).toEqual(['student'])
  expect(() => found(several, 'studnet')).toThrow(/^x\.pt: has nothing under "studnet"; did you mean "student"\?/)
  expect(() => found(several, 'lr')).toThrow(/^x\.pt: holds no weights under "lr"/)
  expect(() => found({ epoch: 3 })).toThrow(/^x\.pt: holds no weights; give a state dict/)
})

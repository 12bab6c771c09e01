import { describe, expect, test } from 'vitest'
import { floats } from '../core/tensor.ts'
import { evaluate } from '../graph/interpret/index.ts'
import { input } from '../graph/ir.ts'
import { PatchAdversarialLoss } from './adversarial.ts'
import { JukeboxLoss } from './jukebox.ts'

const x = input('x', { dtype: 'float32', shape: [1, 1, 2, 2] })
const y = input('y', { dtype: 'float32', shape: [1, 1, 2, 2] })
const feeds = { x: floats([1, 1, 2, 2], [1, -2, 0.5, 3]), y: floats([1, 1, 2, 2], [0, 1, 2, -1]) }
const valueOf = (value: ReturnType<ReturnType<typeof PatchAdversarialLoss>['forward']>) =>
  evaluate('node' in value ? [value] : value, feeds).map(({ data }) => [...data])

test('several discriminators count alike, and a generator always wants to be real', () => {
  const loss = PatchAdversarialLoss({ noActivationLeastsq: true })
  expect(valueOf(loss.forward([x, y], true, true))).toEqual([[(13.25 / 4 + 6 / 4) / 2]])
  expect(valueOf(loss.forward(x, false, false))).toEqual(valueOf(loss.forward(x, true, false)))
  const each = PatchAdversarialLoss({ noActivationLeastsq: true, reduction: 'none' })
  expect(valueOf(each.forward([x, y], false, true))).toEqual([
    [1, 4, 0.25, 9],
    [0, 1, 4, 1],
  ])
})

test('amplitudes of a padded image', () => {
  const plain = JukeboxLoss({ spatialDims: 2, fftNorm: 'backward', reduction: 'none' })
  // The first frequency is the sum.
  expect(evaluate([plain.forward(x, y)], feeds)[0].data[0]).toBeCloseTo((2.5 - 2) ** 2, 5)
  const padded = JukeboxLoss({ spatialDims: 2, fftSignalSize: [1, 3, 1], fftNorm: 'backward', reduction: 'none' })
  const [{ shape, data }] = evaluate([padded.forward(x, y)], feeds)
  expect(shape).toEqual([1, 1, 3, 1])
  expect(data[0]).toBeCloseTo((1.5 - 2) ** 2, 5)
})

describe('one sentence for', () => {
  test('signal sizes without channels', () =>
    expect(() => JukeboxLoss({ spatialDims: 2, fftSignalSize: [4, 4] })).toThrow(
      /^JukeboxLoss\.fftSignalSize: has 2 values; give 3, channels and 2 spatial sizes/,
    ))
  test('images of other axes', () =>
    expect(() => JukeboxLoss({ spatialDims: 3 }).forward(x, y)).toThrow(
      /^JukeboxLoss: prediction \[1, 1, 2, 2\] does not fit/,
    ))
  test('an unknown criterion', () =>
    expect(() => PatchAdversarialLoss({ criterion: 'wgan' as never })).toThrow(
      /^PatchAdversarialLoss\.criterion: "wgan" does not fit; give one of "bce"/,
    ))
})

import { expect, test } from 'vitest'
import { evaluate } from '../graph/interpret/index.ts'
import { input } from '../graph/ir.ts'
import { HoVerNetLoss } from './hoVerNet.ts'

const map = (name: string, channels: number) => input(name, { dtype: 'float32', shape: [1, channels, 6, 6] })

test('distance maps that are right leave the losses of the classes', () => {
  const values = (channels: number, f: (channel: number, place: number) => number) => ({
    dtype: 'float32' as const,
    shape: [1, channels, 6, 6],
    data: Float32Array.from({ length: channels * 36 }, (_, i) => f(Math.floor(i / 36), i % 36)),
  })
  const isNucleus = (place: number) => (place % 5 === 0 ? 1 : 0)
  const y = values(4, (channel, place) => (channel < 2 ? Math.abs(1 - channel - isNucleus(place)) : place + channel))
  const feeds = { np: values(2, () => 0), hv: values(2, (channel, place) => place + channel + 2), y }
  const loss = (options: Parameters<typeof HoVerNetLoss>[0]) =>
    evaluate([HoVerNetLoss(options).forward([map('np', 2), map('hv', 2)], map('y', 4))], feeds)[0].data[0]
  // Equal logits: cross-entropy log 2; the maps do not count.
  expect(loss({ lambdaNpDice: 0 })).toBeCloseTo(Math.log(2), 6)
  expect(loss({ lambdaNpDice: 0, lambdaNpCe: 0 })).toBeCloseTo(0, 6)
})

test('outputs and targets that do not fit are refused in a sentence', () => {
  expect(() => HoVerNetLoss().forward([map('np', 2), map('hv', 3)], map('y', 5))).toThrow(
    /^HoVerNetLoss: got outputs of 2, 3 channels; give nuclei, distance maps \(2 channels\) and, if any, types$/,
  )
  expect(() => HoVerNetLoss().forward([map('np', 2), map('hv', 2)], map('y', 5))).toThrow(
    /^HoVerNetLoss: the target has 5 channels; outputs of 2, 2 need 4$/,
  )
})

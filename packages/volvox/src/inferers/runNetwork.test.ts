import { expect, test } from 'vitest'
import { floats } from '../core/tensor.ts'
import { interpreter } from '../graph/index.ts'
import { AutoencoderKL } from '../networks/index.ts'
import { TorchGenerator } from '../rng/index.ts'
import type { Floats } from '../schedulers/index.ts'
import { controlNetPredictor, diffusionPredictor, latentCoder, runNetwork, type RunningNetwork } from './runNetwork.ts'

const network = AutoencoderKL({
  spatialDims: 2,
  inChannels: 1,
  outChannels: 1,
  channels: [4, 4],
  latentChannels: 2,
  numResBlocks: 1,
  normNumGroups: 2,
  attentionLevels: [false, false],
  withEncoderNonlocalAttn: false,
  withDecoderNonlocalAttn: false,
})
const states = network.init(new TorchGenerator(0))
const image = floats(
  [1, 1, 8, 8],
  Array.from({ length: 64 }, (_, i) => Math.sin(i)),
)

test('methods of a network, and noise by a generator', async () => {
  const coded = async (seed: number) => {
    const running = runNetwork(interpreter, network, states, new TorchGenerator(seed))
    const latent = await latentCoder(running).encode(image)
    const back = await latentCoder(running).decode(latent)
    const [mean] = await running.call('encode', image)
    await running.dispose()
    return { latent, back, mean }
  }
  const [first, again, other] = [await coded(1), await coded(1), await coded(2)]
  expect(first).toEqual(again)
  expect([first.latent.shape, first.back.shape]).toEqual([
    [1, 2, 4, 4],
    [1, 1, 8, 8],
  ])
  expect(other.mean).toEqual(first.mean)
  expect(other.latent).not.toEqual(first.latent)
})

test('noise without a generator is refused', () =>
  expect(runNetwork(interpreter, network, states).call('encodeStage2Inputs', image)).rejects.toThrow(
    /^runNetwork\(AutoencoderKL\): the network draws noise; give a TorchGenerator/,
  ))

test('what else there is comes in the order that networks take it in', async () => {
  const calls: [string, ...number[]][] = []
  const running = {
    network,
    dispose: async () => {},
    call: async (method: string, ...inputs: Floats[]) => {
      calls.push([method, ...inputs.map(({ data }) => data[0])])
      return inputs
    },
  } satisfies RunningNetwork
  const one = (value: number) => floats([1, 1, 1], [value])
  const two = floats([2, 1, 1], [1, 1])
  await diffusionPredictor(running)(one(1), [2], null)
  await diffusionPredictor(running, one(3))(two, [2, 2], one(4), [one(5), one(6)])
  await controlNetPredictor(running)(one(1), [2], one(3), one(4))
  await latentCoder(running, one(3)).decode(one(1))
  expect(calls).toEqual([
    ['forward', 1, 2],
    ['forward', 1, 2, 3, 4, 5, 6],
    ['forward', 1, 2, 3, 4],
    ['decodeStage2Outputs', 1, 3],
  ])
})

import { createOnednn } from '@volvox/onednn'
import { createOrt } from '@volvox/ort'
import { AdamW, DiceCELoss, DynUNet, RandomState, TorchGenerator, trainingProgram, UNet, type Network } from 'volvox'
import { sizeOf, type Tensor } from 'volvox/core'
import type { Executor } from 'volvox/graph'
import { expect, test } from 'vitest'

const shape = [2, 1, 16, 16, 16]
const steps = 50

/** Balls of random place and size on noise: something that can be learnt in 50 steps. */
function batch(rng: RandomState): { input: Tensor; target: Tensor } {
  const input = Float32Array.from(rng.normal(0, 0.5, sizeOf(shape)))
  const target = new Float32Array(input.length)
  for (let n = 0; n < shape[0]; n++) {
    const centre = [0, 1, 2].map(() => rng.uniform(5, 11))
    const radius = rng.uniform(2, 5)
    for (let i = 0; i < 4096; i++) {
      const distance = Math.hypot((i >> 8) - centre[0], ((i >> 4) & 15) - centre[1], (i & 15) - centre[2])
      if (distance < radius) target[n * 4096 + i] = distance < radius / 2 ? 2 : 1
    }
  }
  for (let i = 0; i < input.length; i++) input[i] += target[i]
  return { input: { dtype: 'float32', shape, data: input }, target: { dtype: 'float32', shape, data: target } }
}

async function lossCurve(executor: Executor, network: Network): Promise<number[]> {
  const { program, initial, feeds } = trainingProgram({
    network,
    loss: DiceCELoss({ toOnehotY: true, softmax: true, includeBackground: false }),
    optimizer: AdamW({ lr: 3e-3 }),
    input: shape,
    target: shape,
    clip: { norm: 12 },
    ema: { decay: 0.9 },
  })
  const weights = new TorchGenerator(3)
  const session = await executor.open([program], initial(weights), { threads: 2 })
  const data = new RandomState(7)
  const losses: number[] = []
  for (let step = 1; step <= steps; step++) {
    const { loss } = await session.run(program.name, { ...batch(data), ...feeds(step, 3e-3, weights) })
    losses.push(Number(loss.data[0]))
  }
  await session.dispose()
  return losses
}

const networks: Readonly<Record<string, () => Network>> = {
  UNet: () =>
    UNet({
      spatialDims: 3,
      inChannels: 1,
      outChannels: 3,
      channels: [8, 16, 32],
      strides: [2, 2],
      numResUnits: 2,
      norm: 'batch',
    }),
  DynUNet: () =>
    DynUNet({
      spatialDims: 3,
      inChannels: 1,
      outChannels: 3,
      kernelSize: [3, 3, 3],
      strides: [1, 2, 2],
      upsampleKernelSize: [2, 2],
      filters: [8, 16, 32],
    }),
}

const available = await createOnednn()
  .open([], {})
  .then(async (session) => (await session.dispose(), true))
  .catch(() => false)

for (const [name, build] of Object.entries(networks))
  test.skipIf(!available)(
    `${name}: oneDNN and ONNX Runtime train along the same loss curve for ${steps} steps`,
    async () => {
      const [a, b] = [await lossCurve(createOnednn(), build()), await lossCurve(createOrt(), build())]
      expect(a[steps - 1]).toBeLessThan(0.6 * a[0])
      // Rounding differs from the first step on and grows along the way, as it does between two builds of one library.
      a.forEach((loss, i) => expect(Math.abs(loss - b[i])).toBeLessThan(i < 10 ? 1e-3 : 2e-2))
    },
  )

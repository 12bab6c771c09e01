import { createOnednn } from '@volvox/onednn'
import { createOrt } from '@volvox/ort'
import { DenseNet, floats, GradCAM, graph, GuidedBackpropGrad, TorchGenerator, visualModel } from 'volvox'
import { expect, test } from 'vitest'

const network = DenseNet({
  spatialDims: 2,
  inChannels: 1,
  outChannels: 3,
  initFeatures: 4,
  growthRate: 4,
  blockConfig: [2, 2],
})
const weights = network.init(new TorchGenerator(2))
const image = floats([1, 1, 24, 24], new TorchGenerator(3).randn(24 * 24))

async function maps(executor: graph.Executor): Promise<readonly Float32Array[]> {
  const model = visualModel({ executor, network, weights, threads: 1 })
  const cam = await GradCAM({ nnModule: model, targetLayers: 'features.denseblock2' })(image, { classIdx: 1 })
  const guided = await GuidedBackpropGrad({ model })(image)
  await model.dispose()
  return [cam.data, guided.data]
}

test('both executors explain a network as the interpreter does', async () => {
  const want = await maps(graph.interpreter)
  for (const executor of [createOnednn(), createOrt()]) {
    const got = await maps(executor)
    got.forEach((map, n) => {
      const scale = Math.max(...want[n].map(Math.abs))
      map.forEach((x, i) => expect(Math.abs(x - want[n][i])).toBeLessThanOrEqual(1e-4 * scale))
    })
  }
})

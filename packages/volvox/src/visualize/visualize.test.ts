import { expect, test } from 'vitest'
import { floats, sizeOf, type FloatTensor } from '../core/tensor.ts'
import { memoryFiles } from '../formats/memoryFiles.ts'
import { interpreter } from '../graph/interpret/index.ts'
import { mean, reshape } from '../graph/math.ts'
import { actLayer } from '../networks/blocks/act.ts'
import { linear } from '../networks/blocks/linear.ts'
import { conv } from '../networks/blocks/conv.ts'
import { pure, sequential } from '../networks/layer.ts'
import { network } from '../networks/network.ts'
import { TorchGenerator } from '../rng/index.ts'
import { CAM, GradCAM, GradCAMpp } from './activationMaps.ts'
import { GuidedBackpropGrad, SmoothGrad, VanillaGrad } from './gradientMaps.ts'
import { visualModel } from './model.ts'
import { OcclusionSensitivity } from './occlusion.ts'
import { blendImages, matshow3d } from './pictures.ts'
import { SaliencyInferer } from './saliency.ts'
import { defaultNormalizer, defaultUpsampler } from './upsample.ts'

/** Two convolutions and a linear layer on means, with PyTorch's usual names. */
const Small = network({
  name: 'Small',
  options: {},
  build: () =>
    sequential({
      features: sequential({
        conv0: conv(2, 1, 4, { kernelSize: 3, padding: 1 }),
        relu0: actLayer('relu'),
        conv1: conv(2, 4, 4, { kernelSize: 3, padding: 1, strides: 2 }),
      }),
      class_layers: sequential({
        relu: actLayer('relu'),
        pool: pure((x) => reshape(mean(x, [2, 3]), [x.shape[0], 4])),
        out: linear(4, 3),
      }),
    }),
})

const small = Small({})
const model = visualModel({ executor: interpreter, network: small, weights: small.init(new TorchGenerator(1)) })
const noise = (shape: readonly number[], seed: number) => floats(shape, new TorchGenerator(seed).randn(sizeOf(shape)))
const image = noise([1, 1, 6, 8], 5)
const relu = { nnModule: model, targetLayers: 'class_layers.relu' }

function close(got: FloatTensor, want: FloatTensor, by = 1e-5): void {
  expect(got.shape).toEqual(want.shape)
  got.data.forEach((x, i) => expect(Math.abs(x - want.data[i])).toBeLessThanOrEqual(by))
}

test('behind the last layer but pooling, Grad-CAM and CAM see the same, up to scale and bias', async () => {
  const grad = await GradCAM({ ...relu, postprocessing: (map) => map })(image, { classIdx: 1 })
  expect(grad.shape).toEqual([1, 1, 6, 8])
  const cam = await CAM({ ...relu, fcLayers: 'class_layers.out' }).computeMap(image, { classIdx: 1 })
  const bias = Number(model.weights['class_layers.out.bias'].data[1])
  const voxels = cam.data.length
  const scaled = { ...cam, data: cam.data.map((x) => Math.max(0, (x - bias) / voxels)) }
  close(grad, defaultUpsampler([6, 8])(scaled))
})

test('maps are brought to the size of the image and to 0 for what matters most', async () => {
  for (const kind of [GradCAM, GradCAMpp]) {
    const cam = kind({ nnModule: model, targetLayers: ['features.relu0', 'features'] })
    expect(await cam.featureMapSize([1, 1, 6, 8])).toEqual([1, 1, 3, 4])
    expect(await cam.featureMapSize([1, 1, 6, 8], { layerIdx: 0 })).toEqual([1, 1, 6, 8])
    const map = await cam(image, { classIdx: [2] })
    expect(map.shape).toEqual(image.shape)
    expect(Math.max(...map.data)).toBe(1)
  }
  expect([...defaultNormalizer(floats([2, 1, 2], [1, 3, 4, 4])).data]).toEqual([1, 0, 4, 4])
  const inferred = await SaliencyInferer({ camName: 'GradCAM', targetLayers: 'features', classIdx: 2 })(image, model)
  expect(inferred).toEqual(await GradCAM({ nnModule: model, targetLayers: 'features' })(image, { classIdx: 2 }))
})

test('the gradient is the slope of the score, and guided backpropagation passes only what is positive', async () => {
  const gradient = await VanillaGrad({ model })(image, 2)
  const score = async (x: FloatTensor) => (await model.explain(x, { classIdx: 2 })).scores[0]
  const step = 1e-2
  for (const voxel of [0, 13, 30]) {
    const moved = (by: number) => ({ ...image, data: image.data.map((x, i) => (i === voxel ? x + by : x)) })
    const slope = ((await score(moved(step))) - (await score(moved(-step)))) / (2 * step)
    expect(Math.abs(gradient.data[voxel] - slope)).toBeLessThan(2e-3)
  }
  expect(await GuidedBackpropGrad({ model })(image, 2)).not.toEqual(gradient)
  const still = await SmoothGrad({ model, nSamples: 2, stdevSpread: 0, magnitude: false })(image, 2)
  close(still, gradient, 1e-7)
})

test('hiding what a network looks at changes its scores', async () => {
  const corner = (batch: FloatTensor) =>
    floats(
      [batch.shape[0], 2],
      Float32Array.from({ length: 2 * batch.shape[0] }, (_, i) => (i % 2) * batch.data[(i >> 1) * 48]),
    )
  const bright = floats([1, 1, 6, 8], new Float32Array(48).fill(3))
  const options = { nnModule: corner, maskSize: 2, overlap: 0, activate: false }
  const { map, mostProbableClass } = await OcclusionSensitivity({ ...options, mode: 0 })(bright)
  expect(map.shape).toEqual([1, 2, 6, 8])
  expect([...map.data.subarray(48, 52)]).toEqual([0, 0, 3, 3])
  expect([...mostProbableClass.data.subarray(0, 4)]).toEqual([0, 0, 1, 1])
  const part = await OcclusionSensitivity({ ...options, mode: 'mean_img' })(bright, [0, 2, -1, -1])
  expect(part.map.shape).toEqual([1, 2, 2, 8])
  await expect(OcclusionSensitivity({ ...options, maskSize: 7 })(bright)).rejects.toThrow(
    'OcclusionSensitivity.maskSize: [7, 7] is larger than the image [6, 8]',
  )
})

test('labels are coloured over images, and slices stand side by side', () => {
  const label = floats([1, 1, 3], [0, 1, 2])
  const blended = blendImages(floats([1, 1, 3], [0, 5, 10]), label, { alpha: 1 })
  expect(blended.shape).toEqual([3, 1, 3])
  expect([0, 3, 6].map((c) => blended.data[c])).toEqual([0, 0, 0]) // background: the image
  expect([2, 5, 8].map((c) => blended.data[c])).toEqual([1, 0, 0.09375]) // the last colour of hsv
  expect(() => blendImages(label, label, { cmap: 'hvs' })).toThrow(
    'blendImages.cmap: "hvs" is unknown; did you mean "hsv"?',
  )
  expect(() => blendImages(floats([2, 1, 3]), label)).toThrow('the image has 2 channels; give 1 (gray) or 3 (RGB)')
  const volume = floats([3, 1, 2], [0, 1, 2, 3, 4, 5])
  const { image: slices, png } = matshow3d(volume, { margin: 0, fillValue: 9 })
  expect(slices).toEqual(floats([2, 4], [0, 1, 2, 3, 4, 5, 9, 9]))
  expect([...png(memoryFiles()).subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47])
  expect(matshow3d(volume, { margin: 0, frameDim: -1 }).image).toEqual(floats([3, 2], [0, 1, 2, 3, 4, 5]))
})

test('what does not fit is refused in one sentence', async () => {
  const map = (targetLayers: string) => GradCAM({ nnModule: model, targetLayers })(image)
  await expect(map('class_layers.rel')).rejects.toThrow(
    'targetLayers: "class_layers.rel" is no layer of this Small; did you mean "class_layers.relu"?',
  )
  await expect(map('decoder')).rejects.toThrow('it has features, class_layers and what is in them')
  await expect(GradCAM(relu)(image, { classIdx: 3 })).rejects.toThrow(
    'classIdx: 3 is no class of the network; give 0 to 2',
  )
  await expect(GradCAM(relu)(image, { layerIdx: 1 })).rejects.toThrow(
    'GradCAM.layerIdx: 1 is not one of the 1 target layers',
  )
  await expect(CAM(relu)(image)).rejects.toThrow(
    'CAM.fcLayers: "fc" is no linear layer of this Small; name its last one',
  )
  await expect(VanillaGrad({ model })(noise([2, 1, 6, 8], 1))).rejects.toThrow(
    'VanillaGrad: was given 2 images; it takes one',
  )
  await expect(SaliencyInferer({ camName: 'CAM', targetLayers: 'x' })(image, (x) => x)).rejects.toThrow(
    'SaliencyInferer: runs a visualModel, whose layers can be looked at; give one',
  )
  expect(() => SaliencyInferer({ camName: 'ScoreCAM', targetLayers: 'x' })).toThrow(
    'SaliencyInferer.camName: "ScoreCAM" does not fit; give "CAM", "GradCAM" or "GradCAMpp"',
  )
})

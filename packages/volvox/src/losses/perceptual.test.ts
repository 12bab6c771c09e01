import { describe, expect, test } from 'vitest'
import { floats, sizeOf, type Tensor } from '../core/tensor.ts'
import { gradients, input, interpreter, program } from '../graph/index.ts'
import { fillRandomInputs } from '../networks/random.ts'
import { PerceptualDistance } from '../networks/perceptual/perceptualDistance.ts'
import { TorchGenerator } from '../rng/index.ts'
import type { Loss } from './loss.ts'
import { PerceptualLoss } from './perceptual.ts'

const network = PerceptualDistance({ networkType: 'squeeze' })
/** Weights by a formula, under the names of torchvision's and LPIPS' files. */
const weights: Record<string, Tensor> = Object.fromEntries(
  network.weights.map(({ name, shape }) => {
    const size = sizeOf(shape)
    const scale = Math.sqrt(2 / (shape.length > 1 ? size / shape[0] : size))
    const isLinear = name.startsWith('lins.')
    const value = (i: number) => Math.sin((i + 1) * 1.7) * scale
    const data = Float32Array.from({ length: size }, (_, i) => (isLinear ? Math.abs(value(i)) : value(i)))
    return [name.replace(/^net\.slice\d+\./, 'features.').replace(/^lins\./, 'lin'), { dtype: 'float32', shape, data }]
  }),
)
const waves = (shape: readonly number[], wave: (x: number) => number, step: number) =>
  floats(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => wave(i * step)),
  )

/** The value of a loss and its gradient with respect to the first image, of waves of a shape. */
async function judged(loss: Loss, shape: readonly number[]) {
  const [a, b] = [input('a', { dtype: 'float32', shape }), input('b', { dtype: 'float32', shape })]
  const value = loss.forward(a, b)
  const whole = program('judge', { value, grad: gradients(value, [a])[0] })
  const session = await interpreter.open([whole], {})
  const drawn = fillRandomInputs(whole, new TorchGenerator(0))
  return session.run('judge', { a: waves(shape, Math.sin, 0.37), b: waves(shape, Math.cos, 0.11), ...drawn })
}

test('distances of squeeze and their gradient, as MONAI recorded them', async () => {
  const loss = PerceptualLoss({ spatialDims: 2, networkType: 'squeeze', weights })
  const { value, grad } = await judged(loss, [2, 1, 20, 21])
  expect(value.data[0]).toBeCloseTo(0.1027711, 6)
  expect([...grad.data].slice(0, 3)).toEqual(
    [-3.677248e-4, -1.904972e-3, 9.189453e-5].map((x): unknown => expect.closeTo(x, 8)),
  )
})

test('volumes slice by slice, drawn as torch draws them', async () => {
  const loss = PerceptualLoss({ spatialDims: 3, networkType: 'squeeze', fake3DRatio: 0.3, weights })
  const { value } = await judged(loss, [1, 1, 20, 18, 19])
  expect(value.data[0]).toBeCloseTo(0.3110392, 5)
})

test.each([
  ['alex', 'net.slice2.3.weight', [192, 64, 5, 5]],
  ['vgg', 'net.slice5.28.bias', [512]],
  ['squeeze', 'net.slice7.12.expand3x3.weight', [256, 64, 3, 3]],
  ['resnet50', 'layer3.5.conv2.weight', [256, 256, 3, 3]],
  ['radimagenet_resnet50', 'layer1.0.downsample.0.bias', [256]],
  ['medicalnet_resnet10_23datasets', 'layer4.0.conv1.weight', [512, 256, 3, 3, 3]],
  ['medicalnet_resnet50_23datasets', 'layer4.0.conv1.weight', [512, 1024, 1, 1, 1]],
] as const)('the names of the weights of %s', (networkType, name, shape) => {
  expect(PerceptualDistance({ networkType }).weights.find((weight) => weight.name === name)?.shape).toEqual(shape)
})

describe('one sentence for', () => {
  const [x, flat] = [
    [1, 1, 8, 8, 8],
    [1, 2, 40, 40],
  ].map((shape) => input('x', { dtype: 'float32', shape }))
  test.each<[string, () => unknown, RegExp]>([
    [
      'weights that are not there',
      () => PerceptualLoss({ spatialDims: 3 }).forward(x, x),
      /^PerceptualLoss\.pretrainedPath: is null, and nothing is downloaded; give torchvision's file of "alex" and LPIPS' own, or set pretrained to false/,
    ],
    [
      'weights of another network',
      () => PerceptualLoss({ spatialDims: 3, networkType: 'vgg', weights }).forward(x, x),
      /^PerceptualLoss\.pretrainedPath: 26 weights of "vgg" are missing or of another shape, such as /,
    ],
    [
      'volumes for a network of slices',
      () => PerceptualLoss({ spatialDims: 3, networkType: 'squeeze', isFake3D: false }),
      /^PerceptualLoss\.isFake3D: is false, but "squeeze" compares slices/,
    ],
    [
      'slices for a network of volumes',
      () => PerceptualLoss({ spatialDims: 3, networkType: 'medicalnet_resnet10_23datasets' }),
      /^PerceptualLoss\.networkType: .* compares volumes; set spatialDims to 3 and isFake3D to false/,
    ],
    [
      'channels of their own',
      () => PerceptualLoss({ spatialDims: 2, channelWise: true }),
      /^PerceptualLoss\.channelWise: is only of MedicalNet's networks; with "alex" leave it out/,
    ],
    [
      'two channels',
      () => PerceptualLoss({ spatialDims: 2, networkType: 'squeeze', weights }).forward(flat, flat),
      /^PerceptualDistance: images have shape \[1, 2, 40, 40\]; this network takes 1 or 3 channels/,
    ],
    [
      'images of two shapes',
      () => PerceptualLoss({ spatialDims: 2 }).forward(flat, x),
      /^PerceptualLoss: got \[1, 2, 40, 40\] and \[1, 1, 8, 8, 8\]; give two images/,
    ],
    [
      'a share of nothing',
      () => PerceptualLoss({ spatialDims: 3, networkType: 'squeeze', fake3DRatio: 0.1, weights }).forward(x, x),
      /^PerceptualLoss\.fake3DRatio: 0\.1 of 8 slices are none; give 0\.125 or more/,
    ],
  ])('%s', (_, act, message) => expect(act).toThrow(message))
})

// Networks that make images of what an MR scanner measured.
import { describe, expect, test } from 'vitest'
import { floats, sizeOf, type FloatTensor } from '../core/tensor.ts'
import { evaluate } from '../graph/interpret/index.ts'
import { input } from '../graph/ir.ts'
import { registry } from '../registry.ts'
import { TorchGenerator } from '../rng/index.ts'
import { Flatten } from './blocks/simple.ts'
import { VarNetBlock } from './blocks/varnetBlock.ts'
import { network, outputsOf, type Network } from './network.ts'
import { identity } from './layer.ts'
import { BasicUNet } from './nets/basicUnet.ts'
import { CoilSensitivityModel } from './nets/coilSensitivityModel.ts'
import { ComplexUnet } from './nets/complexUnet.ts'
import { VariationalNetworkModel } from './nets/varnet.ts'
import { forwardPass } from './pass.ts'

const features = [2, 2, 2, 2, 2, 2]
const same = network({ name: 'Same', options: {}, build: () => identity })({})
const complex = ComplexUnet({ features })
const coils = CoilSensitivityModel({ features })

const wavy = (...shape: number[]) =>
  floats(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i) + 0.3),
  )

function run(net: Network, ...given: FloatTensor[]): { shape: readonly number[]; data: readonly number[] } {
  const inputs = given.map((x, i) => input(`x${i}`, x))
  const [y] = outputsOf(net.forward(forwardPass(), ...inputs))
  const feeds = Object.fromEntries(given.map((x, i) => [`x${i}`, x]))
  return { shape: y.shape, data: [...evaluate([y], { ...feeds, ...net.init(new TorchGenerator(0)) })[0].data] }
}

test('names are those of MONAI', () => {
  const net = VariationalNetworkModel({ coilSensitivityModel: coils, refinementModel: complex, numCascades: 2 })
  const names = net.weights.map(({ name }) => name)
  expect(names[0]).toBe('coil_sensitivity_model.conv_net.unet.conv_0.conv_0.conv.weight')
  expect(names.filter((name) => /zeros|dc_weight/.test(name))).toEqual([
    'cascades.0.dc_weight',
    'cascades.0.zeros',
    'cascades.1.dc_weight',
    'cascades.1.zeros',
  ])
  expect(names[names.length - 1]).toBe('cascades.1.model.unet.final_conv.bias')
  const path = 'monai.apps.reconstruction.networks.nets.varnet.VariationalNetworkModel'
  expect(registry().find(path, 'here')).toBe(VariationalNetworkModel)
  expect(registry().find('monai.apps.reconstruction.networks.blocks.varnetblock.VarNetBlock', '')).toBe(VarNetBlock)
})

test('every step starts like the first one, with weights of its own', () => {
  const net = VariationalNetworkModel({ coilSensitivityModel: coils, refinementModel: complex, numCascades: 2 })
  const start = net.init(new TorchGenerator(4))
  const [first, second] = [0, 1].map((i) => start[`cascades.${i}.model.unet.down_1.convs.conv_0.conv.weight`])
  expect(second.data).toEqual(first.data)
  expect(second.data).not.toBe(first.data)
  const inputs = [wavy(1, 2, 32, 32, 2), floats([1, 1, 1, 32, 1], new Array(32).fill(1))]
  const pass = forwardPass()
  net.forward(pass, ...inputs.map((x, i) => input(`x${i}`, x)))
  expect(pass.states.has('cascades.1.model.unet.final_conv.bias')).toBe(true)
})

describe('coil sensitivities', () => {
  const of = (measured: readonly number[]) => {
    const lines = Array.from({ length: 8 }, (_, i) => Number(measured.includes(i)))
    const net = CoilSensitivityModel({ convNet: twoChannels })
    const kspace = floats([1, 1, 1, 8, 2], lines.flatMap((on) => [on, 0])) // prettier-ignore
    return run(net, kspace, floats([1, 1, 1, 8, 1], lines)).data.map((v) => Math.round(v * 1e4) / 1e4 + 0)
  }
  // Does nothing, with a weight that says so.
  const twoChannels = network({
    name: 'Two',
    options: {},
    build: () => ({
      ...identity,
      weights: { w: { shape: [1, 2], init: { kind: 'constant', value: 0 }, role: 'scale' } },
    }),
  })({})

  test('come from the middle lines alone', () => {
    expect(of([3, 4, 5])).toEqual(of([0, 3, 4, 5, 7]))
    expect(of([4])).toEqual(of([1, 2, 4, 6]))
    expect(of([3, 4, 5])).not.toEqual(of([4]))
  })

  test('have squares that add up to 1', () => {
    const { data } = run(coils, wavy(1, 2, 32, 32, 2), floats([1, 1, 1, 32, 1], new Array(32).fill(1)))
    const total = data.reduce((sum, v) => sum + v * v, 0)
    expect(total).toBeCloseTo(2 * 32 * 32, 2) // real and imaginary part of each voxel
  })
})

test('a complex U-Net pads what does not fit, and gives the size of its input', () => {
  expect(run(complex, wavy(2, 1, 17, 20, 2)).shape).toEqual([2, 1, 17, 20, 2])
})

test('a step that refines nothing keeps what was measured', () => {
  const kspace = wavy(1, 1, 2, 4, 2)
  const zeros = floats([1, 1, 2, 4, 2])
  const mask = floats([1, 1, 1, 4, 1], [0, 1, 1, 0])
  expect(run(VarNetBlock({ refinementModel: same }), kspace, kspace, mask, zeros).data).toEqual([...kspace.data])
})

describe('what does not fit is refused in a sentence', () => {
  const of = (net: Network, ...shapes: number[][]) =>
    net.forward(forwardPass(), ...shapes.map((shape, i) => input(`x${i}`, { dtype: 'float32', shape })))
  // prettier-ignore
  const refusals: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['a real image', () => of(complex, [1, 1, 16, 16]), /^ComplexUnet: got shape \[1, 1, 16, 16\]; give \[N, C, ...spatial, 2\] with 2 spatial axes, real and imaginary part last$/],
    ['coils as channels', () => of(complex, [1, 3, 16, 16, 2]), /^ComplexUnet: got shape \[1, 3, 16, 16, 2\]; axis 1 must be 1, put coils into the batch axis$/],
    ['a network of one channel', () => ComplexUnet({ convNet: BasicUNet({ spatialDims: 2 }) }), /^ComplexUnet.convNet: takes 1 channels; give a network of 2, real and imaginary part$/],
    ['a network without weights', () => CoilSensitivityModel({ convNet: Flatten({}) }), /^CoilSensitivityModel.convNet: takes no channels; give a network of 2/],
    ['widths that are not six', () => ComplexUnet({ features: [2] }), /^ComplexUnet.*features: has 1 values; give 6$/],
    ['a mask of other lines', () => of(coils, [1, 2, 16, 16, 2], [1, 1, 1, 8, 1]), /^CoilSensitivityModel: the mask has shape \[1, 1, 1, 8, 1\]; give \[1, 1, ..., 16, 1\], one value for each line of k-space$/],
    ['a volume for a network of pictures', () => of(VariationalNetworkModel({ coilSensitivityModel: coils, refinementModel: complex }), [1, 2, 4, 16, 16, 2], [1, 1, 1, 1, 16, 1]), /^VariationalNetworkModel: got shape \[1, 2, 4, 16, 16, 2\]; give/],
    ['no mask', () => of(coils, [1, 2, 16, 16, 2]), /^CoilSensitivityModel: got 1 of its inputs; give masked_kspace \(the measured k-space\), mask \(the mask of what was measured\)$/],
    ['one axis', () => ComplexUnet({ spatialDims: 1 }), /^ComplexUnet.spatialDims: 1 does not fit; give 2 or 3$/],
  ]
  for (const [title, attempt, sentence] of refusals) test(title, () => expect(attempt).toThrow(sentence))
})

import { describe, expect, test } from 'vitest'
import { floats, sizeOf, type Tensor } from '../core/tensor.ts'
import { interpreter } from '../graph/interpret/index.ts'
import { input, nameOf, program } from '../graph/ir.ts'
import { registry } from '../registry.ts'
import { TorchGenerator } from '../rng/index.ts'
import { activations, actLayer } from './blocks/act.ts'
import { conv } from './blocks/conv.ts'
import { normLayer } from './blocks/norm.ts'
import { adn } from './blocks/convolutions.ts'
import { dropoutLayer } from './blocks/dropout.ts'
import { UpTransition } from './blocks/vnetBlock.ts'
import type { Layer } from './layer.ts'
import { network } from './network.ts'
import { DynUNet, SegResNet, UNet, VNet } from './nets/index.ts'
import { forwardPass } from './pass.ts'
import { fillRandomInputs } from './random.ts'
import { fromStateDict, toStateDict } from './weights.ts'

const unet = { spatialDims: 2, inChannels: 1, outChannels: 2, channels: [4, 8], strides: [2] } as const
const dynunet = {
  spatialDims: 2,
  inChannels: 1,
  outChannels: 2,
  kernelSize: [3, 3, 3],
  strides: [1, 2, 2],
  upsampleKernelSize: [2, 2],
} as const

describe('initial weights', () => {
  test("of a convolution are torch's for the same seed", () => {
    const { weight, bias } = of(conv(2, 2, 3, { kernelSize: 3 })).init(new TorchGenerator(3))
    // torch.manual_seed(3); torch.nn.Conv2d(2, 3, 3)
    close(weight.data.slice(0, 3), [-0.2336924, -0.1859364, -0.1009548])
    close(bias.data, [0.1514238, 0.0587687, -0.0845503])
  })

  test('lie within the bounds, and fill them', () => {
    const weights = UNet({ ...unet, channels: [16, 32], norm: 'batch' })
    const values = weights.init(new TorchGenerator(0))
    for (const { name, shape, init, role } of weights.weights) {
      const data = values[name].data as Float32Array
      expect(data.length, name).toBe(sizeOf(shape))
      if (init.kind === 'uniform' && role === 'kernel') {
        expect(init.bound).toBeCloseTo(1 / Math.sqrt(sizeOf(shape.slice(1))), 12)
        const most = data.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
        expect(most).toBeLessThanOrEqual(init.bound)
        expect(most).toBeGreaterThan(0.9 * init.bound)
      } else if (init.kind === 'constant') expect(new Set(data), name).toEqual(new Set([init.value]))
    }
    expect(values['model.0.adn.A.weight'].data[0]).toBe(0.25)
    expect(values['model.0.adn.N.running_var'].data[0]).toBe(1)
  })

  test('of a DynUNet are Gaussian, with biases at 0', () => {
    const net = DynUNet({ ...dynunet, filters: [8, 16, 16], transBias: true })
    const values = net.init(new TorchGenerator(0))
    const kernel = values['bottleneck.conv2.conv.weight'].data as Float32Array
    const deviation = Math.sqrt(kernel.reduce((sum, x) => sum + x * x, 0) / kernel.length)
    expect(deviation / Math.sqrt(2 / 1.0001 / (16 * 9))).toBeCloseTo(1, 1)
    expect([...values['upsamples.0.transp_conv.conv.bias'].data]).toEqual(new Array(16).fill(0))
    expect(values['input_block.norm1.weight'].data[0]).toBe(1)
  })

  test('of a pixel shuffle are alike within a neighbourhood', () => {
    const net = SegResNet({ spatialDims: 2, blocksDown: [1, 1], blocksUp: [1], upsampleMode: 'pixelshuffle' })
    const { data, shape } = net.init(new TorchGenerator(0))['up_samples.0.1.pixelshuffle.conv_block.weight']
    expect(shape).toEqual([32, 8, 3, 3])
    const channel = (i: number) => data.slice(i * 72, (i + 1) * 72)
    expect(channel(3)).toEqual(channel(0))
    expect(channel(4)).not.toEqual(channel(0))
  })

  test('depend on the seed alone', () => {
    const weights = (seed: number) => UNet(unet).init(new TorchGenerator(seed))
    expect(weights(5)).toEqual(weights(5))
    expect(weights(5)).not.toEqual(weights(6))
  })
})

describe('batch norm', () => {
  // torch.nn.BatchNorm1d(2, momentum=0.3) of this input
  const x = floats([2, 2, 3], [1, 2, 4, 0, 0, 3, 5, -1, 1, 2, 2, -1])

  test('normalises with the batch and keeps running statistics', async () => {
    const norm = of(normLayer(['batch', { momentum: 0.3 }], 2))
    const pass = forwardPass({ training: true })
    const train = program('train', { y: norm.forward(pass, input('x', x as never)) }, pass.updates)
    const evaluation = program('eval', { y: norm.forward(forwardPass(), input('x', x as never)) })
    const session = await interpreter.open([train, evaluation], norm.init(new TorchGenerator(0)))
    close((await session.run('train', { x })).y.data.slice(0, 3), [-0.4999994, 0.0, 0.9999987])
    const once = await session.read()
    close(once.running_mean.data, [0.6, 0.3])
    close(once.running_var.data, [2.1400001, 1.4200001])
    await session.run('train', { x })
    const twice = await session.read()
    close(twice.running_mean.data, [1.02, 0.51])
    close(twice.running_var.data, [2.9380002, 1.7140001])
    expect(twice.num_batches_tracked.data[0]).toBe(2)
    close((await session.run('eval', { x })).y.data.slice(0, 3), [-0.0116681, 0.5717412, 1.7385597])
  })

  test('without momentum counts all batches alike', async () => {
    const after = await trained(normLayer(['batch', { momentum: null }], 2), x, {
      ...x,
      data: x.data.map((value) => value + 1),
    })
    close(after.running_mean.data, [2.5, 1.5])
    close(after.running_var.data, [4.8, 2.4])
  })

  test('refuses to train on one value per channel', () => {
    const one = input('x', { dtype: 'float32', shape: [1, 2, 1] })
    expect(() => of(normLayer('batch', 2)).forward(forwardPass({ training: true }), one)).toThrow(
      /^One: x \[1, 2, 1\] does not fit: batchNorm: one value per channel, in shape \[1, 2, 1\], has no variance; train on larger crops or batches$/,
    )
  })
})

test('an instance norm refuses one voxel, as PyTorch does', () => {
  const net = UNet({ ...unet, norm: 'instance' })
  expect(() => net.forward(forwardPass(), input('x', { dtype: 'float32', shape: [1, 1, 2, 2] }))).toThrow(
    /^UNet: x \[1, 1, 2, 2\] does not fit: instanceNorm: one voxel, in shape \[1, 4, 1, 1\], has no variance; give larger images$/,
  )
})

describe('less usual norms', () => {
  const x = floats([2, 2, 3], [1, 2, 4, 0, 0, 3, 5, -1, 1, 2, 2, -1])

  // torch.nn.InstanceNorm1d(2, momentum=0.3, track_running_stats=True)
  test('instance norm keeps running statistics when asked', async () => {
    const norm = normLayer(['instance', { momentum: 0.3, track_running_stats: true }], 2)
    const after = await trained(norm, x)
    close(after.running_mean.data, [0.6, 0.3])
    close(after.running_var.data, [2.45, 1.6])
    const evaluation = program('eval', { y: of(norm).forward(forwardPass(), input('x', x as never)) })
    const y = (await (await interpreter.open([evaluation], after)).run('eval', { x })).y
    close(y.data.slice(0, 3), [0.2555501, 0.8944253, 2.1721759])
  })

  // torch.nn.LocalResponseNorm(2, alpha=0.5, beta=0.5, k=2)
  test('local response norm divides by neighbouring channels', async () => {
    const norm = of(normLayer(['localresponse', { size: 2, alpha: 0.5, beta: 0.5, k: 2 }], 2))
    const built = program('p', { y: norm.forward(forwardPass(), input('x', x as never)) })
    const { y } = await (await interpreter.open([built], {})).run('p', { x })
    close(y.data.slice(0, 6), [0.6666667, 1.1547005, 1.6329931, 0, 0, 1.0444659])
  })
})

describe('dropout', () => {
  const x = input('x', { dtype: 'float32', shape: [2, 3, 4, 4] })
  const masksOf = (layer: Layer) => {
    const pass = forwardPass({ training: true })
    const y = of(layer).forward(pass, x)
    return { pass, built: program('p', { y }) }
  }

  test('masks elements, channels, or as Dropout3d does for flat images, samples', () => {
    const shape = (dim: number) => masksOf(dropoutLayer(0.5, dim)).pass.randomInputs[0].shape
    expect([shape(1), shape(2), shape(3)]).toEqual([[2, 3, 4, 4], [2, 3, 1, 1], [2, 1, 1, 1]]) // prettier-ignore
    expect(masksOf(dropoutLayer(0)).pass.randomInputs).toEqual([])
    expect(of(dropoutLayer(0.5)).forward(forwardPass(), x)).toBe(x)
  })

  test('of the alpha kind keeps mean 0 and variance 1', async () => {
    const noise = floats([40000], new TorchGenerator(1).normal(0, 1, 40000))
    const alpha = of(dropoutLayer(['alphadropout', { p: 0.3 }]))
    const pass = forwardPass({ training: true })
    const built = program('p', { y: alpha.forward(pass, input('n', noise as never)) })
    const session = await interpreter.open([built], {})
    const { y } = await session.run('p', { ...fillRandomInputs(built, new TorchGenerator(2)), n: noise })
    const values = Array.from(y.data, Number)
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length
    expect(Math.abs(mean)).toBeLessThan(0.03)
    expect(Math.abs(variance - 1)).toBeLessThan(0.03)
  })

  test('keeps the mean, and draws the same masks from the same seed', () => {
    const { built } = masksOf(dropoutLayer(['dropout', { p: 0.25 }]))
    const wide = masksOf(adn(3, { ordering: 'ADN', dropout: 0.25, act: 'relu', norm: 'instance' }))
    const draw = (seed: number) => fillRandomInputs(built, new TorchGenerator(seed))['random.0'].data
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
    expect(new Set(draw(1))).toEqual(new Set([0, Math.fround(4 / 3)]))
    expect(wide.built.inputs.map(nameOf).sort()).toEqual(['random.0', 'x'])
  })

  test('of several layers is drawn in the order of the forward pass', () => {
    const up = UpTransition({
      spatialDims: 3,
      inChannels: 4,
      outChannels: 4,
      nconvs: 1,
      act: 'relu',
      dropoutProb: [0.5, 0.5],
    })
    const pass = forwardPass({ training: true })
    const y = up.forward(
      pass,
      input('x', { dtype: 'float32', shape: [1, 4, 2, 2, 2] }),
      input('s', { dtype: 'float32', shape: [1, 2, 4, 4, 4] }),
    )
    expect(pass.randomInputs.map((mask) => mask.shape[1])).toEqual([4, 2]) // of what comes from below first
    const drawn = fillRandomInputs(program('p', { y }), new TorchGenerator(0))
    const rng = new TorchGenerator(0)
    expect(drawn['random.0'].data).toEqual(rng.dropoutMask(0.5, 4))
    expect(drawn['random.1'].data).toEqual(rng.dropoutMask(0.5, 2))
  })
})

describe('state dicts', () => {
  const net = DynUNet({ ...dynunet, normName: 'batch' })

  test('round trip, aliases included, counters as int64', () => {
    const states = net.init(new TorchGenerator(0))
    const saved = toStateDict(net, states)
    expect(saved['skip_layers.downsample.conv1.conv.weight']).toBe(saved['input_block.conv1.conv.weight'])
    expect(saved['input_block.norm1.num_batches_tracked'].dtype).toBe('int64')
    expect(fromStateDict(net, saved)).toEqual(states)
    for (const wrapper of ['module.', '_orig_mod.', '_orig_mod.module.', 'net._model.']) {
      const wrapped = Object.fromEntries(Object.entries(saved).map(([name, tensor]) => [wrapper + name, tensor]))
      expect(fromStateDict(net, wrapped)).toEqual(states)
    }
  })

  test('of half precision are widened', () => {
    const one = of(conv(1, 1, 1, { kernelSize: 1 }))
    const half = (shape: readonly number[], bits: number): Tensor => ({
      dtype: 'float16',
      shape,
      data: Uint16Array.of(bits),
    })
    const { weight, bias } = fromStateDict(one, { weight: half([1, 1, 1], 0x3c00), bias: half([1], 0xc100) })
    expect([weight.dtype, weight.data[0], bias.data[0]]).toEqual(['float32', 1, -2.5])
  })

  test('that do not fit are refused in a sentence', () => {
    const saved = toStateDict(net, net.init(new TorchGenerator(0)))
    const without = ({ ...all }: Record<string, Tensor>, ending: string) =>
      Object.fromEntries(Object.entries(all).filter(([name]) => !name.endsWith(ending)))
    expect(() => fromStateDict(net, without(saved, 'conv1.conv.weight'), 'model.pt')).toThrow(
      /^model.pt: weight "input_block.conv1.conv.weight" \[32, 1, 3, 3\] is missing; the checkpoint is of another network/,
    )
    const { 'output_block.conv.conv.bias': bias, ...others } = saved
    expect(() => fromStateDict(net, { ...others, 'output_block.conv.conv.b': bias }, 'model.pt')).toThrow(
      /^model.pt: weight "output_block.conv.conv.bias" \[\d+\] is missing; the nearest that is there is "output_block.conv.conv.b"$/,
    )
    expect(() => fromStateDict(net, { ...saved, 'output_block.conv.conv.weigth': floats([1]) })).toThrow(
      /^DynUNet: weight "output_block.conv.conv.weigth" has no place in this DynUNet; the nearest is "output_block.conv.conv.weight"$/,
    )
    expect(() => fromStateDict(net, { ...saved, 'input_block.conv1.conv.weight': floats([2, 1]) })).toThrow(
      /^DynUNet: weight "input_block.conv1.conv.weight" has shape \[2, 1\]; this network takes \[32, 1, 3, 3\]$/,
    )
  })
})

describe('activations', () => {
  const x = floats([1, 2, 3], [-2, -0.5, 0, 0.5, 2, 7])
  // torch.nn.functional of the same numbers
  const want: Readonly<Record<string, readonly number[]>> = {
    relu: [0.0, 0.0, 0.0, 0.5, 2.0, 7.0],
    relu6: [0.0, 0.0, 0.0, 0.5, 2.0, 6.0],
    elu: [-0.8646647, -0.3934693, 0.0, 0.5, 2.0, 7.0],
    celu: [-0.8646647, -0.3934693, 0.0, 0.5, 2.0, 7.0],
    selu: [-1.5201665, -0.6917582, 0.0, 0.5253505, 2.101402, 7.354907],
    leakyrelu: [-0.02, -0.005, 0.0, 0.5, 2.0, 7.0],
    prelu: [-0.5, -0.125, 0.0, 0.5, 2.0, 7.0],
    gelu: [-0.0455003, -0.1542688, 0.0, 0.3457312, 1.9544997, 7.0],
    sigmoid: [0.1192029, 0.3775407, 0.5, 0.6224594, 0.880797, 0.999089],
    tanh: [-0.9640276, -0.4621172, 0.0, 0.4621172, 0.9640276, 0.9999983],
    softmax: [0.0758582, 0.0758582, 0.0009111, 0.9241418, 0.9241418, 0.999089],
    logsoftmax: [-2.5788898, -2.5788898, -7.0009112, -0.0788897, -0.0788897, -0.0009114],
    swish: [-0.2384058, -0.1887703, 0.0, 0.3112297, 1.7615941, 6.9936228],
    memswish: [-0.2384058, -0.1887703, 0.0, 0.3112297, 1.7615941, 6.9936228],
    mish: [-0.2525015, -0.2207438, 0.0, 0.3752452, 1.943959, 6.9999886],
  }

  // geglu halves its input, and so has no numbers for this one.
  const known = Object.keys(activations).filter((name) => name !== 'geglu')
  test('are all there', () => expect(Object.keys(want).sort()).toEqual(known.sort()))
  for (const [name, values] of Object.entries(want))
    test(name, async () => {
      const act = of(actLayer(name.toUpperCase()))
      const session = await interpreter.open(
        [program('p', { y: act.forward(forwardPass(), input('x', x as never)) })],
        act.init(new TorchGenerator(0)),
      )
      close((await session.run('p', { x })).y.data, values)
    })
})

describe("MONAI's other ways to ask", () => {
  test('an activation, norm or dropout of null is left out', () => {
    const bare = UNet({ ...unet, act: null, norm: null, dropout: null })
    expect(bare.weights.map(({ name }) => name).filter((name) => name.includes('adn'))).toEqual([])
  })

  test('normName is the older spelling of norm', () => {
    const shared = { spatialDims: 2, initFilters: 4, blocksDown: [1, 1], blocksUp: [1] }
    const old = SegResNet({ ...shared, normName: 'group', numGroups: 2 })
    expect(old.weights).toEqual(SegResNet({ ...shared, norm: ['group', { num_groups: 2 }] }).weights)
    expect(() => SegResNet({ ...shared, normName: 'batch' })).toThrow(
      /^SegResNet.normName: "batch" is not known; leave it out and set norm$/,
    )
  })

  test('other spellings and deep paths name the same component', () => {
    for (const name of ['Dynunet', 'DynUnet', 'monai.networks.nets.DynUnet', 'monai.networks.nets.dynunet.DynUNet'])
      expect(registry().find(name, 'here')).toBe(DynUNet)
    expect(registry().find('monai.networks.nets.vnet.UpTransition', 'here')).toBe(UpTransition)
  })
})

describe('options that do not fit are refused in a sentence', () => {
  // prettier-ignore
  const refusals: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['too few strides', () => UNet({ ...unet, channels: [4, 8, 16] }), /^UNet.strides: has 1 values; 3 channels need 2$/],
    ['one level', () => UNet({ ...unet, channels: [4] }), /^UNet.channels: has 1 values; a UNet needs 2 or more$/],
    ['an unknown norm', () => UNet({ ...unet, norm: 'bacth' }), /^UNet.norm: "bacth" is unknown; did you mean "batch"\?$/],
    ['an unknown argument', () => UNet({ ...unet, norm: ['group', { numGroup: 2 }] }), /^UNet.norm.group.numGroup: no such option; did you mean "numGroups"\?$/],
    ['groups that do not divide', () => UNet({ ...unet, norm: ['group', { num_groups: 3 }] }), /^UNet.norm.group.numGroups: 8 channels do not divide into 3 groups; use a divisor$/],
    ['an even kernel', () => UNet({ ...unet, kernelSize: 4 }), /^UNet.kernelSize: 4 with dilation 1 cannot be padded alike on both sides; use an odd kernel size$/],
    ['a kernel of another rank', () => UNet({ ...unet, kernelSize: [3, 3, 3] }), /^UNet.kernelSize: \[3, 3, 3\] has 3 values; give one, or one for each of the 2 spatial axes$/],
    ['another letter', () => UNet({ ...unet, adnOrdering: 'NXA' }), /^UNet.adnOrdering: "NXA" contains X; use the letters A, D and N$/],
    ['four spatial axes', () => UNet({ ...unet, spatialDims: 4 }), /^UNet.spatialDims: 4 does not fit; give 1, 2 or 3$/],
    ['channels that do not divide 16', () => VNet({ inChannels: 3 }), /^VNet.inChannels: 3 does not divide 16; use 1, 2, 4, 8 or 16$/],
    ['too few blocks', () => DynUNet({ ...dynunet, strides: [1, 2], kernelSize: [3, 3] }), /^DynUNet.kernelSize: has 2 values and strides 2; give both one value per block, 3 or more$/],
    ['too few filters', () => DynUNet({ ...dynunet, filters: [4, 8] }), /^DynUNet.filters: has 2 values; 3 blocks need as many$/],
    ['too many heads', () => DynUNet({ ...dynunet, deepSupervision: true, deepSuprNum: 2 }), /^DynUNet.deepSuprNum: 2 does not fit 2 upsampling blocks; use 1 to 1$/],
    ['a stride above the kernel', () => DynUNet({ ...dynunet, strides: [1, 2, 5], upsampleKernelSize: [2, 5] }), /^DynUNet.kernelSize: 3 with stride 5 on axis 0 needs negative padding/],
    ['an upsampling kernel that does not undo a stride', () => DynUNet({ ...dynunet, upsampleKernelSize: [2, 4] }), /^DynUNet.upsampleKernelSize\[1\]: 4 does not undo strides\[2\], 2; give that$/],
    ['an activation that halves', () => UNet({ ...unet, act: 'GEGLU' }), /^UNet.act: "GEGLU" does not fit; give the name of an activation that keeps the shape/],
    ['too few upsampling kernels', () => DynUNet({ ...dynunet, upsampleKernelSize: [2] }), /^DynUNet.upsampleKernelSize: has 1 values; 3 blocks need 2$/],
  ]
  for (const [title, attempt, sentence] of refusals) test(title, () => expect(attempt).toThrow(sentence))
})

/** The states after one step of training on each batch. */
async function trained(layer: Layer, ...batches: readonly Tensor[]) {
  const one = of(layer)
  const pass = forwardPass({ training: true })
  const y = one.forward(pass, input('x', batches[0] as never))
  const session = await interpreter.open([program('train', { y }, pass.updates)], one.init(new TorchGenerator(0)))
  for (const x of batches) await session.run('train', { x })
  return session.read()
}

/** A network of one layer. */
function of(layer: Layer) {
  return network({ name: 'One', options: {}, build: () => layer })({})
}

function close(got: ArrayLike<number | bigint>, want: readonly number[]): void {
  expect(got.length).toBe(want.length)
  want.forEach((value, i) => expect(Math.abs(Number(got[i]) - value), `[${i}]`).toBeLessThan(2e-6))
}

import { ConfigError } from '../../core/errors.ts'
import { bool, count, int, ints, oneOf, type Values } from '../../core/options.ts'
import { sizeOf, type Tensor } from '../../core/tensor.ts'
import { castArray } from '../../core/convert.ts'
import { maxPool, resize } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { actLayer } from '../blocks/act.ts'
import { conv, convTranspose, type ConvOptions } from '../blocks/conv.ts'
import { normLayer } from '../blocks/norm.ts'
import type { Init } from '../init.ts'
import { layer, pure, sequential, type Layer } from '../layer.ts'
import { network, optionError } from '../network.ts'

const options = {
  layers: ints.opt('Residual blocks of each of the four levels.', [3, 4, 6, 3]),
  spatialDims: count.where((n) => n === 2 || n === 3, '2 or 3').opt('Spatial axes.', 3),
  inChannels: count.opt('Channels of the image.', 1),
  outChannels: count.opt('Channels of the result.', 1),
  pspBlockNum: int.where((n) => n >= 0 && n <= 4, 'a whole number from 0 to 4').opt('Levels of pooling at the end.', 4),
  upsampleMode: oneOf('transpose', 'bilinear', 'trilinear', 'nearest').opt(
    'How maps are enlarged: by a transposed convolution, or by interpolation.',
    'transpose',
  ),
  pretrained: bool.opt('Must be false: nothing is downloaded; `ahNetFrom2d` takes weights of a 2-D network.', false),
  progress: bool.opt('No effect: nothing is downloaded.', true),
}

type Options = Values<typeof options>

/**
 * Anisotropic Hybrid Network: a ResNet with kernels that are flat along the last axis, and a dense decoder that sees it
 * (Liu et al. 2018; MONAI AHNet).
 */
export const AHNet = network({
  name: 'AHNet',
  options,
  check({ layers, spatialDims, upsampleMode, pretrained }) {
    if (layers.length !== 4) optionError('layers', `has ${layers.length} values; there are 4 levels`)
    if (pretrained) optionError('pretrained', 'true would download weights; leave it out and use ahNetFrom2d')
    if (upsampleMode === (spatialDims === 3 ? 'bilinear' : 'trilinear'))
      optionError(
        'upsampleMode',
        `"${upsampleMode}" is not for ${spatialDims} spatial axes; use "${spatialDims === 3 ? 'trilinear' : 'bilinear'}"`,
      )
  },
  input({ spatialDims, inChannels, pspBlockNum, upsampleMode }) {
    const pooled = Math.max(32, 2 ** (pspBlockNum + 3))
    const perAxis = (n: number) => Array.from({ length: spatialDims }, (_, i) => (i === spatialDims - 1 ? 32 : n))
    const rule = { channels: inChannels, spatialDims }
    return upsampleMode === 'transpose'
      ? { ...rule, divisor: perAxis(pooled) }
      : { ...rule, divisor: 32, least: perAxis(pooled) }
  },
  build(o) {
    const { layers, outChannels, upsampleMode, pspBlockNum } = o
    const level = (i: number) => residualLevel(i === 0 ? 64 : 128 * 2 ** i, 64 * 2 ** i, layers[i], i === 0 ? 1 : 2, o)
    const overlap = upsampleMode === 'bilinear' || upsampleMode === 'trilinear'
    const grown = (width: number) => width + denseLayers * growth
    return layer({
      children: {
        conv1: kernel(o, o.inChannels, 64, { kernelSize: [7, 7, 3], strides: [2, 2, 1], padding: [3, 3, 1] }),
        bn0: batch(64),
        layer1: level(0),
        layer2: level(1),
        layer3: level(2),
        layer4: level(3),
        up0: upTransition(o, 2048, 1024),
        dense0: denseBlock(o, 1024),
        up1: upTransition(o, grown(1024), 512),
        dense1: denseBlock(o, 512),
        up2: upTransition(o, grown(512), 256),
        dense2: denseBlock(o, 256),
        trans1: sequential({ norm: batch(grown(256)), relu, conv: kernel(o, grown(256), 64, {}) }),
        dense3: denseBlock(o, 64),
        up3: upTransition(o, grown(64), 64),
        dense4: denseBlock(o, 64),
        psp: pyramid(o, grown(64)),
        final: upTransition(o, pspBlockNum + grown(64), outChannels, { kernelSize: [3, 3, 1], padding: [1, 1, 0] }),
      },
      forward: (own, [x]) => {
        const y0 = m.relu(own.bn0(maxPool(own.conv1(x), oneEach(o, [1, 1, 2]))))
        const y1 = overlap ? maxPool(y0, 3, { strides: 2, pads: 1 }) : maxPool(y0, 2)
        const f1 = own.layer1(y1)
        const f2 = own.layer2(f1)
        const f3 = own.layer3(f2)
        const d0 = own.dense0(m.add(own.up0(own.layer4(f3)), f3))
        const d1 = own.dense1(m.add(own.up1(d0), f2))
        const d2 = own.dense2(m.add(own.up2(d1), f1))
        const d3 = own.dense3(m.add(own.trans1(d2), y1))
        const d4 = own.dense4(m.add(own.up3(d3), y0))
        return own.final(pspBlockNum > 0 ? own.psp(d4) : d4)
      },
    })
  },
})

const growth = 20
const denseLayers = 3
const bottleneck = 4

const relu = actLayer('relu')

function batch(channels: number): Layer {
  return normLayer('batch', channels)
}

/** Sizes for three axes, cut to the last ones that there are. */
function oneEach({ spatialDims }: Options, sizes: readonly number[]): readonly number[] {
  return sizes.slice(-spatialDims)
}

interface Window {
  readonly kernelSize?: readonly number[]
  readonly strides?: readonly number[]
  readonly padding?: readonly number[]
  readonly bias?: boolean
}

function windowOf(o: Options, { kernelSize, strides, padding, bias = false }: Window): ConvOptions {
  return {
    kernelSize: oneEach(o, kernelSize ?? [1, 1, 1]),
    strides: strides && oneEach(o, strides),
    padding: padding && oneEach(o, padding),
    bias,
  }
}

/** How MONAI starts kernels here: by the first two sizes of the kernel and the channels out. */
function startOf(shape: readonly number[], outChannels: number): Init {
  return { kind: 'normal', std: Math.sqrt(2 / (shape[2] * shape[3] * outChannels)) }
}

/** A convolution; sizes are given for three axes. */
function kernel(o: Options, from: number, to: number, window: Window): Layer {
  return conv(o.spatialDims, from, to, { ...windowOf(o, window), kernelInit: (shape) => startOf(shape, to) })
}

function transposed(o: Options, from: number, to: number, window: Window): Layer {
  return convTranspose(o.spatialDims, from, to, { ...windowOf(o, window), kernelInit: (shape) => startOf(shape, to) })
}

/** Residual blocks, of which the first shrinks the map by `step` along every axis. */
function residualLevel(from: number, planes: number, times: number, step: number, o: Options): Layer {
  const first = (sizes: readonly number[]) => sizes.slice(0, o.spatialDims) // MONAI cuts these at the other end
  const out = 4 * planes
  const flat = { kernelSize: [3, 3, 1], padding: [1, 1, 0] }
  const block = (inChannels: number, strides: readonly number[], shrinks: boolean): Layer =>
    layer({
      children: {
        conv1: kernel(o, inChannels, planes, {}),
        bn1: batch(planes),
        conv2: conv(o.spatialDims, planes, planes, {
          ...windowOf(o, flat),
          strides,
          kernelInit: (shape) => startOf(shape, planes),
        }),
        bn2: batch(planes),
        conv3: kernel(o, planes, out, {}),
        bn3: batch(out),
        downsample: shrinks
          ? sequential([
              conv(o.spatialDims, inChannels, out, {
                kernelSize: 1,
                strides,
                bias: false,
                kernelInit: (shape) => startOf(shape, out),
              }),
              pure((x) => maxPool(x, first([1, 1, step]))),
              batch(out),
            ])
          : undefined,
      },
      forward: (own, [x]) => {
        const y = own.bn3(own.conv3(m.relu(own.bn2(own.conv2(m.relu(own.bn1(own.conv1(x))))))))
        const residual = own.downsample ? own.downsample(x) : x
        const fits = y.shape.every((n, axis) => n === residual.shape[axis])
        return m.relu(m.add(fits ? y : maxPool(y, oneEach(o, [1, 1, 2])), residual))
      },
    })
  const still = first([1, 1, 1])
  return sequential([
    block(from, first([step, step, 1]), true),
    ...Array.from({ length: times - 1 }, () => block(out, still, false)),
  ])
}

/** Norm, activation, convolution, and twice the size. */
function upTransition(o: Options, from: number, to: number, window: Window = {}): Layer {
  const twice = { kernelSize: [2, 2, 2], strides: [2, 2, 2] }
  return sequential({
    norm: batch(from),
    relu,
    conv: kernel(o, from, to, window),
    up:
      o.upsampleMode === 'transpose'
        ? transposed(o, to, to, twice)
        : pure((x) =>
            interpolated(
              x,
              x.shape.slice(2).map((n) => 2 * n),
              o,
            ),
          ),
  })
}

function interpolated(x: Parameters<typeof resize>[0], sizes: readonly number[], { upsampleMode }: Options) {
  return upsampleMode === 'nearest' ? resize(x, sizes, 'nearest') : resize(x, sizes, 'linear', true)
}

/** Layers that each add `growth` channels to what they see. */
function denseBlock(o: Options, from: number): Layer {
  const one = (i: number) => [`denselayer${i + 1}`, pseudo3d(o, from + i * growth)] as const
  return sequential(Object.fromEntries(Array.from({ length: denseLayers }, (_, i) => one(i))))
}

/** A flat kernel and a line along the last axis, whose results are added up. */
function pseudo3d(o: Options, from: number): Layer {
  return layer({
    children: {
      bn1: batch(from),
      conv1: kernel(o, from, bottleneck * growth, {}),
      bn2: batch(bottleneck * growth),
      conv2: kernel(o, bottleneck * growth, growth, { kernelSize: [3, 3, 1], padding: [1, 1, 0] }),
      bn3: batch(growth),
      conv3: kernel(o, growth, growth, { kernelSize: [1, 1, 3], padding: [0, 0, 1] }),
      bn4: batch(growth),
      conv4: kernel(o, growth, growth, {}),
    },
    forward: (own, [x]) => {
      const flat = own.conv2(m.relu(own.bn2(own.conv1(m.relu(own.bn1(x))))))
      const both = m.add(flat, own.conv3(m.relu(own.bn3(flat))))
      return m.concat([x, own.conv4(m.relu(own.bn4(both)))], 1)
    },
  })
}

/** Pyramid pooling: x pooled ever more coarsely to one channel each, at its size again, before x. */
function pyramid(o: Options, channels: number): Layer {
  const sizes = Array.from({ length: o.pspBlockNum }, (_, i) => [2 ** (i + 3), 2 ** (i + 3), 1])
  const enlarging = (size: readonly number[]) =>
    transposed(o, 1, 1, { kernelSize: size, strides: size, padding: [size[0], size[1], 0], bias: true })
  return layer({
    children: {
      up_modules: o.upsampleMode === 'transpose' ? sizes.map(enlarging) : undefined,
      project_modules: sizes.map(() => kernel(o, channels, 1, { padding: [1, 1, 0], bias: true })),
    },
    forward: ({ up_modules: ups, project_modules: projections }, [x]) => {
      const levels = sizes.map((size, i) => {
        const coarse = projections[i](maxPool(x, oneEach(o, size)))
        return ups ? ups[i](coarse) : interpolated(coarse, x.shape.slice(2), o)
      })
      return m.concat([...levels, x], 1)
    },
  })
}

/**
 * Weights for a 3-D AHNet from those of a 2-D network with the layers of ResNet-50, `[O, I, h, w]` each (MONAI's
 * `copy_from`): colours of the first kernel become its depth, others get a depth of 1.
 */
export function ahNetFrom2d(
  stateDict: Readonly<Record<string, Tensor>>,
  inChannels = 1,
): Record<string, Tensor<Float32Array>> {
  const first = stateDict['conv1.weight']
  if (first?.shape.length !== 4)
    throw new ConfigError('ahNetFrom2d', 'there is no weight "conv1.weight" with 4 axes; give those of a 2-D network')
  const taken = Object.entries(stateDict).filter(([name]) => /^(bn0|layer[1-4]\..*)\.(weight|bias)$/.test(name))
  return Object.fromEntries([
    ['conv1.weight', depthFromColours(first, inChannels)],
    ...taken.map(([name, tensor]) => [
      name.replace('downsample.1.', 'downsample.2.'), // a pooling layer stands between
      floats(tensor, tensor.shape.length === 4 ? [...tensor.shape, 1] : tensor.shape),
    ]),
  ])
}

function floats({ dtype, data }: Tensor, shape: readonly number[]): Tensor<Float32Array> {
  return { dtype: 'float32', shape, data: castArray(data, dtype, 'float32') as Float32Array }
}

/** `[O, C, h, w]` to `[O, I, h, w, C]`, alike for all I inputs. */
function depthFromColours(tensor: Tensor, inChannels: number): Tensor<Float32Array> {
  const [outs, colours, height, width] = tensor.shape
  const { data } = floats(tensor, tensor.shape)
  const shape = [outs, inChannels, height, width, colours]
  const plane = height * width
  const turned = Float32Array.from({ length: sizeOf(shape) }, (_, i) => {
    const colour = i % colours
    const at = Math.floor(i / colours) % plane
    const out = Math.floor(i / (colours * plane * inChannels))
    return data[(out * colours + colour) * plane + at]
  })
  return { dtype: 'float32', shape, data: turned }
}

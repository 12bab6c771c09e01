import type { Value } from '../../graph/ir.ts'
import { averagePool, maxPool } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { conv, type ConvOptions } from '../blocks/conv.ts'
import { dropoutLayer } from '../blocks/dropout.ts'
import { linear } from '../blocks/linear.ts'
import { normLayer } from '../blocks/norm.ts'
import { channelMeans } from '../blocks/pool.ts'
import type { Init } from '../init.ts'
import { layer, pure, sequential, type Layer } from '../layer.ts'

/**
 * Inception v3 (Szegedy et al. 2016) with torchvision's state-dict names: `[N, 3, H, W]` of 75 or more to `[N, classes]`.
 * `normalised` images have ImageNet's means and deviations, with which pretrained weights do not go: they are undone.
 */
export function inceptionV3(classes: number, normalised: boolean): Layer {
  const shrink = (x: Value) => maxPool(x, 3, { strides: 2 })
  return layer({
    children: {
      Conv2d_1a_3x3: convNorm(3, 32, { kernelSize: 3, strides: 2 }),
      Conv2d_2a_3x3: convNorm(32, 32, { kernelSize: 3 }),
      Conv2d_2b_3x3: convNorm(32, 64, { kernelSize: 3, padding: 1 }),
      Conv2d_3b_1x1: convNorm(64, 80, { kernelSize: 1 }),
      Conv2d_4a_3x3: convNorm(80, 192, { kernelSize: 3 }),
      Mixed_5b: blockA(192, 32),
      Mixed_5c: blockA(256, 64),
      Mixed_5d: blockA(288, 64),
      Mixed_6a: blockB(288),
      Mixed_6b: blockC(128),
      Mixed_6c: blockC(160),
      Mixed_6d: blockC(160),
      Mixed_6e: blockC(192),
      AuxLogits: auxiliary(classes),
      Mixed_7a: blockD(),
      Mixed_7b: blockE(1280),
      Mixed_7c: blockE(2048),
      avgpool: pure(channelMeans),
      dropout: dropoutLayer(0.5),
      fc: linear(2048, classes, { init: { weight: truncated(0.1) } }),
    },
    forward: (own, [image], context) => {
      const x = normalised ? renormalised(image) : image
      const y64 = shrink(own.Conv2d_2b_3x3(own.Conv2d_2a_3x3(own.Conv2d_1a_3x3(x))))
      const y192 = shrink(own.Conv2d_4a_3x3(own.Conv2d_3b_1x1(y64)))
      const y288 = own.Mixed_5d(own.Mixed_5c(own.Mixed_5b(y192)))
      const y768 = own.Mixed_6e(own.Mixed_6d(own.Mixed_6c(own.Mixed_6b(own.Mixed_6a(y288)))))
      if (context.training) own.AuxLogits(y768) // keeps its running statistics; its scores are not asked for
      const y2048 = own.Mixed_7c(own.Mixed_7b(own.Mixed_7a(y768)))
      return own.fc(own.dropout(own.avgpool(y2048)))
    },
  })
}

function truncated(std: number): Init {
  return { kind: 'truncatedNormal', std, limit: 2 }
}

/** Convolution without bias, batch norm, ReLU. */
function convNorm(from: number, to: number, window: ConvOptions, std = 0.1): Layer {
  return layer({
    children: {
      conv: conv(2, from, to, { ...window, bias: false, kernelInit: () => truncated(std) }),
      bn: normLayer(['batch', { eps: 0.001 }], to),
    },
    forward: (own, [x]) => m.relu(own.bn(own.conv(x))),
  })
}

const point = (from: number, to: number) => convNorm(from, to, { kernelSize: 1 })
const square = (from: number, to: number) => convNorm(from, to, { kernelSize: 3, padding: 1 })
const halving = (from: number, to: number) => convNorm(from, to, { kernelSize: 3, strides: 2 })
/** Along the rows, or along the columns. */
const wide = (from: number, to: number, k: number) =>
  convNorm(from, to, { kernelSize: [1, k], padding: [0, (k - 1) / 2] })
const tall = (from: number, to: number, k: number) =>
  convNorm(from, to, { kernelSize: [k, 1], padding: [(k - 1) / 2, 0] })

const smoothed = (x: Value) => averagePool(x, 3, { strides: 1, pads: 1 })
const beside = (...parts: Value[]) => m.concat(parts, 1)

function blockA(from: number, pooled: number): Layer {
  return layer({
    children: {
      branch1x1: point(from, 64),
      branch5x5_1: point(from, 48),
      branch5x5_2: convNorm(48, 64, { kernelSize: 5, padding: 2 }),
      branch3x3dbl_1: point(from, 64),
      branch3x3dbl_2: square(64, 96),
      branch3x3dbl_3: square(96, 96),
      branch_pool: point(from, pooled),
    },
    forward: (own, [x]) =>
      beside(
        own.branch1x1(x),
        own.branch5x5_2(own.branch5x5_1(x)),
        own.branch3x3dbl_3(own.branch3x3dbl_2(own.branch3x3dbl_1(x))),
        own.branch_pool(smoothed(x)),
      ),
  })
}

function blockB(from: number): Layer {
  return layer({
    children: {
      branch3x3: halving(from, 384),
      branch3x3dbl_1: point(from, 64),
      branch3x3dbl_2: square(64, 96),
      branch3x3dbl_3: halving(96, 96),
    },
    forward: (own, [x]) =>
      beside(
        own.branch3x3(x),
        own.branch3x3dbl_3(own.branch3x3dbl_2(own.branch3x3dbl_1(x))),
        maxPool(x, 3, { strides: 2 }),
      ),
  })
}

function blockC(width: number): Layer {
  return layer({
    children: {
      branch1x1: point(768, 192),
      branch7x7_1: point(768, width),
      branch7x7_2: wide(width, width, 7),
      branch7x7_3: tall(width, 192, 7),
      branch7x7dbl_1: point(768, width),
      branch7x7dbl_2: tall(width, width, 7),
      branch7x7dbl_3: wide(width, width, 7),
      branch7x7dbl_4: tall(width, width, 7),
      branch7x7dbl_5: wide(width, 192, 7),
      branch_pool: point(768, 192),
    },
    forward: (own, [x]) => {
      const twice = own.branch7x7dbl_3(own.branch7x7dbl_2(own.branch7x7dbl_1(x)))
      return beside(
        own.branch1x1(x),
        own.branch7x7_3(own.branch7x7_2(own.branch7x7_1(x))),
        own.branch7x7dbl_5(own.branch7x7dbl_4(twice)),
        own.branch_pool(smoothed(x)),
      )
    },
  })
}

function blockD(): Layer {
  return layer({
    children: {
      branch3x3_1: point(768, 192),
      branch3x3_2: halving(192, 320),
      branch7x7x3_1: point(768, 192),
      branch7x7x3_2: wide(192, 192, 7),
      branch7x7x3_3: tall(192, 192, 7),
      branch7x7x3_4: halving(192, 192),
    },
    forward: (own, [x]) =>
      beside(
        own.branch3x3_2(own.branch3x3_1(x)),
        own.branch7x7x3_4(own.branch7x7x3_3(own.branch7x7x3_2(own.branch7x7x3_1(x)))),
        maxPool(x, 3, { strides: 2 }),
      ),
  })
}

function blockE(from: number): Layer {
  return layer({
    children: {
      branch1x1: point(from, 320),
      branch3x3_1: point(from, 384),
      branch3x3_2a: wide(384, 384, 3),
      branch3x3_2b: tall(384, 384, 3),
      branch3x3dbl_1: point(from, 448),
      branch3x3dbl_2: square(448, 384),
      branch3x3dbl_3a: wide(384, 384, 3),
      branch3x3dbl_3b: tall(384, 384, 3),
      branch_pool: point(from, 192),
    },
    forward: (own, [x]) => {
      const once = own.branch3x3_1(x)
      const twice = own.branch3x3dbl_2(own.branch3x3dbl_1(x))
      return beside(
        own.branch1x1(x),
        own.branch3x3_2a(once),
        own.branch3x3_2b(once),
        own.branch3x3dbl_3a(twice),
        own.branch3x3dbl_3b(twice),
        own.branch_pool(smoothed(x)),
      )
    },
  })
}

/** A second classifier half way, which only trains. */
function auxiliary(classes: number): Layer {
  return sequential({
    pool: pure((x) => averagePool(x, 5, { strides: 3 })),
    conv0: point(768, 128),
    conv1: convNorm(128, 768, { kernelSize: 5 }, 0.01),
    means: pure(channelMeans),
    fc: linear(768, classes, { init: { weight: truncated(0.001) } }),
  })
}

/** From ImageNet's mean and deviation of each channel to 0.5 and 0.5. */
function renormalised(x: Value): Value {
  const channels = [
    [0.485, 0.229],
    [0.456, 0.224],
    [0.406, 0.225],
  ]
  return m.concat(
    channels.map(([mean, deviation], i) => m.add(m.mul(m.narrow(x, 1, i, 1), deviation / 0.5), (mean - 0.5) / 0.5)),
    1,
  )
}

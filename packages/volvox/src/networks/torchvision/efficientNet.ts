import { adaptiveAveragePool } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { actLayer } from '../blocks/act.ts'
import { conv } from '../blocks/conv.ts'
import { dropoutLayer } from '../blocks/dropout.ts'
import { dropPath } from '../blocks/dropPath.ts'
import { linear } from '../blocks/linear.ts'
import { normLayer } from '../blocks/norm.ts'
import { kaimingNormalOut, zero } from '../init.ts'
import { layer, pure, sequential, type Layer } from '../layer.ts'

/** Blocks of one width: how many times wider inside, kernel, step of the first, channels, how many; whether fused. */
type Stage = readonly [
  expansion: number,
  kernelSize: number,
  stride: number,
  from: number,
  to: number,
  times: number,
  fused?: 'fused',
]

interface Size {
  readonly stages: readonly Stage[]
  readonly dropout: number
  readonly eps: number
  readonly momentum: number
  /** Channels before the classifier; four times those of the last stage unless given. */
  readonly last?: number
}

/** Stages of the first version; the others follow from its widths and depths. */
const base: readonly Stage[] = [
  [1, 3, 1, 32, 16, 1],
  [6, 3, 2, 16, 24, 2],
  [6, 5, 2, 24, 40, 2],
  [6, 3, 2, 40, 80, 3],
  [6, 5, 1, 80, 112, 3],
  [6, 5, 2, 112, 192, 4],
  [6, 3, 1, 192, 320, 1],
]

function scaled(width: number, depth: number, dropout: number, norm = { eps: 1e-5, momentum: 0.1 }): Size {
  const stages = base.map(([expansion, kernelSize, stride, from, to, times]): Stage => [
    expansion,
    kernelSize,
    stride,
    eights(from * width),
    eights(to * width),
    Math.ceil(times * depth),
  ])
  return { stages, dropout, ...norm }
}

function second(dropout: number, stages: readonly Stage[]): Size {
  return { stages, dropout, eps: 1e-3, momentum: 0.1, last: 1280 }
}

const sharp = { eps: 1e-3, momentum: 0.01 }

/** By torchvision's names (Tan & Le 2019, 2021). */
const sizes: Readonly<Record<string, Size>> = {
  efficientnet_b0: scaled(1, 1, 0.2),
  efficientnet_b1: scaled(1, 1.1, 0.2),
  efficientnet_b2: scaled(1.1, 1.2, 0.3),
  efficientnet_b3: scaled(1.2, 1.4, 0.3),
  efficientnet_b4: scaled(1.4, 1.8, 0.4),
  efficientnet_b5: scaled(1.6, 2.2, 0.4, sharp),
  efficientnet_b6: scaled(1.8, 2.6, 0.5, sharp),
  efficientnet_b7: scaled(2, 3.1, 0.5, sharp),
  efficientnet_v2_s: second(0.2, [
    [1, 3, 1, 24, 24, 2, 'fused'],
    [4, 3, 2, 24, 48, 4, 'fused'],
    [4, 3, 2, 48, 64, 4, 'fused'],
    [4, 3, 2, 64, 128, 6],
    [6, 3, 1, 128, 160, 9],
    [6, 3, 2, 160, 256, 15],
  ]),
  efficientnet_v2_m: second(0.3, [
    [1, 3, 1, 24, 24, 3, 'fused'],
    [4, 3, 2, 24, 48, 5, 'fused'],
    [4, 3, 2, 48, 80, 5, 'fused'],
    [4, 3, 2, 80, 160, 7],
    [6, 3, 1, 160, 176, 14],
    [6, 3, 2, 176, 304, 18],
    [6, 3, 1, 304, 512, 5],
  ]),
  efficientnet_v2_l: second(0.4, [
    [1, 3, 1, 32, 32, 4, 'fused'],
    [4, 3, 2, 32, 64, 7, 'fused'],
    [4, 3, 2, 64, 96, 7, 'fused'],
    [4, 3, 2, 96, 192, 10],
    [6, 3, 1, 192, 224, 19],
    [6, 3, 2, 224, 384, 25],
    [6, 3, 1, 384, 640, 7],
  ]),
}

/** EfficientNets under torchvision's state-dict names: `[N, 3, H, W]` to `[N, classes]`. */
export const efficientNets: Readonly<Record<string, (classes: number) => Layer>> = Object.fromEntries(
  Object.entries(sizes).map(([name, size]) => [name, (classes: number) => efficientNet(size, classes)]),
)

function efficientNet(size: Size, classes: number): Layer {
  const { stages, eps, momentum } = size
  const unit = (from: number, to: number, window: Window) => convNorm(from, to, { ...window, eps, momentum })
  const total = stages.reduce((sum, [, , , , , times]) => sum + times, 0)
  let index = 0
  const stage = (s: Stage): Layer => {
    const [, , stride, from, to, times] = s
    return sequential(
      Array.from({ length: times }, (_, i) => {
        const place = { from: i === 0 ? from : to, stride: i === 0 ? stride : 1, drop: (0.2 * index++) / total }
        return block(s, place, unit)
      }),
    )
  }
  const first = stages[0][3]
  const deepest = stages[stages.length - 1][4]
  const last = size.last ?? 4 * deepest
  return {
    ...layer({
      children: {
        features: sequential([
          unit(3, first, { kernelSize: 3, stride: 2 }),
          ...stages.map(stage),
          unit(deepest, last, { kernelSize: 1 }),
        ]),
        avgpool: pure((x) => adaptiveAveragePool(x, 1)),
        classifier: sequential([
          dropoutLayer(size.dropout),
          linear(last, classes, {
            init: { weight: { kind: 'uniform', bound: 1 / Math.sqrt(classes) }, bias: zero },
          }),
        ]),
      },
      forward: (own, [x]) => own.classifier(m.reshape(own.avgpool(own.features(x)), [x.shape[0], last])),
    }),
    initOf: ({ shape, role, init }) => (shape.length > 2 ? kaimingNormalOut(shape) : role === 'bias' ? zero : init),
  }
}

interface Window {
  readonly kernelSize: number
  readonly stride?: number
  readonly groups?: number
  readonly act?: boolean
}

type Unit = (from: number, to: number, window: Window) => Layer

/** Convolution, batch norm and perhaps SiLU. */
function convNorm(from: number, to: number, o: Window & { readonly eps: number; readonly momentum: number }): Layer {
  const { kernelSize, stride = 1, groups = 1, act = true, eps, momentum } = o
  return sequential([
    conv(2, from, to, { kernelSize, strides: stride, padding: (kernelSize - 1) / 2, groups, bias: false }),
    normLayer(['batch', { eps, momentum }], to),
    ...(act ? [actLayer('swish')] : []),
  ])
}

interface Place {
  readonly from: number
  readonly stride: number
  /** Chance that a sample skips the block in training. */
  readonly drop: number
}

/** An inverted bottleneck; a fused one has no convolution of single channels and no weights of channels. */
function block([expansion, kernelSize, , , to, , fused]: Stage, { from, stride, drop }: Place, unit: Unit): Layer {
  const width = eights(from * expansion)
  const project = unit(width, to, { kernelSize: 1, act: false })
  const widened = width === from ? [] : [unit(from, width, { kernelSize: 1 })]
  const inner = !fused
    ? [...widened, unit(width, width, { kernelSize, stride, groups: width }), squeeze(width, from), project]
    : width === from
      ? [unit(from, to, { kernelSize, stride })]
      : [unit(from, width, { kernelSize, stride }), project]
  return layer({
    children: { block: sequential(inner), stochastic_depth: dropPath(drop) },
    forward: (own, [x]) => {
      const y = own.block(x)
      return stride === 1 && from === to ? m.add(own.stochastic_depth(y), x) : y
    },
  })
}

/** Weights channels by what two convolutions make of their means; `from` channels come into the block. */
function squeeze(channels: number, from: number): Layer {
  const few = Math.max(1, Math.floor(from / 4))
  return layer({
    children: {
      fc1: conv(2, channels, few, { kernelSize: 1 }),
      fc2: conv(2, few, channels, { kernelSize: 1 }),
    },
    forward: (own, [x]) => m.mul(m.sigmoid(own.fc2(m.swish(own.fc1(adaptiveAveragePool(x, 1))))), x),
  })
}

/** The nearest multiple of 8 that is not less than nine tenths. */
function eights(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8)
  return rounded < 0.9 * channels ? rounded + 8 : rounded
}

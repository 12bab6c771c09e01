import { maxPool } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import type { Value } from '../../graph/ir.ts'
import { conv } from '../blocks/conv.ts'
import { poolLayer } from '../blocks/pool.ts'
import { layer, pure, type Layer } from '../layer.ts'

/** A network without its classifier in slices: after each its map is compared. */
export interface Trunk {
  /** The parts of each slice, by their number in torchvision's `features`. */
  readonly slices: readonly (readonly (readonly [part: number, layer: Layer])[])[]
  /** Channels of the map after each slice. */
  readonly channels: readonly number[]
}

const relu = pure(m.relu)
const halved = (kernel: number, strides: number) => pure((x) => maxPool(x, kernel, { strides }))
const square = (from: number, to: number, kernelSize: number, strides = 1): Layer =>
  conv(2, from, to, { kernelSize, strides, padding: Math.floor(kernelSize / 2) })

/** The parts in a row, cut before those numbers. */
function cut(parts: readonly Layer[], at: readonly number[], channels: readonly number[]): Trunk {
  const slices = at.map((end, i) =>
    parts.slice(at[i - 1] ?? 0, end).map((part, k) => [(at[i - 1] ?? 0) + k, part] as const),
  )
  return { slices, channels }
}

/** AlexNet (Krizhevsky 2014), as torchvision's. */
function alex(): Trunk {
  const shrink = halved(3, 2)
  const parts = [
    conv(2, 3, 64, { kernelSize: 11, strides: 4, padding: 2 }),
    relu,
    shrink,
    square(64, 192, 5),
    relu,
    shrink,
    square(192, 384, 3),
    relu,
    square(384, 256, 3),
    relu,
    square(256, 256, 3),
    relu,
  ]
  return cut(parts, [2, 5, 8, 10, 12], [64, 192, 384, 256, 256])
}

/** VGG of 16 layers (Simonyan and Zisserman 2015). */
function vgg(): Trunk {
  const levels = [
    [64, 64],
    [128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [512, 512, 512],
  ]
  let from = 3
  const parts = levels.flatMap((widths, level) => [
    ...(level > 0 ? [halved(2, 2)] : []),
    ...widths.flatMap((to) => [square(from, (from = to), 3), relu]),
  ])
  return cut(parts, [4, 9, 16, 23, 30], [64, 128, 256, 512, 512])
}

/** SqueezeNet 1.1 (Iandola et al. 2016). */
function squeeze(): Trunk {
  const shrink = poolLayer(['max', { kernelSize: 3, stride: 2, ceilMode: true }])
  const parts = [
    conv(2, 3, 64, { kernelSize: 3, strides: 2 }),
    relu,
    shrink,
    fire(64, 16, 64),
    fire(128, 16, 64),
    shrink,
    fire(128, 32, 128),
    fire(256, 32, 128),
    shrink,
    fire(256, 48, 192),
    fire(384, 48, 192),
    fire(384, 64, 256),
    fire(512, 64, 256),
  ]
  return cut(parts, [2, 5, 8, 10, 11, 12, 13], [64, 128, 256, 384, 384, 512, 512])
}

/** Few channels, and from them 1-wide and 3-wide convolutions side by side. */
function fire(from: number, few: number, to: number): Layer {
  return layer({
    children: { squeeze: square(from, few, 1), expand1x1: square(few, to, 1), expand3x3: square(few, to, 3) },
    forward: (own, [x]) => {
      const narrow = m.relu(own.squeeze(x))
      return m.concat([m.relu(own.expand1x1(narrow)), m.relu(own.expand3x3(narrow))], 1)
    },
  })
}

export const trunks: Readonly<Record<'alex' | 'vgg' | 'squeeze', () => Trunk>> = { alex, vgg, squeeze }

/** One slice of a trunk. */
export function slice(parts: Trunk['slices'][number]): Layer {
  const children = Object.fromEntries(parts.map(([number, part]) => [String(number), part]))
  return layer({ children, forward: (own, [x]) => parts.reduce<Value>((y, [number]) => own[String(number)](y), x) })
}

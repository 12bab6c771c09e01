// The parts of a Swin transformer (Liu et al. 2021), on lattices of tokens `[N, ...grid, C]`.
import { sizeOf } from '../../core/tensor.ts'
import { constant, type Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { smallNormal } from '../init.ts'
import { layer, type Layer, type Weight } from '../layer.ts'
import { attendedLayer } from './attention.ts'
import { dropoutLayer } from './dropout.ts'
import { dropPath } from './dropPath.ts'
import { linear, linearInParts } from './linear.ts'
import { mlpBlock } from './mlp.ts'
import { layerNorm } from './norm.ts'
import { fromWindows, intoWindows, regionsOf, windowsOf, type Windows } from './windows.ts'

/** What all blocks of a Swin transformer share. */
export interface SwinOptions {
  readonly window: readonly number[]
  /** `relativePositions` of the window; one array for all blocks. */
  readonly positions: Int32Array
  readonly mlpRatio: number
  readonly qkvBias: boolean
  readonly dropRate: number
  readonly attnDropRate: number
}

/** MONAI SwinTransformerBlock: attention within windows, shifted or not, then an MLP; each left out with chance `pathRate`. */
export function swinBlock(
  features: number,
  numHeads: number,
  isShifted: boolean,
  pathRate: number,
  options: SwinOptions,
): Layer {
  const { window, mlpRatio, dropRate } = options
  const shift = window.map((n) => (isShifted ? Math.floor(n / 2) : 0))
  return layer({
    children: {
      norm1: layerNorm(features),
      attn: windowAttention(features, numHeads, options),
      drop_path: dropPath(pathRate),
      norm2: layerNorm(features),
      mlp: mlpBlock(features, Math.trunc(features * mlpRatio), dropRate),
    },
    forward(own, [x]) {
      const windows = windowsOf(x.shape.slice(1, -1), window, shift)
      const regions = regionsValue(windows)
      const inner = own.attn(intoWindows(own.norm1(x), windows), ...(regions ? [regions] : []))
      const y = m.add(x, own.drop_path(fromWindows(inner, windows)))
      return m.add(y, own.drop_path(own.mlp(own.norm2(y))))
    },
  })
}

/** MONAI WindowAttention of `[N · windows, tokens, features]`; a second input tells which tokens of a window see each other. */
function windowAttention(
  features: number,
  numHeads: number,
  { window, positions, qkvBias, dropRate, attnDropRate }: SwinOptions,
): Layer {
  const rows = sizeOf(window.map((n) => 2 * n - 1))
  const table: Weight = { shape: [rows, numHeads], init: smallNormal, role: 'embedding' }
  const places: Weight = {
    shape: [sizeOf(window), sizeOf(window)],
    init: { kind: 'values', values: positions },
    role: 'index',
  }
  return layer({
    weights: { relative_position_bias_table: table, relative_position_index: places },
    children: {
      qkv: linearInParts(features, 3 * features, 3, { bias: qkvBias }),
      attended: attendedLayer(features, numHeads, attnDropRate),
      proj: linear(features, features),
      proj_drop: dropoutLayer(dropRate),
    },
    forward(own, [x, regions]) {
      const tokens = x.shape[1]
      // A window cut short by a small lattice takes the first rows and columns, whatever positions they stand for.
      const index = m.slice(own.relative_position_index, [0, 0], [tokens, tokens])
      const bias = m.gather(m.transpose(own.relative_position_bias_table, [1, 0]), index, 1)
      const y = own.attended(...own.qkv(x), bias, ...(regions ? [regions] : []))
      return own.proj_drop(own.proj(y))
    },
  })
}

/** Which neighbours PatchMerging joins, and in which order; `legacyMerging` is what MONAI up to 1.4 called `merging`. */
export type Merging = 'merging' | 'mergingv2' | 'legacyMerging'

/** MONAI PatchMerging and PatchMergingV2: neighbours, 2 along each axis, become one token with twice the features. */
export function patchMerging(features: number, axes: number, mode: Merging): Layer {
  const neighbours = 2 ** axes
  const order = mergingOrder(axes, mode)
  return layer({
    children: {
      reduction: linear(neighbours * features, 2 * features, { bias: false }),
      norm: layerNorm(neighbours * features),
    },
    forward(own, [x]) {
      const ends = x.shape.map((n, axis) => (axis > 0 && axis <= axes ? n % 2 : 0))
      const even = ends.some((n) => n > 0) ? m.pad(x, [...ends.map(() => 0), ...ends]) : x
      const grid = even.shape.slice(1, -1).map((n) => n / 2)
      const split = m.reshape(even, [x.shape[0], ...grid.flatMap((n) => [n, 2]), features])
      const perm = [0, ...grid.map((_, i) => 1 + 2 * i), ...grid.map((_, i) => 2 + 2 * i), 1 + 2 * axes]
      const beside = m.reshape(m.transpose(split, perm), [x.shape[0], ...grid, neighbours, features])
      const index = constant({ dtype: 'int32', shape: [neighbours], data: order })
      const joined = m.gather(beside, index, axes + 1)
      return own.reduction(own.norm(m.reshape(joined, [x.shape[0], ...grid, neighbours * features])))
    },
  })
}

/** Neighbours by the parities of their places, numbered with the first axis slowest. */
const mergingOrders: Readonly<Record<Merging, readonly number[]>> = {
  merging: [0, 4, 2, 1, 6, 5, 3, 7],
  mergingv2: [0, 1, 2, 3, 4, 5, 6, 7],
  legacyMerging: [0, 4, 2, 1, 5, 2, 1, 7], // two of them twice, two never
}

function mergingOrder(axes: number, mode: Merging): Int32Array {
  return Int32Array.from(axes === 2 ? [0, 2, 1, 3] : mergingOrders[mode]) // on two axes the last one slowest in all
}

function regionsValue(windows: Windows): Value | null {
  const data = regionsOf(windows)
  const tokens = sizeOf(windows.window)
  return data && constant({ dtype: 'int32', shape: [data.length / tokens, tokens], data })
}

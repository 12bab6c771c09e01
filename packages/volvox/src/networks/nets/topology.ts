// The space that DiNTS searches (He et al. 2021): blocks of cells between maps of several resolutions.
import { z } from 'zod'
import { OptionError, ShapeError, shown } from '../../core/errors.ts'
import { Kind, anything, bool, count, positive, type Schema, type Values } from '../../core/options.ts'
import { sameShape } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import {
  actiConvNorm,
  factorizedIncrease,
  factorizedReduce,
  p3dActiConvNorm,
  skipConnect,
  type CostedBlock,
  type DintsBlockOptions,
} from '../blocks/dintsBlock.ts'
import type { InputRule } from '../inputRule.ts'
import type { NetworkInput } from '../inputs.ts'
import { layer, type Layer, type Weight } from '../layer.ts'
import { activation, named } from '../named.ts'
import { network, optionError, type Network } from '../network.ts'

const table = z.array(z.array(z.number()).readonly()).readonly()

/** A list of lists of numbers, as in `arch_ckpt` files. */
export const numberTable: Kind<readonly (readonly number[])[]> = new Kind('a list of lists of numbers', () => table)

const archCode: Kind<readonly [readonly (readonly number[])[], readonly (readonly number[])[]]> = new Kind(
  'two lists of lists: which paths of each block are used, and which operation each has',
  () => z.tuple([table, table]).readonly(),
)

export const topologyOptions = {
  archCode: archCode.opt(
    'For each block, which paths are used (0 or 1), and the number of the operation of each; all paths with all operations when null.',
    null,
  ),
  channelMul: positive.opt('Width of the maps, in units of 32 channels at the top; each level down doubles it.', 1),
  numBlocks: count.opt('Blocks, one after the other.', 6),
  numDepths: count.opt('Resolutions, each half of the one before.', 3),
  spatialDims: count.where((n) => n === 2 || n === 3, '2 or 3').opt('Spatial axes.', 3),
  actName: activation.opt('Activation.', 'RELU'),
  normName: named.opt('Norm.', ['INSTANCE', { affine: true }]),
  useDownsample: bool.opt('Whether the stem of the DiNTS around it halves the image first.', true),
  device: anything.opt('No effect: the executor decides.', 'cpu'),
} satisfies Schema

export type TopologyOptions = Values<typeof topologyOptions>

/** The options of a space that one of the networks below made. */
export function optionsOf(space: Network<readonly Value[]>): TopologyOptions {
  return space.options as TopologyOptions
}

/** A way from a map of one block to a map of the next; `rate` is 1 where it doubles the size, -1 where it halves it. */
interface Path {
  readonly from: number
  readonly to: number
  readonly rate: -1 | 0 | 1
}

/** The paths of a block: into each resolution from the one above, from itself and from the one below, top first. */
export function pathsOf(depths: number): readonly Path[] {
  return Array.from({ length: depths }, (_, to) =>
    ([-1, 0, 1] as const).map((rate): Path => ({ from: to + rate, to, rate })),
  )
    .flat()
    .filter(({ from }) => from >= 0 && from < depths)
}

/** Width of each resolution, and of one below the last. */
export function widthsOf({ channelMul, numDepths }: Pick<TopologyOptions, 'channelMul' | 'numDepths'>): number[] {
  return Array.from({ length: numDepths + 1 }, (_, i) => Math.trunc(32 * 2 ** i * channelMul))
}

/** How many operations a cell may have. */
export function operationsOf({ spatialDims }: Pick<TopologyOptions, 'spatialDims'>): number {
  return spatialDims === 2 ? 2 : 5
}

/** A path in use: what brings its input to size, and the operations that are added up then. */
export interface Cell extends Path {
  readonly block: number
  /** Its place among the paths of the block. */
  readonly path: number
  readonly preprocess: CostedBlock
  readonly operations: readonly CostedBlock[]
}

/** The cells of all paths in use, block by block. */
export function cellsOf(o: TopologyOptions): readonly Cell[] {
  const widths = widthsOf(o).slice(o.useDownsample ? 1 : 0)
  const used = (block: number, path: number) => o.archCode === null || o.archCode[0][block][path] === 1
  return Array.from({ length: o.numBlocks }, (_, block) =>
    pathsOf(o.numDepths).map((at, path): Cell => {
      const [from, to] = [widths[at.from], widths[at.to]]
      const all = operations(to, o)
      const code = o.archCode?.[1][block][path]
      return {
        ...at,
        block,
        path,
        preprocess: preprocess(at, from, to, o),
        operations: code === undefined ? all : [all[code]],
      }
    }),
  )
    .flat()
    .filter(({ block, path }) => used(block, path))
}

function preprocess({ rate }: Path, from: number, to: number, o: DintsBlockOptions): CostedBlock {
  if (rate === -1) return factorizedReduce(from, to, o)
  if (rate === 1) return factorizedIncrease(from, to, o)
  return from === to ? skipConnect : actiConvNorm(from, to, 1, o)
}

function operations(channels: number, o: DintsBlockOptions): readonly CostedBlock[] {
  const whole = actiConvNorm(channels, channels, 3, o)
  if (o.spatialDims === 2) return [skipConnect, whole]
  return [
    skipConnect,
    whole,
    ...[2, 1, 0].map((axis) => p3dActiConvNorm(channels, channels, { kernelSize: 3, padding: 1, axis }, o)),
  ]
}

function check(o: TopologyOptions): void {
  if (o.archCode === null) return
  const paths = pathsOf(o.numDepths).length
  o.archCode.forEach((code, i) => {
    if (code.length !== o.numBlocks || code.some((row) => row.length !== paths))
      optionError(
        `archCode[${i}]`,
        `is a table of ${code.length} by ${code[0]?.length ?? 0}; ${o.numBlocks} blocks with ${o.numDepths} depths need ${o.numBlocks} by ${paths}`,
      )
  })
  const most = operationsOf(o) - 1
  const wrong = o.archCode[1].flat().find((code) => !Number.isInteger(code) || code < 0 || code > most)
  if (wrong !== undefined) optionError('archCode[1]', `${wrong} is no operation; use 0 to ${most}`)
}

const input = (o: TopologyOptions): InputRule => ({
  channels: widthsOf(o)[o.useDownsample ? 1 : 0],
  spatialDims: o.spatialDims,
  divisor: 2 ** (o.numDepths - 1),
})

const inputs = (o: TopologyOptions): readonly NetworkInput[] => {
  const widths = widthsOf(o).slice(o.useDownsample ? 1 : 0)
  return Array.from({ length: o.numDepths }, (_, i) => ({
    name: `x.${i}`,
    about: `maps [N, ${widths[i]}, ...]`,
    ...(i > 0 && {
      shape: ([n, , ...spatial]: readonly number[]) => [n, widths[i], ...spatial.map((v) => v / 2 ** i)],
    }),
  }))
}

/** What the operations of a cell are multiplied with. */
type Weighing = (cell: Cell) => { readonly path: Value; readonly operations: readonly Value[] } | undefined

/** The cells as children, and how maps go through them. */
function construction(o: TopologyOptions) {
  const cells = cellsOf(o)
  const nameOf = ({ block, path }: Cell) => `cell_tree.(${block}, ${path})`
  const children = Object.fromEntries(
    cells.flatMap((cell): [string, Layer][] => [
      [`${nameOf(cell)}.preprocess`, cell.preprocess.layer],
      ...cell.operations.map((op, i): [string, Layer] => [`${nameOf(cell)}.op.ops.${i}`, op.layer]),
    ]),
  )
  const through = (own: Readonly<Record<string, (x: Value) => Value>>, maps: readonly Value[], weighing?: Weighing) => {
    if (maps.length !== o.numDepths)
      throw new OptionError(
        'numDepths',
        `${maps.length} maps were given to ${o.numDepths} resolutions; give one for each`,
      )
    inputs(o).forEach(({ name, about, shape }, i) => {
      const wanted = shape?.(maps[0].shape) ?? maps[0].shape
      if (!sameShape(maps[i].shape, wanted))
        throw new ShapeError(name, `has shape ${shown(maps[i].shape)}; give ${about}, ${shown(wanted)}`)
    })
    const withCell = (x: Value, cell: Cell): Value => {
      const weights = weighing?.(cell)
      const y = own[`${nameOf(cell)}.preprocess`](x)
      const parts = cell.operations.map((_, i) => {
        const part = own[`${nameOf(cell)}.op.ops.${i}`](y)
        return weights ? m.mul(part, weights.operations[i]) : part
      })
      const sum = parts.reduce((a, b) => m.add(a, b))
      return weights ? m.mul(sum, weights.path) : sum
    }
    let now = maps
    for (let block = 0; block < o.numBlocks; block++) {
      const next = maps.map((): Value | undefined => undefined)
      for (const cell of cells.filter((c) => c.block === block)) {
        const y = withCell(now[cell.from], cell)
        const known = next[cell.to]
        next[cell.to] = known ? m.add(known, y) : y
      }
      now = next.map((value, i) => value ?? m.zerosLike(maps[i]))
    }
    return now
  }
  return { children, through }
}

/** A searched architecture, to be trained and used inside a DiNTS: one map per resolution in and out (MONAI TopologyInstance). */
export const TopologyInstance = network({
  name: 'TopologyInstance',
  options: topologyOptions,
  check,
  input,
  inputs,
  build(o): Layer<readonly Value[]> {
    const { children, through } = construction(o)
    return layer({ children, forward: (own, maps) => through(own, maps) })
  },
})

/**
 * The space of architectures itself (MONAI TopologySearch): every path counts by its probability and every operation by its
 * share, both learnt. `topologySearch.ts` has what one asks it for.
 */
export const TopologySearch = network({
  name: 'TopologySearch',
  options: topologyOptions,
  check,
  input,
  inputs,
  build(o): Layer<readonly Value[]> {
    const { children, through } = construction(o)
    const paths = pathsOf(o.numDepths).length
    const logits = (shape: readonly number[], mean: number): Weight => ({
      shape,
      init: { kind: 'normal', mean, std: 0.01 },
      role: 'embedding',
    })
    return layer({
      weights: {
        log_alpha_c: logits([o.numBlocks, paths, operationsOf(o)], 1),
        log_alpha_a: logits([o.numBlocks, paths], 0),
      },
      children: children as Readonly<Record<string, Layer>>,
      forward(own, maps): readonly Value[] {
        const { paths: probability } = pathProbabilities(own.log_alpha_a)
        const shares = m.softmax(own.log_alpha_c, -1)
        const one = (x: Value, ...at: number[]) =>
          m.reshape(
            m.slice(
              x,
              at,
              at.map(() => 1),
            ),
            [],
          )
        return through(own, maps, ({ block, path, operations }) => ({
          path: one(probability, block, path),
          operations: operations.map((_, i) => one(shares, block, path, i)),
        }))
      },
    })
  },
})

/**
 * How likely paths are used, `[blocks, paths]`: the sigmoid of `logAlphaA`, `single`, given that not all paths of a block are
 * left out, which has the chance `some` `[blocks, 1]`.
 */
export function pathProbabilities(logAlphaA: Value): {
  readonly single: Value
  readonly some: Value
  readonly paths: Value
} {
  const single = m.sigmoid(logAlphaA)
  const [blocks, paths] = single.shape
  const none = Array.from({ length: paths }, (_, i) => m.sub(1, m.narrow(single, 1, i, 1))).reduce((a, b) =>
    m.mul(a, b),
  )
  const some = m.reshape(m.sub(1, none), [blocks, 1])
  return { single, some, paths: m.div(single, some) }
}

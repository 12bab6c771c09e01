import { sizeOf } from 'volvox/core'
import type { Layout, PostOp } from '../api.ts'
import { seenAs, type Form } from '../forms.ts'
import type { Plan } from '../plan.ts'
import { spreadLayout } from './elementwise.ts'

// The library's norm is fast for blocks of 16 channels only (row-major data take ten times as long), and loses digits
// where a channel is long (the variance of 96^3 voxels is wrong by 4e-4). But any 16 neighbouring numbers in memory may
// be called 16 channels, and any stretch of them an image: what a channel's pieces have together follows from the few
// numbers of each, and one more pass in place, a multiplication and an addition by piece, makes one norm of the other.

/** A tensor's memory as a batch norm of one sample takes it, every channel of which is a piece of one of the tensor's. */
export interface Pieces {
  /** `[1, pieces, 1, 1, length]`. */
  readonly data: Layout
  /** The sample and channel, `n · C + c`, that each piece belongs to. */
  readonly owners: Int32Array
  /** Elements of a piece. */
  readonly length: number
}

/** Pieces this long and 16 wide stay in a processor's own cache between the passes of a norm. */
const LONGEST = 4096

/** Cuts a tensor `[N, C, ...]` that lies in `layout` without gaps; null when its channels last do not fill 16 evenly. */
export function piecesOf(plan: Plan, layout: Layout, shape: readonly number[]): Pieces | null {
  const [samples, channels, ...space] = shape
  const voxels = sizeOf(space)
  if (layout.blocks.length > 0)
    return cut(plan, layout, (samples * channels) / 16, voxels, (row, lane) => 16 * row + lane)
  if (layout.key === plan.rowMajor(shape, layout.dtype).key) {
    if (voxels % 16 === 0) return cut(plan, layout, samples * channels, voxels / 16, (row) => row)
    const data = plan.rowMajor([1, samples * channels, 1, 1, voxels], layout.dtype)
    return { data, owners: Int32Array.from({ length: samples * channels }, (_, row) => row), length: voxels }
  }
  if (16 % channels !== 0 || (voxels * channels) % 16 !== 0) return null
  return cut(plan, layout, samples, (voxels * channels) / 16, (row, lane) => row * channels + (lane % channels))
}

/** Rows of `[length][16]` numbers, cut into shorter ones. */
function cut(
  plan: Plan,
  { dtype }: Layout,
  rows: number,
  length: number,
  ownerOf: (row: number, lane: number) => number,
): Pieces {
  const parts = partsOf(length)
  const pieces = 16 * rows * parts
  return {
    data: plan.layout([1, pieces, 1, 1, length / parts], 'blocked16', dtype),
    owners: Int32Array.from({ length: pieces }, (_, i) => ownerOf(Math.floor(i / (16 * parts)), i % 16)),
    length: length / parts,
  }
}

/** The least number of equal parts that are short enough; 1 where only slivers would be. */
function partsOf(length: number): number {
  for (let parts = Math.ceil(length / LONGEST); parts <= length / 64; parts++) if (length % parts === 0) return parts
  return 1
}

/** to = from · factor + term by piece, or that added to what is there. */
export function scalePieces(
  plan: Plan,
  from: Form,
  { factor, term }: { readonly factor: Form; readonly term: Form },
  to: Form,
  sum: readonly PostOp[] = [],
): void {
  const { layout } = from
  const spread = spreadLayout(plan, [layout.dims[1]], layout)
  const operation = { kind: 'binary', algorithm: 'mul', a: layout, b: spread, dst: layout } as const
  const add: PostOp = { kind: 'binary', algorithm: 'add', operand: spread }
  plan.execute(plan.primitive(operation, [add, ...sum]), [
    ['src', from],
    ['src1', seenAs(factor, spread)],
    ['post0', seenAs(term, spread)],
    ['dst', to],
  ])
}

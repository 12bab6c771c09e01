import type { AttrsOf, ConvAttrs, Value } from 'volvox/graph'
import type { Layout, MemoryType, Operation, Primitive, Tag, Window } from '../api.ts'
import { runChain } from './chain.ts'
import { applyLinks, spreadLayout } from './elementwise.ts'
import { seenAs, type Argument, type Form } from '../forms.ts'
import type { Plan } from '../plan.ts'
import type { Link } from '../fuse.ts'
import type { Lower } from './lowering.ts'

// Which layouts (docs/performance.md has the numbers): with multiples of 16 on both sides, blocks of 16 channels and
// channels last are equally fast in all three directions, and blocks are better for what comes between. With other
// numbers blocks would be padded and half empty, and some directions fall back to kernels a thousand times slower;
// channels last has a fast kernel always. The first convolution reads its 1 to 3 channels row-major.

interface Convolution {
  readonly direction: 'forward' | 'backwardData' | 'backwardWeights'
  /** Shapes of the convolution's input, weight `[O, I/groups, ...k]` and output. */
  readonly x: readonly number[]
  readonly w: readonly number[]
  readonly y: readonly number[]
  readonly attrs: ConvAttrs
  /** The element type of the result. */
  readonly result: MemoryType
}

export const conv: Lower<'conv'> = (plan, { inputs, output, attrs }) =>
  convChain(plan, { inputs, output, attrs }, [], output)

/** A convolution and the elementwise links after it, in one primitive where the library has a fast kernel for both. */
export function convChain(
  plan: Plan,
  { inputs: [x, w, bias], output: y, attrs }: { inputs: readonly Value[]; output: Value; attrs: AttrsOf<'conv'> },
  links: readonly Link[],
  output: Value,
): void {
  const result = plan.typeOf(output)
  const shapes: Convolution = { direction: 'forward', x: x.shape, w: w.shape, y: y.shape, attrs, result }
  const biasForm = bias ? plan.plain(bias) : null
  const alone = choose(plan, shapes, biasForm?.layout ?? null, weightLayout(plan, w, attrs.groups))
  const [src, weights, dst] = (['src', 'weights', 'dst'] as const).map((role) => alone.layout(role))
  const args: Argument[] = [
    ['src', plan.as(x, src)],
    ['weights', grouped(plan, w, attrs.groups, weights)],
  ]
  if (biasForm) args.push(['bias', biasForm])
  const operation = operationOf(shapes, src, weights, dst, biasForm?.layout ?? null)
  runChain(plan, { alone, operation, args }, links, output)
}

export const convInputGrad: Lower<'convInputGrad'> = (plan, { inputs: [g, w, bias], output, attrs }) => {
  const result = plan.typeOf(output)
  const shapes: Convolution = { direction: 'backwardData', x: attrs.shape, w: w.shape, y: g.shape, attrs, result }
  const primitive = choose(plan, shapes, null, weightLayout(plan, w, attrs.groups))
  const layout = primitive.layout('diffSrc')
  const args: Argument[] = [
    ['diffDst', plan.as(g, primitive.layout('diffDst'))],
    ['weights', grouped(plan, w, attrs.groups, primitive.layout('weights'))],
  ]
  if (!bias) {
    plan.execute(primitive, [...args, ['diffSrc', plan.output(output, layout)]])
    return
  }
  // By channel, rows of voxels are ten times as fast as a few channels last.
  const rows = layout.blocks.length === 0 ? plan.rowMajor(output.shape, layout.dtype) : layout
  const to = plan.output(output, rows)
  const unbiased = rows.key === layout.key ? to : plan.temporary(layout)
  plan.execute(primitive, [...args, ['diffSrc', unbiased]])
  if (unbiased !== to) plan.reorder(unbiased, to)
  const operand = seenAs(plan.plain(bias), spreadLayout(plan, bias.shape, rows))
  applyLinks(plan, to, [{ kind: 'binary', algorithm: 'add', operand: bias }], to, () => operand)
}

export const convWeightGrad: Lower<'convWeightGrad'> = (plan, { inputs: [x, g], outputs: [dw, dbias], attrs }) => {
  const result = 'float32'
  const shapes: Convolution = { direction: 'backwardWeights', x: x.shape, w: attrs.shape, y: g.shape, attrs, result }
  const bias = dbias ? plan.plainLayout(dbias) : null
  const wanted = plan.wanted.get(dw)
  const primitive = choose(plan, shapes, bias, wanted ?? null)
  const layout = primitive.layout('diffWeights')
  const args: Argument[] = [
    ['src', plan.as(x, primitive.layout('src'))],
    ['diffDst', plan.as(g, primitive.layout('diffDst'))],
  ]
  if (dbias && bias) args.push(['diffBias', plan.output(dbias, bias)])
  const direct = attrs.groups === 1 && layout.dense
  const to = direct ? plan.output(dw, layout) : plan.temporary(layout)
  plan.execute(primitive, [...args, ['diffWeights', to]])
  if (!direct) {
    const plain = groupedLayout(plan, attrs.shape, attrs.groups)
    plan.reorder(to, seenAs(plan.output(dw, plan.plainLayout(dw)), plain))
  }
}

/** The layout that a forward convolution wants for its weight; null where it should stay row-major. */
export function preferredWeights(
  plan: Plan,
  x: readonly number[],
  w: readonly number[],
  y: readonly number[],
  attrs: ConvAttrs,
): Layout | null {
  if (attrs.groups > 1) return null
  const shapes: Convolution = { direction: 'forward', x, w, y, attrs, result: 'float32' }
  const layout = choose(plan, shapes, null, null).layout('weights')
  return layout.dense ? layout : null
}

/** The kernel for a convolution, in the precision of the plan if that has a fast one, with layouts that make it fast. */
function choose(plan: Plan, c: Convolution, bias: Layout | null, weights: Layout | null): Primitive {
  const made: Primitive[] = []
  const shape = groupedShape(c.w, c.attrs.groups)
  const compute: readonly MemoryType[] = plan.compute === 'bfloat16' ? ['bfloat16', 'float32'] : ['float32']
  for (const dtype of compute) {
    const types = typesOf(c, dtype)
    for (const [src, dst] of tagsOf(c))
      for (const wish of weights?.dtype === types.w ? [weights, null] : [null]) {
        const [x, w, y] = [
          plan.layout(c.x, src, types.x),
          wish ?? plan.layout(shape, 'any', types.w),
          plan.layout(c.y, dst, types.y),
        ]
        const hint = {
          src: plan.layout(c.x, src, dtype),
          weights: plan.layout(shape, 'any', dtype),
          dst: plan.layout(c.y, dst, dtype),
        }
        const operation = operationOf(c, x, w, y, bias)
        const primitive = plan.tryPrimitive(
          c.direction === 'forward' || dtype === 'float32' ? operation : { ...operation, forward: hint },
        )
        if (primitive && isFast(primitive)) return primitive
        if (primitive && dtype === 'float32') made.push(primitive)
      }
  }
  const best = made.find(({ implementation }) => implementation.includes('gemm')) ?? made[0]
  return best ?? plan.primitive(operationOf(c, plan.layout(c.x, 'any'), plan.layout(shape, 'any'), plan.layout(c.y, 'any'), bias)) // prettier-ignore
}

/** Element types of x, w and y: what is read is of type `dtype`, the result of the type asked for. */
function typesOf(
  { direction, result }: Convolution,
  dtype: MemoryType,
): { readonly x: MemoryType; readonly w: MemoryType; readonly y: MemoryType } {
  const made = dtype === 'float32' ? dtype : result // products of float32 are float32
  return {
    x: direction === 'backwardData' ? made : dtype,
    w: direction === 'backwardWeights' ? made : dtype,
    y: direction === 'forward' ? made : dtype,
  }
}

function isFast({ implementation }: Primitive): boolean {
  return !implementation.startsWith('ref') && !implementation.includes('gemm')
}

/** Layouts to try for input and output, best first. */
function tagsOf({ direction, x, y, attrs: { groups } }: Convolution): readonly (readonly [Tag, Tag])[] {
  const [inner, outer] = [x[1], y[1]]
  const blocked = inner % 16 === 0 && outer % 16 === 0
  const rest: readonly (readonly [Tag, Tag])[] = [
    ['channelsLast', 'channelsLast'],
    ['plain', 'plain'],
    ['any', 'any'],
  ]
  if (blocked) return [['blocked16', 'blocked16'], ...rest]
  if (inner <= 3 && outer % 16 === 0 && groups === 1 && direction !== 'backwardData')
    return [['plain', 'blocked16'], ...rest]
  return rest
}

type Convolving = Extract<Operation, { kind: 'convolution' }>

function operationOf(
  { direction, x, attrs }: Convolution,
  src: Layout,
  weights: Layout,
  dst: Layout,
  bias: Layout | null,
): Convolving {
  return { kind: 'convolution', direction, src, weights, bias, dst, ...windowOf(attrs, x.length - 2) }
}

/** The window in oneDNN's words: it counts the gap between taps, not their distance. */
export function windowOf(attrs: Pick<ConvAttrs, 'strides' | 'pads' | 'dilations'>, rank: number): Window {
  return {
    strides: attrs.strides,
    dilates: attrs.dilations.map((d) => d - 1),
    padBegin: attrs.pads.slice(0, rank),
    padEnd: attrs.pads.slice(rank),
  }
}

/** The form that a weight has already, if a convolution could take it as it is. */
function weightLayout(plan: Plan, w: Value, groups: number): Layout | null {
  const { layout } = plan.form(w)
  return groups === 1 && layout.blocks.length > 0 ? layout : null
}

/** A weight in the layout of a primitive; grouped weights are kept row-major, where groups are just another axis. */
function grouped(plan: Plan, w: Value, groups: number, layout: Layout): Form {
  if (groups === 1) return plan.as(w, layout)
  const plain = seenAs(plan.plain(w), groupedLayout(plan, w.shape, groups))
  if (plain.layout.key === layout.key) return plain
  return plan.converted(plain, layout)
}

function groupedShape([out, ...rest]: readonly number[], groups: number): number[] {
  return groups === 1 ? [out, ...rest] : [groups, out / groups, ...rest]
}

function groupedLayout(plan: Plan, shape: readonly number[], groups: number): Layout {
  return plan.rowMajor(groupedShape(shape, groups))
}

import type { AveragePoolAttrs, MaxPoolAttrs, Value } from 'volvox/graph'
import type { Layout, Operation } from '../api.ts'
import type { Form } from '../forms.ts'
import type { Plan } from '../plan.ts'
import { windowOf } from './conv.ts'
import { commonLayout } from './elementwise.ts'
import type { Lower } from './lowering.ts'

export const maxPool: Lower<'maxPool'> = (plan, { inputs: [x], output, attrs }) => {
  const layout = commonLayout(plan, [x])
  const dst = like(plan, layout, output.shape)
  const from = plan.as(x, layout)
  winners(plan, x, attrs, from, plan.output(output, dst))
}

export const maxPoolGrad: Lower<'maxPoolGrad'> = (plan, { inputs: [g, x], output, attrs }) => {
  const from = plan.form(x).layout.dense ? plan.form(x) : plan.plain(x)
  const { layout } = from
  const dst = like(plan, layout, g.shape)
  // Who won each window: known from the forward pass, or found again.
  const workspace = winners(plan, x, attrs, from, null)
  const primitive = plan.primitive({ ...poolOf(attrs, layout, dst), algorithm: 'max', direction: 'backward' })
  plan.execute(primitive, [
    ['diffDst', plan.as(g, dst)],
    ['workspace', workspace],
    ['diffSrc', plan.output(output, layout)],
  ])
}

/** Runs the forward pool unless it was run before, into `to` if given; returns its workspace. */
function winners(plan: Plan, x: Value, attrs: MaxPoolAttrs, from: Form, to: Form | null): Form {
  const { kernel, strides, pads, dilations } = attrs
  const found = plan.notes(x)
  const key = JSON.stringify([from.layout.key, kernel, strides, pads, dilations])
  const known = found.get(key)
  if (known && !to) return known
  const shape = x.shape.map((n, axis) => (axis < 2 ? n : pooled(n, axis - 2, attrs)))
  const dst = to?.layout ?? like(plan, from.layout, shape)
  const primitive = plan.primitive({ ...poolOf(attrs, from.layout, dst), algorithm: 'max', direction: 'forward' })
  const workspace = plan.temporary(primitive.layout('workspace'))
  plan.execute(primitive, [
    ['src', from],
    ['workspace', workspace],
    ['dst', to ?? plan.temporary(dst)],
  ])
  found.set(key, workspace)
  return workspace
}

function pooled(n: number, axis: number, { kernel, strides, pads, dilations }: MaxPoolAttrs): number {
  const reach = dilations[axis] * (kernel[axis] - 1) + 1
  return Math.floor((n + pads[axis] + pads[axis + kernel.length] - reach) / strides[axis]) + 1
}

export const averagePool: Lower<'averagePool'> = (plan, { inputs: [x], output, attrs }) => {
  const layout = commonLayout(plan, [x])
  const dst = like(plan, layout, output.shape)
  const primitive = plan.primitive({ ...averageOf(attrs, layout, dst), direction: 'forward' })
  plan.execute(primitive, [
    ['src', plan.as(x, layout)],
    ['dst', plan.output(output, dst)],
  ])
}

export const averagePoolGrad: Lower<'averagePoolGrad'> = (plan, { inputs: [g], output, attrs }) => {
  const dst = commonLayout(plan, [g])
  const layout = like(plan, dst, output.shape)
  const primitive = plan.primitive({ ...averageOf(attrs, layout, dst), direction: 'backward' })
  plan.execute(primitive, [
    ['diffDst', plan.as(g, dst)],
    ['diffSrc', plan.output(output, layout)],
  ])
}

type Pooling = Extract<Operation, { kind: 'pooling' }>

function averageOf(attrs: AveragePoolAttrs, src: Layout, dst: Layout): Omit<Pooling, 'direction'> {
  const algorithm = attrs.countIncludePad ? 'averageWithPadding' : 'averageWithoutPadding'
  return { ...poolOf({ ...attrs, dilations: attrs.kernel.map(() => 1) }, src, dst), algorithm }
}

function poolOf(attrs: MaxPoolAttrs, src: Layout, dst: Layout): Omit<Pooling, 'direction' | 'algorithm'> {
  return { kind: 'pooling', src, dst, kernel: attrs.kernel, ...windowOf(attrs, attrs.kernel.length) }
}

/** Another shape in the same kind of layout. */
export function like(plan: Plan, layout: Layout, shape: readonly number[]): Layout {
  const { dtype } = layout
  if (layout.blocks.length > 0) return plan.layout(shape, 'blocked16', dtype)
  const plain = plan.rowMajor(layout.dims, dtype)
  return plan.layout(shape, layout.key === plain.key ? 'plain' : 'channelsLast', dtype)
}

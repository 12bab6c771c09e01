import { castArray, sizeOf, stridesOf } from 'volvox/core'
import type { Value } from 'volvox/graph'
import type { Layout } from '../api.ts'
import { seenAs, type Form } from '../forms.ts'
import type { Plan } from '../plan.ts'
import { commonLayout } from './elementwise.ts'
import { broadcastMap } from './host.ts'
import type { Lower } from './lowering.ts'
import { like } from './pool.ts'

export const concat: Lower<'concat'> = (plan, { inputs, output, attrs: { axis } }) => {
  const parts = inputs.filter(({ shape }) => !shape.includes(0))
  const layout = jointLayout(plan, parts, output, axis)
  const whole = plan.joined(output)
  if (whole?.layout.key === layout.key) {
    fillIn(plan, parts, whole)
    plan.assign(output, whole)
    return
  }
  const forms = parts.map((value) => plan.as(value, like(plan, layout, value.shape)))
  const to = plan.output(output, layout)
  const sources = forms.map((form) => form.layout)
  plan.execute(plan.primitive({ kind: 'concat', axis, sources, dst: layout }), [
    ...forms.map((form, i) => [`source${i}`, form] as const),
    ['dst', to],
  ])
}

/** Copies into a concatenation what has not been computed in its place. */
function fillIn(plan: Plan, parts: readonly Value[], whole: Form): void {
  let at = 0
  for (const value of parts) {
    const target = seenAs(whole, like(plan, whole.layout, value.shape), at)
    const { block, offset } = plan.form(value)
    if (block !== target.block || offset !== target.offset) plan.copy(plan.form(value), target)
    at += sizeOf(value.shape)
  }
}

/** Blocked when every part fills its blocks and one is blocked already; else as the first, if the axis allows it. */
function jointLayout(plan: Plan, parts: readonly Value[], output: Value, axis: number): Layout {
  if (output.dtype === 'int32') return plan.plainLayout(output)
  const fits = axis !== 1 || parts.every(({ shape }) => shape[1] % 16 === 0)
  const layouts = parts.map((value) => plan.form(value).layout)
  const blocked = layouts.some(({ blocks, dims }) => blocks.length > 0 && isActivation(dims, blocks))
  const dtype = plan.typeFrom(output, parts)
  if (blocked && fits) return plan.layout(output.shape, 'blocked16', dtype)
  const common = commonLayout(plan, parts, dtype)
  return common.blocks.length > 0 ? plan.rowMajor(output.shape, dtype) : like(plan, common, output.shape)
}

function isActivation(dims: readonly number[], blocks: Layout['blocks']): boolean {
  return dims.length >= 3 && blocks.length === 1 && blocks[0].axis === 1
}

export const slice: Lower<'slice'> = (plan, { inputs: [x], output, attrs: { starts, sizes, steps } }) => {
  const { layout } = plan.form(x)
  const blocked = isActivation(layout.dims, layout.blocks) && layout.dense
  if (blocked && steps.every((s, i) => s === 1 || sizes[i] === 1) && starts[1] % 16 === 0 && sizes[1] % 16 === 0) {
    if (x.shape[0] === 1 && sizes.every((n, axis) => axis === 1 || n === x.shape[axis])) {
      const first = starts[1] * sizeOf(x.shape.slice(2))
      plan.assign(output, seenAs(plan.form(x), plan.layout(output.shape, 'blocked16', layout.dtype), first))
      return
    }
    const part = plan.api.part(layout, sizes, starts)
    plan.copy(seenAs(plan.form(x), part), plan.output(output, plan.layout(output.shape, 'blocked16', layout.dtype)))
    return
  }
  const from = plan.rows(x)
  const strides = stridesOf(x.shape)
  const first = starts.reduce((at, start, axis) => at + start * strides[axis], 0)
  copyStrided(
    plan,
    from,
    output,
    strides.map((step, axis) => step * steps[axis]),
    first,
  )
}

export const transpose: Lower<'transpose'> = (plan, { inputs: [x], output, attrs: { perm } }) => {
  const strides = stridesOf(x.shape)
  copyStrided(
    plan,
    plan.rows(x),
    output,
    perm.map((axis) => strides[axis]),
    0,
  )
}

function copyStrided(plan: Plan, from: Form, output: Value, strides: readonly number[], first: number): void {
  const { dtype } = from.layout
  const to = plan.output(output, plan.rowMajor(output.shape, dtype))
  if (output.shape.length === 0) {
    plan.copy(from, to)
    return
  }
  plan.copy(seenAs(from, plan.api.strided(dtype, output.shape, strides), first), to)
}

export const pad: Lower<'pad'> = (plan, { inputs: [x], output, attrs: { pads, value } }) => {
  const rank = x.shape.length
  const begins = pads.slice(0, rank)
  const { layout: arrived } = plan.form(x)
  const keeps = isActivation(arrived.dims, arrived.blocks) && arrived.dense && output.shape[1] === x.shape[1]
  const { dtype } = arrived
  const layout = keeps ? plan.layout(output.shape, 'blocked16', dtype) : plan.rowMajor(output.shape, dtype)
  const from = x.shape.includes(0) ? null : keeps ? plan.form(x) : plan.rows(x)
  const filling = dtype === 'bfloat16' ? bits(value) : value
  const to = plan.output(output, layout)
  plan.host(
    [to],
    ([y]) =>
      () =>
        void y.fill(filling),
  )
  if (!from) return
  if (rank === 0) plan.copy(from, to)
  else plan.copy(from, seenAs(to, plan.api.part(layout, x.shape, begins)))
}

export const reshape: Lower<'reshape'> = (plan, { inputs: [x], output }) => {
  const from = plan.rows(x)
  plan.assign(output, seenAs(from, plan.rowMajor(output.shape, from.layout.dtype)))
}

export const broadcastTo: Lower<'broadcastTo'> = (plan, { inputs: [x], output }) => {
  const from = plan.plain(x)
  const to = plan.output(output, plan.plainLayout(output))
  const map = broadcastMap(
    x.shape.filter((n, i, all) => n > 1 || all.slice(0, i).some((m) => m > 1)),
    output.shape,
  )
  if (sizeOf(x.shape) === 1)
    plan.host(
      [from, to],
      ([one, all]) =>
        () =>
          void all.fill(one[0]),
    )
  else
    plan.host([from, to], ([a, y]) => () => {
      if (map) for (let i = 0; i < map.length; i++) y[i] = a[map[i]]
      else y.set(a)
    })
}

export const cast: Lower<'cast'> = (plan, { inputs: [x], output }) => {
  if (x.dtype === output.dtype) {
    plan.assign(output, plan.form(x))
    return
  }
  const to = plan.output(output, plan.plainLayout(output))
  plan.host(
    [plan.plain(x), to],
    ([a, y]) =>
      () =>
        void y.set(a),
  ) // typed arrays cut fractions off, as the op does
}

/** A number as bfloat16. */
function bits(value: number): number {
  return Number(castArray(Float32Array.of(value), 'float32', 'bfloat16')[0])
}

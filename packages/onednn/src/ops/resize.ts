import { sameShape, sizeOf } from 'volvox/core'
import { resizeTaps, type ResizeAttrs } from 'volvox/graph'
import { seenAs, type Form } from '../forms.ts'
import type { Plan } from '../plan.ts'
import { commonLayout } from './elementwise.ts'
import type { Lower } from './lowering.ts'
import { like } from './pool.ts'

export const resize: Lower<'resize'> = (plan, { inputs: [x], output, attrs }) => {
  if (attrs.mode === 'linear' && !attrs.alignCorners) {
    const src = commonLayout(plan, [x])
    const dst = like(plan, src, output.shape)
    plan.execute(plan.primitive({ kind: 'resampling', direction: 'forward', src, dst }), [
      ['src', plan.as(x, src)],
      ['dst', plan.output(output, dst)],
    ])
  } else
    byMatrices(plan, plan.plain(x), x.shape, plan.output(output, plan.plainLayout(output)), output.shape, attrs, false)
}

export const resizeGrad: Lower<'resizeGrad'> = (plan, { inputs: [g], output, attrs }) => {
  if (attrs.mode === 'linear' && !attrs.alignCorners) {
    const dst = commonLayout(plan, [g])
    const src = like(plan, dst, output.shape)
    plan.execute(plan.primitive({ kind: 'resampling', direction: 'backward', src, dst }), [
      ['diffDst', plan.as(g, dst)],
      ['diffSrc', plan.output(output, src)],
    ])
  } else
    byMatrices(plan, plan.plain(g), g.shape, plan.output(output, plan.plainLayout(output)), output.shape, attrs, true)
}

/** Resizing is linear and separable: one matrix for each axis, transposed for the gradient. */
function byMatrices(
  plan: Plan,
  from: Form,
  shape: readonly number[],
  to: Form,
  target: readonly number[],
  attrs: ResizeAttrs,
  gradient: boolean,
): void {
  const axes = shape.map((_, axis) => axis).filter((axis) => axis >= 2 && shape[axis] !== target[axis])
  if (sameShape(shape, target)) plan.copy(from, to)
  let current = from
  let size = [...shape]
  axes.forEach((axis, i) => {
    const [rows, columns] = [target[axis], size[axis]]
    const matrix = plan.once(`resize ${rows} ${columns} ${attrs.mode} ${attrs.alignCorners} ${gradient}`, () =>
      plan.constant(matrixOf(rows, columns, attrs, gradient), plan.rowMajor([1, rows, columns])),
    )
    const [outer, inner] = [sizeOf(size.slice(0, axis)), sizeOf(size.slice(axis + 1))]
    const next = size.map((n, a) => (a === axis ? rows : n))
    const result = i === axes.length - 1 ? to : plan.temporary(plan.rowMajor(next))
    const b = plan.rowMajor([outer, columns, inner])
    const dst = plan.rowMajor([outer, rows, inner])
    plan.execute(plan.primitive({ kind: 'matmul', a: matrix.layout, b, dst }), [
      ['src', matrix],
      ['weights', seenAs(current, b)],
      ['dst', seenAs(result, dst)],
    ])
    current = result
    size = next
  })
}

function matrixOf(rows: number, columns: number, attrs: ResizeAttrs, gradient: boolean): Float32Array {
  const matrix = new Float32Array(rows * columns)
  const taps = gradient ? resizeTaps(rows, columns, attrs) : resizeTaps(columns, rows, attrs)
  taps.forEach((row, i) => {
    for (const { index, weight } of row) matrix[gradient ? index * columns + i : i * columns + index] += weight
  })
  return matrix
}

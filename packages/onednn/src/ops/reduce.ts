import { sizeOf } from 'volvox/core'
import { seenAs, type Form } from '../forms.ts'
import type { Plan } from '../plan.ts'
import type { Lower } from './lowering.ts'

export const sum: Lower<'sum'> = (plan, { inputs: [x], output, attrs }) => reduce(plan, 'sum', x, output, attrs.axes)
export const reduceMax: Lower<'reduceMax'> = (plan, { inputs: [x], output, attrs }) =>
  reduce(plan, 'max', x, output, attrs.axes)

type Algorithm = 'sum' | 'max'
type Args = Parameters<Lower<'sum'>>[1]

function reduce(
  plan: Plan,
  algorithm: Algorithm,
  x: Args['output'],
  output: Args['output'],
  axes: readonly number[],
): void {
  const from = plan.plain(x)
  if (x.dtype === 'int32' || x.shape.includes(0)) {
    hostReduce(plan, algorithm, from, x.shape, axes, plan.output(output, plan.plainLayout(output)))
  } else sumPlain(plan, from, x.shape, axes, plan.output(output, plan.plainLayout(output)), algorithm)
}

/** Reduces a row-major tensor into `to`, from the last axes to the first. */
export function sumPlain(
  plan: Plan,
  from: Form,
  shape: readonly number[],
  axes: readonly number[],
  to: Form,
  algorithm: Algorithm,
): void {
  if (sizeOf(shape) <= plan.small) {
    hostReduce(plan, algorithm, from, shape, axes, to)
    return
  }
  const gone = shape.map((n, axis) => axes.includes(axis) && n > 1)
  const end = gone.lastIndexOf(true)
  if (end < 0) {
    const flat = plan.rowMajor([sizeOf(shape)])
    plan.copy(seenAs(from, flat), seenAs(to, flat))
    return
  }
  let begin = end
  while (begin > 0 && (gone[begin - 1] || shape[begin - 1] === 1)) begin--
  const outer = sizeOf(shape.slice(0, begin))
  const count = sizeOf(shape.slice(begin, end + 1))
  const inner = sizeOf(shape.slice(end + 1))
  const more = gone.slice(0, begin).includes(true)
  const target = more ? plan.temporary(plan.rowMajor([outer * inner])) : to
  if (inner === 1) overRows(plan, from, outer, count, target, algorithm)
  else overMiddle(plan, from, [outer, count, inner], target, algorithm)
  const rest = shape.map((n, axis) => (axis >= begin && axis <= end ? 1 : n))
  if (more) sumPlain(plan, target, rest, axes, to, algorithm)
}

/** [rows, count] → [rows]: in two stages when rows are long, for threads to share them and for float32 to stay exact. */
function overRows(plan: Plan, from: Form, rows: number, count: number, to: Form, algorithm: Algorithm): void {
  const part = count > 4096 ? divisorNear(count, Math.ceil(Math.sqrt(count))) : count
  if (part < count && part > 1) {
    const parts = plan.temporary(plan.rowMajor([(rows * count) / part]))
    overRows(plan, from, (rows * count) / part, part, parts, algorithm)
    overRows(plan, parts, rows, count / part, to, algorithm)
    return
  }
  const [src, dst] = [plan.rowMajor([rows, count]), plan.rowMajor([rows, 1])]
  plan.execute(plan.primitive({ kind: 'reduction', algorithm, src, dst }), [
    ['src', seenAs(from, src)],
    ['dst', seenAs(to, dst)],
  ])
}

function divisorNear(count: number, wanted: number): number {
  for (let d = wanted; d < 16 * wanted && d < count; d++) if (count % d === 0) return d
  return count
}

/** [outer, count, inner] → [outer, inner]: the library's reduction is fast over last axes only. */
function overMiddle(
  plan: Plan,
  from: Form,
  [outer, count, inner]: readonly [number, number, number],
  to: Form,
  algorithm: Algorithm,
): void {
  if (count <= 16 && outer <= 64) {
    const flat = plan.rowMajor([inner])
    const link = { kind: 'binary', algorithm: algorithm === 'sum' ? 'add' : 'max', operand: flat } as const
    const primitive = plan.primitive(
      { kind: 'binary', algorithm: link.algorithm, a: flat, b: flat, dst: flat },
      Array.from({ length: count - 2 }, () => link),
    )
    for (let o = 0; o < outer; o++) {
      const slice = (i: number) => seenAs(from, flat, (o * count + i) * inner)
      plan.execute(primitive, [
        ['src', slice(0)],
        ['src1', slice(1)],
        ...Array.from({ length: count - 2 }, (_, i) => [`post${i}`, slice(i + 2)] as const),
        ['dst', seenAs(to, flat, o * inner)],
      ])
    }
    return
  }
  if (algorithm === 'sum') {
    const ones = plan.once(`ones ${count}`, () =>
      plan.constant(new Float32Array(count).fill(1), plan.rowMajor([1, 1, count])),
    )
    const [b, dst] = [plan.rowMajor([outer, count, inner]), plan.rowMajor([outer, 1, inner])]
    plan.execute(plan.primitive({ kind: 'matmul', a: ones.layout, b, dst }), [
      ['src', ones],
      ['weights', seenAs(from, b)],
      ['dst', seenAs(to, dst)],
    ])
    return
  }
  const dims = [outer, inner, count]
  const turned = plan.temporary(plan.rowMajor(dims))
  plan.reorder(seenAs(from, plan.api.strided('float32', dims, [count * inner, 1, inner])), turned)
  overRows(plan, turned, outer * inner, count, to, algorithm)
}

/** Whole numbers, few numbers, and sums of nothing. */
function hostReduce(
  plan: Plan,
  algorithm: Algorithm,
  from: Form,
  shape: readonly number[],
  axes: readonly number[],
  to: Form,
): void {
  const count = sizeOf(shape)
  const kept = shape.map((n, axis) => (axes.includes(axis) ? 1 : n))
  const index = new Int32Array(count)
  const places = sizeOf(kept)
  for (let i = 0; i < count; i++) {
    let left = i
    let place = 0
    let step = 1
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += (axes.includes(axis) ? 0 : left % shape[axis]) * step
      left = Math.floor(left / shape[axis])
      step *= kept[axis]
    }
    index[i] = place
  }
  const flat = (form: Form, n: number) => seenAs(form, plan.rowMajor([n], form.layout.dtype))
  plan.host([flat(from, count), flat(to, places)], ([x, y]) => {
    const totals = new Float64Array(places)
    return () => {
      totals.fill(algorithm === 'sum' ? 0 : -Infinity)
      if (algorithm === 'sum') for (let i = 0; i < count; i++) totals[index[i]] += x[i]
      else for (let i = 0; i < count; i++) totals[index[i]] = Math.max(totals[index[i]], x[i])
      y.set(totals)
    }
  })
}

import { sizeOf } from 'volvox/core'
import { around, seenAs } from '../forms.ts'
import type { Lower } from './lowering.ts'

export const oneHot: Lower<'oneHot'> = (plan, { inputs: [x], output, attrs: { classes } }) => {
  const [n] = x.shape
  const voxels = sizeOf(x.shape.slice(2))
  const from = plan.plain(x)
  const to = plan.output(output, plan.plainLayout(output))
  if (x.dtype === 'float32') {
    const flat = plan.rowMajor([voxels])
    for (let sample = 0; sample < n; sample++)
      for (let c = 0; c < classes; c++) {
        const number = plan.number(c, plan.rowMajor([1]))
        plan.execute(plan.primitive({ kind: 'binary', algorithm: 'eq', a: flat, b: number.layout, dst: flat }), [
          ['src', seenAs(from, flat, sample * voxels)],
          ['src1', number],
          ['dst', seenAs(to, flat, (sample * classes + c) * voxels)],
        ])
      }
    return
  }
  plan.host([from, to], ([label, hot]) => () => {
    hot.fill(0)
    for (let sample = 0; sample < n; sample++)
      for (let i = 0; i < voxels; i++) {
        const c = label[sample * voxels + i]
        if (c >= 0 && c < classes) hot[(sample * classes + c) * voxels + i] = 1
      }
  })
}

export const argMax: Lower<'argMax'> = (plan, { inputs: [x], output, attrs: { axis } }) => {
  const [outer, count, inner] = around(x.shape, axis)
  const to = plan.output(output, plan.plainLayout(output))
  plan.host([plan.plain(x), to], ([a, y]) => () => {
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < inner; i++) {
        let best = 0
        let largest = a[o * count * inner + i]
        for (let c = 1; c < count; c++) {
          const value = a[(o * count + c) * inner + i]
          if (value > largest) [best, largest] = [c, value]
        }
        y[o * inner + i] = best
      }
  })
}

export const gather: Lower<'gather'> = (plan, { inputs: [x, indices], output, attrs: { axis } }) => {
  const [outer, count, inner] = around(x.shape, axis)
  const to = plan.output(output, plan.plainLayout(output))
  plan.host([plan.plain(x), plan.plain(indices), to], ([a, index, y]) => () => {
    for (let o = 0, at = 0; o < outer; o++) {
      const first = o * count
      // Tables of numbers, such as position biases, are many and long.
      if (inner === 1) for (let k = 0; k < index.length; k++) y[at++] = a[first + rowOf(index[k], count)]
      else
        for (let k = 0; k < index.length; k++) {
          let from = (first + rowOf(index[k], count)) * inner
          for (const end = from + inner; from < end;) y[at++] = a[from++]
        }
    }
  })
}

export const gatherGrad: Lower<'gatherGrad'> = (plan, { inputs: [g, indices], output, attrs: { axis, shape } }) => {
  const [outer, count, inner] = around(shape, axis)
  const to = plan.output(output, plan.plainLayout(output))
  plan.host([plan.plain(g), plan.plain(indices), to], ([a, index, y]) => () => {
    y.fill(0)
    for (let o = 0, at = 0; o < outer; o++) {
      const first = o * count
      if (inner === 1) for (let k = 0; k < index.length; k++) y[first + rowOf(index[k], count)] += a[at++]
      else
        for (let k = 0; k < index.length; k++) {
          let row = (first + rowOf(index[k], count)) * inner
          for (const end = row + inner; row < end;) y[row++] += a[at++]
        }
    }
  })
}

function rowOf(index: number, count: number): number {
  return index < 0 ? index + count : index
}

import { sizeOf, stridesOf } from '../../core/tensor.ts'
import { offsets, reducedOffsets, type Kernel } from './array.ts'

export const sum: Kernel<'sum'> = ([x], { axes }, [type]) => {
  const out = new Float64Array(sizeOf(type.shape))
  reducedOffsets(x.shape, axes).forEach((to, i) => (out[to] += x.data[i]))
  return [out]
}

export const reduceMax: Kernel<'reduceMax'> = ([x], { axes }, [type]) => {
  const out = new Float64Array(sizeOf(type.shape)).fill(-Infinity)
  reducedOffsets(x.shape, axes).forEach((to, i) => (out[to] = Math.max(out[to], x.data[i])))
  return [out]
}

export const softmax: Kernel<'softmax'> = ([x], { axis }) => {
  const group = reducedOffsets(x.shape, [axis])
  const largest = groupMax(x.data, group)
  const powers = x.data.map((v, i) => Math.exp(v - largest[group[i]]))
  const sums = groupSum(powers, group)
  return [powers.map((p, i) => p / sums[group[i]])]
}

export const logSoftmax: Kernel<'logSoftmax'> = ([x], { axis }) => {
  const group = reducedOffsets(x.shape, [axis])
  const largest = groupMax(x.data, group)
  const sums = groupSum(
    x.data.map((v, i) => Math.exp(v - largest[group[i]])),
    group,
  )
  return [x.data.map((v, i) => v - largest[group[i]] - Math.log(sums[group[i]]))]
}

export const softmaxGrad: Kernel<'softmaxGrad'> = ([g, y], { axis }) => {
  const group = reducedOffsets(y.shape, [axis])
  const sums = groupSum(
    g.data.map((v, i) => v * y.data[i]),
    group,
  )
  return [y.data.map((v, i) => v * (g.data[i] - sums[group[i]]))]
}

export const logSoftmaxGrad: Kernel<'logSoftmaxGrad'> = ([g, y], { axis }) => {
  const group = reducedOffsets(y.shape, [axis])
  const sums = groupSum(g.data, group)
  return [y.data.map((v, i) => g.data[i] - Math.exp(v) * sums[group[i]])]
}

export const argMax: Kernel<'argMax'> = ([x], { axis }, [type]) => {
  const out = new Float64Array(sizeOf(type.shape))
  const best = new Float64Array(out.length).fill(-Infinity)
  const place = offsets(
    x.shape,
    x.shape.map((_, i) => (i === axis ? 1 : 0)),
  )
  reducedOffsets(x.shape, [axis]).forEach((to, i) => {
    if (x.data[i] > best[to]) [best[to], out[to]] = [x.data[i], place[i]]
  })
  return [out]
}

export const matmul: Kernel<'matmul'> = ([a, b], { transposeA, transposeB }, [{ shape }]) => {
  const [rows, columns] = shape.slice(-2)
  const batch = shape.slice(0, -2)
  const shared = a.shape.at(transposeA ? -2 : -1) ?? 0
  const startA = offsets(batch, batchStrides(a.shape, batch))
  const startB = offsets(batch, batchStrides(b.shape, batch))
  const [aRow, aColumn] = transposeA ? [1, rows] : [shared, 1]
  const [bRow, bColumn] = transposeB ? [1, shared] : [columns, 1]
  const out = new Float64Array(sizeOf(shape))
  for (let n = 0; n < startA.length; n++)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        let total = 0
        for (let k = 0; k < shared; k++)
          total += a.data[startA[n] + i * aRow + k * aColumn] * b.data[startB[n] + k * bRow + j * bColumn]
        out[(n * rows + i) * columns + j] = total
      }
  return [out]
}

function batchStrides(from: readonly number[], batch: readonly number[]): number[] {
  const own = stridesOf(from)
  const added = batch.length - (from.length - 2)
  return batch.map((_, axis) => (axis < added || from[axis - added] === 1 ? 0 : own[axis - added]))
}

function groupSum(data: Float64Array, group: Int32Array): Float64Array {
  const out = new Float64Array(data.length)
  data.forEach((v, i) => (out[group[i]] += v))
  return out
}

function groupMax(data: Float64Array, group: Int32Array): Float64Array {
  const out = new Float64Array(data.length).fill(-Infinity)
  data.forEach((v, i) => (out[group[i]] = Math.max(out[group[i]], v)))
  return out
}

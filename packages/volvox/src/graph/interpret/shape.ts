import { ShapeError } from '../../core/errors.ts'
import { sizeOf, stridesOf } from '../../core/tensor.ts'
import { broadcastOffsets, offsets, type Kernel, type NumberArray } from './array.ts'

/** Copies x into `out`, an array of shape `shape`, with its first element at `starts`. */
function place(x: NumberArray, out: Float64Array, shape: readonly number[], starts: readonly number[]): void {
  const strides = stridesOf(shape)
  const start = strides.reduce((total, stride, axis) => total + stride * starts[axis], 0)
  offsets(x.shape, strides, start).forEach((to, i) => (out[to] = x.data[i]))
}

export const concat: Kernel<'concat'> = (inputs, { axis }, [{ shape }]) => {
  const out = new Float64Array(sizeOf(shape))
  let start = 0
  for (const x of inputs) {
    place(
      x,
      out,
      shape,
      shape.map((_, i) => (i === axis ? start : 0)),
    )
    start += x.shape[axis]
  }
  return [out]
}

export const pad: Kernel<'pad'> = ([x], { pads, value }, [{ shape }]) => {
  const out = new Float64Array(sizeOf(shape)).fill(value)
  place(x, out, shape, pads.slice(0, shape.length))
  return [out]
}

export const roll: Kernel<'roll'> = ([x], { shifts }) => {
  const strides = stridesOf(x.shape)
  const places = x.data.map((_, i) =>
    x.shape.reduce((place, n, axis) => {
      const at = Math.floor(i / strides[axis]) % n
      return place + ((at - shifts[axis] + n) % n) * strides[axis]
    }, 0),
  )
  return [pick(x, Int32Array.from(places))]
}

export const slice: Kernel<'slice'> = ([x], { starts, sizes, steps }) => {
  const strides = stridesOf(x.shape)
  const start = strides.reduce((total, stride, axis) => total + stride * starts[axis], 0)
  return [
    pick(
      x,
      offsets(
        sizes,
        strides.map((stride, axis) => stride * steps[axis]),
        start,
      ),
    ),
  ]
}

export const transpose: Kernel<'transpose'> = ([x], { perm }, [{ shape }]) => {
  const strides = stridesOf(x.shape)
  return [
    pick(
      x,
      offsets(
        shape,
        perm.map((axis) => strides[axis]),
      ),
    ),
  ]
}

export const reshape: Kernel<'reshape'> = ([x]) => [x.data.slice()]
export const after: Kernel<'after'> = ([x]) => [x.data.slice()]

export const detach: Kernel<'detach'> = ([x]) => [x.data.slice()]
export const broadcastTo: Kernel<'broadcastTo'> = ([x], { shape }) => [pick(x, broadcastOffsets(x.shape, shape))]
export const cast: Kernel<'cast'> = ([x], { to }) => [to === 'int32' ? x.data.map(Math.trunc) : x.data.slice()]

export const oneHot: Kernel<'oneHot'> = ([x], { classes }, [{ shape }]) => {
  const out = new Float64Array(sizeOf(shape))
  const inner = sizeOf(shape.slice(2))
  x.data.forEach((c, i) => {
    const sample = Math.floor(i / inner)
    if (Number.isInteger(c) && c >= 0 && c < classes) out[(sample * classes + c) * inner + (i % inner)] = 1
  })
  return [out]
}

export const gather: Kernel<'gather'> = ([x, indices], { axis }) => [pick(x, gatherPlaces(x.shape, indices, axis))]

export const gatherGrad: Kernel<'gatherGrad'> = ([g, indices], { axis, shape }) => {
  const out = new Float64Array(sizeOf(shape))
  gatherPlaces(shape, indices, axis).forEach((to, i) => (out[to] += g.data[i]))
  return [out]
}

/** Where `gather` takes each element of its result from. */
function gatherPlaces(shape: readonly number[], indices: NumberArray, axis: number): Int32Array {
  const [outer, length, inner] = [sizeOf(shape.slice(0, axis)), shape[axis], sizeOf(shape.slice(axis + 1))]
  const places = new Int32Array(outer * indices.data.length * inner)
  let i = 0
  for (let o = 0; o < outer; o++)
    for (const index of indices.data) {
      if (!(index >= 0 && index < length))
        throw new ShapeError(
          'gather',
          `index ${index} does not exist in axis ${axis}, which has ${length}; use 0 to ${length - 1}`,
        )
      for (let k = 0; k < inner; k++) places[i++] = (o * length + index) * inner + k
    }
  return places
}

function pick(x: NumberArray, places: Int32Array): Float64Array {
  return Float64Array.from(places, (from) => x.data[from])
}

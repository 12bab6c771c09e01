import { stridesOf } from '../../core/tensor.ts'

/**
 * `squaredDistances` in float64 and for any number of axes: the lower envelope of parabolas along one axis after the other
 * (Felzenszwalb and Huttenlocher 2012), in linear time.
 */
export function squaredDistances(
  object: ArrayLike<number>,
  shape: readonly number[],
  spacing: readonly number[],
): Float64Array {
  const field = Float64Array.from(object, (inside) => (inside ? 0 : Infinity))
  const strides = stridesOf(shape)
  shape.forEach((length, axis) => {
    const envelope = new LowerEnvelope(length, spacing[axis])
    const stride = strides[axis]
    const block = stride * length
    for (let outer = 0; outer < field.length; outer += block)
      for (let inner = 0; inner < stride; inner++) envelope.transform(field, outer + inner, stride)
  })
  return field
}

/** One line: the lower envelope of the parabolas f(q) + (x - q)², which is the squared distance transform along that line. */
class LowerEnvelope {
  private readonly spacing: number
  private readonly values: Float64Array
  /** Parabolas of the envelope from left to right, and where each takes over. */
  private readonly roots: Int32Array
  private readonly starts: Float64Array

  constructor(length: number, spacing: number) {
    this.spacing = spacing
    this.values = new Float64Array(length)
    this.roots = new Int32Array(length)
    this.starts = new Float64Array(length)
  }

  transform(field: Float64Array, start: number, stride: number): void {
    const { values, roots, starts, spacing } = this
    const length = values.length
    let last = -1
    for (let q = 0; q < length; q++) {
      const value = (values[q] = field[start + q * stride])
      if (value === Infinity) continue
      const x = q * spacing
      let from = -Infinity
      while (last >= 0) {
        const p = roots[last] * spacing
        from = (value + x * x - values[roots[last]] - p * p) / (2 * (x - p))
        if (from > starts[last]) break
        last--
      }
      if (last < 0) from = -Infinity
      last++
      roots[last] = q
      starts[last] = from
    }
    if (last < 0) return // no object on this line yet: all stay infinite
    for (let q = 0, k = 0; q < length; q++) {
      const x = q * spacing
      while (k < last && starts[k + 1] < x) k++
      const gap = x - roots[k] * spacing
      field[start + q * stride] = gap * gap + values[roots[k]]
    }
  }
}

/** The elements of a mask with a neighbour outside of it, or of the array, along an axis. */
export function edgesOf(mask: Uint8Array, shape: readonly number[]): Uint8Array {
  const strides = stridesOf(shape)
  return mask.map((inside, i) => {
    const open = shape.some((n, axis) => {
      const at = Math.floor(i / strides[axis]) % n
      return at === 0 || at === n - 1 || !mask[i - strides[axis]] || !mask[i + strides[axis]]
    })
    return inside && open ? 1 : 0
  })
}

import { RandomState, sizeOf, stridesOf } from 'volvox'

/** A Gaussian filter, cut off at four deviations and mirrored at the borders, as scipy.ndimage has it. */
export function smoothed(values: Float64Array, shape: readonly number[], sigma: number): Float64Array {
  const reach = Math.floor(4 * sigma + 0.5)
  const bell = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)))
  const total = bell.reduce((sum, weight) => sum + weight, 0)
  const weights = Float64Array.from(bell, (weight) => weight / total)
  return shape.reduce((from, length, axis) => {
    const stride = stridesOf(shape)[axis]
    const out = new Float64Array(from.length)
    const places = Array.from({ length: length + 2 * reach }, (_, i) => {
      const wrapped = (((i - reach) % (2 * length)) + 2 * length) % (2 * length)
      return stride * (wrapped < length ? wrapped : 2 * length - 1 - wrapped)
    })
    for (let first = 0; first < from.length; first += stride * length)
      for (let at = 0; at < length; at++)
        for (let k = 0; k < weights.length; k++) {
          const source = first + places[at + k]
          const target = first + at * stride
          for (let i = 0; i < stride; i++) out[target + i] += weights[k] * from[source + i]
        }
    return out
  }, values)
}

/** A ball of soft tissue with a few bright spots, and the label of those, as int16 Hounsfield units and uint8. */
export function syntheticCt(shape: readonly number[]): { readonly ct: Int16Array; readonly label: Uint8Array } {
  const rng = new RandomState(0)
  const size = sizeOf(shape)
  const base = smoothed(Float64Array.from(rng.randn(size)), shape, 8).map((x) => 4000 * x)
  const noise = rng.randn(size)
  const bright = base.toSorted()[Math.floor(0.99 * (size - 1))]
  const ct = new Int16Array(size)
  const label = new Uint8Array(size)
  const [, h, d] = shape
  const offset = (i: number, n: number): number => (i - n / 2) / (n * 0.42)
  for (let i = 0; i < size; i++) {
    const place = [Math.floor(i / (h * d)), Math.floor(i / d) % h, i % d]
    const inside = place.reduce((sum, p, axis) => sum + offset(p, shape[axis]) ** 2, 0) < 1
    ct[i] = inside ? Math.trunc(base[i] + 20 * noise[i]) : -1000
    label[i] = inside && base[i] > bright ? 1 : 0
  }
  return { ct, label }
}

import { sizeOf } from 'volvox/core'
import type { ConvAttrs } from 'volvox/graph'
import type { Model, Name } from '../model.ts'
import { cropped } from './cropped.ts'

export interface WeightGradient {
  readonly x: Name
  readonly g: Name
  readonly xShape: readonly number[]
  readonly gShape: readonly number[]
  /** `shape` is the weight's, `[O, I/groups, ...kernel]`. */
  readonly attrs: ConvAttrs & { readonly shape: readonly number[] }
}

/**
 * dw[o, i, t] = Σ g[n, o, p] x[n, i, stride·p + dilation·t - pad] as one matrix product. Both sides are first laid out
 * as columns, one row for each channel and tap. With stride 1 the taps of an axis may be moved from x to g, by
 * p + dilation·t = q: then dw[o, i, (t, s)] = Σ g[n, o, q - dilation·t] x[n, i, q + dilation·s], and 9 copies of x and
 * 3 of g do for 27 of x.
 */
export function weightGradient(model: Model, { x, g, xShape, gShape, attrs }: WeightGradient): Name {
  const { groups, strides, dilations, shape } = attrs
  const [batch, , ...spatial] = xShape
  const [outputs, inputs, ...kernel] = shape
  const rank = kernel.length
  const padsX = { begins: attrs.pads.slice(0, rank), ends: usedEnds(attrs, spatial, gShape.slice(2)) }
  const onG = axesOnG(attrs, inputs, outputs / groups, gShape.slice(2))
  const tapsX = kernel.map((n, i) => (onG[i] ? 1 : n))
  const tapsG = kernel.map((n, i) => (onG[i] ? n : 1))
  // Places of the sum along each axis: those of g, widened by the reach of the taps that it takes.
  const widened = kernel.map((n, i) => (onG[i] ? dilations[i] * (n - 1) : 0))
  const places = sizeOf(widened.map((extra, i) => gShape[i + 2] + extra))

  const columnsX = columns(model, x, xShape, { taps: tapsX, strides, dilations, ...padsX, turned: false })
  const columnsG = columns(model, g, gShape, {
    taps: tapsG,
    strides: kernel.map(() => 1),
    dilations,
    begins: widened,
    ends: widened,
    turned: true,
  })
  const left = model.reshape(columnsG, [batch, groups, (outputs / groups) * sizeOf(tapsG), places])
  const right = model.reshape(columnsX, [batch, groups, inputs * sizeOf(tapsX), places])
  const perSample = model.emit('MatMul', [left, model.transpose(right, [0, 1, 3, 2])])
  const product = model.reduce('ReduceSum', perSample, [0], false)

  // From [O, taps of g..., I, taps of x...] to [O, I, taps...]: of each pair of tap axes, one has size 1.
  const order = [0, rank + 1, ...kernel.flatMap((_, i) => [1 + i, rank + 2 + i])]
  const apart = model.reshape(product, [outputs, ...tapsG, inputs, ...tapsX])
  return model.reshape(model.transpose(apart, order), shape)
}

/** Padding after x that g really saw: less than given, even negative, where the stride leaves a rest. */
function usedEnds(
  { strides, pads, dilations, shape }: WeightGradient['attrs'],
  spatial: readonly number[],
  places: readonly number[],
): number[] {
  return spatial.map((length, i) => {
    const span = strides[i] * (places[i] - 1) + dilations[i] * (shape[i + 2] - 1) + 1
    return span - length - pads[i]
  })
}

/** Which axes' taps are cheapest on g. Laying out an element as a column costs about 50 multiplications, and 2 for each tap. */
function axesOnG(
  { strides, dilations, shape, groups }: WeightGradient['attrs'],
  inputs: number,
  perGroup: number,
  places: readonly number[],
): boolean[] {
  const kernel = shape.slice(2)
  const cost = (onG: readonly boolean[]) => {
    const tapsX = sizeOf(kernel.filter((_, i) => !onG[i]))
    const tapsG = sizeOf(kernel.filter((_, i) => onG[i]))
    const wide = sizeOf(places.map((n, i) => (onG[i] ? n + dilations[i] * (kernel[i] - 1) : n)))
    const layout = (channels: number, taps: number) => (taps === 1 ? 0 : channels * taps * (50 + 2 * taps))
    const product = 2 * inputs * perGroup * sizeOf(kernel)
    return groups * wide * (layout(inputs, tapsX) + layout(perGroup, tapsG) + product)
  }
  const choices = kernel.reduce<boolean[][]>(
    (rows, n, i) =>
      rows.flatMap((row) =>
        strides[i] === 1 && n > 1
          ? [
              [...row, false],
              [...row, true],
            ]
          : [[...row, false]],
      ),
    [[]],
  )
  return choices.reduce((best, choice) => (cost(choice) < cost(best) ? choice : best))
}

interface Columns {
  readonly taps: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly begins: readonly number[]
  readonly ends: readonly number[]
  /** Whether the last tap comes first. */
  readonly turned: boolean
}

/** `[N, C, ...]` to `[N, C, taps, places]`, what each tap sees at each place: a convolution of each channel with one-hot kernels. */
function columns(model: Model, x: Name, [batch, channels, ...spatial]: readonly number[], window: Columns): Name {
  const { taps, strides, dilations, begins, ends, turned } = window
  const count = sizeOf(taps)
  if (count === 1 && strides.every((n) => n === 1) && [...begins, ...ends].every((n) => n === 0)) return x
  const source = cropped(model, model.reshape(x, [batch * channels, 1, ...spatial]), begins, ends, spatial)
  const oneHot = new Float32Array(count * count)
  for (let tap = 0; tap < count; tap++) oneHot[tap * count + (turned ? count - 1 - tap : tap)] = 1
  return model.emit('Conv', [source, model.initializer('float32', [count, 1, ...taps], oneHot)], {
    kernel_shape: taps,
    strides,
    dilations,
    pads: [...begins, ...ends].map((n) => Math.max(0, n)),
  })
}

import { bool, count, intOrInts, type Schema } from '../../core/options.ts'
import { sizeOf, tensor } from '../../core/tensor.ts'
import { constant, type Value } from '../../graph/ir.ts'
import { adaptiveAveragePool, adaptiveMaxPool, averagePool, maxPool } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { identity, pure, type Layer } from '../layer.ts'
import { choose, perAxis, variant, type Named, type Variant } from '../named.ts'

const window = {
  kernelSize: intOrInts.req('Size of the windows.'),
  stride: intOrInts.opt('Step between windows; their size when null.', null),
  padding: intOrInts.opt('Elements around the image.', 0),
  ceilMode: bool.opt('Whether a last window may reach over the end.', false),
} satisfies Schema

const outputSize = { outputSize: intOrInts.req('Windows along each axis.') } satisfies Schema

/** MONAI's Pool factory as data: name to arguments and layer. */
export const pools = {
  max: variant({ ...window, dilation: intOrInts.opt('Step between elements of a window.', 1) }, (o) =>
    pure((x) => {
      const { kernel, strides, pads } = settled(x, o)
      return maxPool(x, kernel, { strides, pads, dilations: o.dilation })
    }),
  ),
  avg: variant(
    {
      ...window,
      countIncludePad: bool.opt('Whether padding counts as zeros.', true),
      divisorOverride: count.opt('What sums are divided by; the size of the window when null.', null),
    },
    (o) =>
      pure((x) => {
        const { kernel, strides, before, pads, reaching } = settled(x, o)
        const counted = o.countIncludePad
        if (o.divisorOverride === null && !(counted && reaching))
          return averagePool(x, kernel, { strides, pads, countIncludePad: counted })
        const sums = m.mul(averagePool(x, kernel, { strides, pads }), sizeOf(kernel))
        const padded = before.map((pad, i) => x.shape[i + 2] + 2 * pad)
        return m.div(sums, o.divisorOverride ?? countsUnder(sums.shape.slice(2), padded, kernel, strides))
      }),
  ),
  adaptivemax: variant(outputSize, (o) => pure((x) => adaptiveMaxPool(x, o.outputSize))),
  adaptiveavg: variant(outputSize, (o) => pure((x) => adaptiveAveragePool(x, o.outputSize))),
} satisfies Readonly<Record<string, Variant<void>>>

/** The pool that `pool` names; none for an empty name. */
export function poolLayer(pool: Named, where = 'pool'): Layer {
  return pool === '' ? identity : choose(where, pools, pool, undefined)
}

/** The mean of every channel, `[N, C]`. */
export function channelMeans(x: Value): Value {
  return m.reshape(adaptiveAveragePool(x, 1), x.shape.slice(0, 2))
}

interface Window {
  readonly kernelSize: number | readonly number[]
  readonly stride: number | readonly number[] | null
  readonly padding: number | readonly number[]
  readonly ceilMode: boolean
  readonly dilation?: number | readonly number[]
}

/** A window for images of the size of x: what ceil mode adds becomes padding at the end. */
function settled(x: Value, o: Window) {
  const axes = x.shape.length - 2
  const kernel = perAxis(o.kernelSize, axes, 'pool.kernelSize')
  const strides = perAxis(o.stride ?? o.kernelSize, axes, 'pool.stride')
  const before = perAxis(o.padding, axes, 'pool.padding')
  const dilation = perAxis(o.dilation ?? 1, axes, 'pool.dilation')
  const after = before.map((pad, i) => {
    const length = x.shape[i + 2] + 2 * pad
    const span = dilation[i] * (kernel[i] - 1) + 1
    const steps = Math.ceil((length - span) / strides[i])
    const starts = steps * strides[i] < x.shape[i + 2] + pad // a window must begin inside
    return o.ceilMode && starts ? pad + Math.max(0, steps * strides[i] + span - length) : pad
  })
  return { kernel, strides, before, pads: [...before, ...after], reaching: after.some((pad, i) => pad > before[i]) }
}

/** How many elements of the padded image lie under each window: those that reach over its end have fewer. */
function countsUnder(
  windows: readonly number[],
  padded: readonly number[],
  kernel: readonly number[],
  strides: readonly number[],
): Value {
  return windows.reduce<Value>(
    (product, length, i) => {
      const counts = Float32Array.from({ length }, (_, k) => Math.min(kernel[i], padded[i] - k * strides[i]))
      const shape = windows.map((_, axis) => (axis === i ? length : 1))
      return m.mul(product, constant(tensor('float32', shape, counts)))
    },
    m.fill(
      windows.map(() => 1),
      1,
    ),
  )
}

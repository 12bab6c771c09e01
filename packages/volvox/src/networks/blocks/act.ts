import { bool, int, number, oneOf, count, type Schema } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { identity, layer, pure, type Layer } from '../layer.ts'
import { choose, variant, type Named, type Variant } from '../named.ts'

/** Accepted since configs carry it; a graph has no notion of it. */
const inplace = bool.opt('No effect: values of a graph are never overwritten.', false)

/** An activation without arguments. */
const plain = (compute: (x: Value) => Value): Variant<void> => variant({ inplace }, () => pure(compute))

const alpha = { alpha: number.opt('Scale of the negative part.', 1), inplace } satisfies Schema

/** ∓∞ for x → ∓∞, smooth: α(eˣ - 1) below 0 scaled as in the SELU paper (Klambauer et al. 2017). */
const selu = { alpha: 1.6732632423543772, scale: 1.0507009873554805 }

/** MONAI's Act factory as data: name to arguments and layer. */
export const activations = {
  relu: plain(m.relu),
  relu6: plain((x) => m.clip(x, 0, 6)),
  elu: variant(alpha, (o) => pure((x) => m.elu(x, o.alpha))),
  celu: variant(alpha, (o) => pure((x) => m.mul(o.alpha, m.elu(m.div(x, o.alpha), 1)))),
  selu: plain((x) => m.mul(selu.scale, m.elu(x, selu.alpha))),
  leakyrelu: variant({ negativeSlope: number.opt('Slope below 0.', 0.01), inplace }, (o) =>
    pure((x) => m.leakyRelu(x, o.negativeSlope)),
  ),
  prelu: variant(
    {
      numParameters: count.opt('1, or one slope per channel.', 1),
      init: number.opt('Slope to begin with.', 0.25),
    },
    (o) =>
      layer({
        weights: { weight: { shape: [o.numParameters], init: { kind: 'constant', value: o.init }, role: 'slope' } },
        forward: ({ weight }, [x]) => m.prelu(x, weight),
      }),
  ),
  gelu: variant({ approximate: oneOf('none', 'tanh').opt('Exact, or by tanh.', 'none') }, (o) =>
    pure((x) => m.gelu(x, o.approximate)),
  ),
  sigmoid: plain(m.sigmoid),
  tanh: plain(m.tanh),
  softmax: variant({ dim: int.opt('Axis that sums to 1.', 1) }, (o) => pure((x) => m.softmax(x, axisOf(x, o.dim)))),
  logsoftmax: variant({ dim: int.opt('Axis whose exponentials sum to 1.', 1) }, (o) =>
    pure((x) => m.logSoftmax(x, axisOf(x, o.dim))),
  ),
  swish: variant({ alpha: number.opt('Steepness.', 1) }, (o) => pure((x) => m.swish(x, o.alpha))),
  memswish: plain((x) => m.swish(x)),
  mish: plain(m.mish),
  geglu: variant({}, () => pure(gated)),
} satisfies Readonly<Record<string, Variant<void>>>

/** The first half of the last axis, times the GELU of the second (Shazeer 2020). */
function gated(x: Value): Value {
  const half = x.shape[x.shape.length - 1] / 2
  const [values, gate] = m.split(x, -1, [half, half])
  return m.mul(values, m.gelu(gate))
}

/** The activation that `act` names; none for null or an empty name. */
export function actLayer(act: Named | null, where = 'act'): Layer {
  return act === null || act === '' ? identity : choose(where, activations, act, undefined)
}

function axisOf(x: Value, dim: number): number {
  return dim < 0 ? dim + x.shape.length : dim
}

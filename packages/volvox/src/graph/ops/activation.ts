import { GraphError, ShapeError } from '../../core/errors.ts'
import { at, defineOp, type Op, type TensorType, type Value } from '../ir.ts'
import * as m from '../math.ts'
import { commonDType, floating, hasShape, shown, takes, type NoAttrs } from './check.ts'
import { sameType } from './elementwise.ts'

export interface AlphaAttrs {
  /** Slope (leakyRelu) or depth (elu) for negative inputs; at least 0. */
  readonly alpha: number
}

export interface GeluAttrs {
  readonly approximate: 'none' | 'tanh'
}

export interface SwishAttrs {
  /** Steepness of the sigmoid. */
  readonly alpha: number
}

/** Whose gradient it is, with that activation's own attributes. */
export type ActivationGradAttrs =
  | { readonly of: 'relu' | 'sigmoid' | 'tanh' | 'softplus' | 'mish' | 'hardSwish' }
  | ({ readonly of: 'elu' | 'leakyRelu' } & AlphaAttrs)
  | ({ readonly of: 'swish' } & SwishAttrs)
  | ({ readonly of: 'gelu' } & GeluAttrs)

/** Activations whose gradient is a function of their output, so that their input need not be kept. */
export const gradFromOutput: ReadonlySet<string> = new Set(['relu', 'elu', 'sigmoid', 'tanh', 'leakyRelu'])

function activation<A>(of: ActivationGradAttrs['of'], check?: (attrs: A) => void): Op<A> {
  return defineOp<A>(of, {
    infer(inputs, attrs) {
      check?.(attrs)
      return sameType(of, inputs)
    },
    gradient: ({ inputs: [x], outputs: [y], grad, attrs }) => [
      activationGrad([grad, gradFromOutput.has(of) ? y : x], { of, ...attrs } as unknown as ActivationGradAttrs),
    ],
  })
}

function alphaOf(op: string): (attrs: AlphaAttrs) => void {
  return ({ alpha }) => {
    if (!(alpha >= 0))
      throw new GraphError(at(op), `alpha is ${alpha}; its gradient is taken from the output, which needs alpha >= 0`)
  }
}

export const relu: Op<NoAttrs> = activation('relu')
export const sigmoid: Op<NoAttrs> = activation('sigmoid')
export const tanh: Op<NoAttrs> = activation('tanh')
/** log(1 + exp(x)). */
export const softplus: Op<NoAttrs> = activation('softplus')
/** x where x > 0, else alpha (exp(x) - 1). */
export const elu: Op<AlphaAttrs> = activation('elu', alphaOf('elu'))
/** x where x > 0, else alpha x. */
export const leakyRelu: Op<AlphaAttrs> = activation('leakyRelu', alphaOf('leakyRelu'))
/** x Φ(x), with Φ by erf (`none`) or by tanh. */
export const gelu: Op<GeluAttrs> = activation('gelu')
/** x sigmoid(alpha x); SiLU for alpha 1. */
export const swish: Op<SwishAttrs> = activation('swish')
/** x tanh(softplus(x)). */
export const mish: Op<NoAttrs> = activation('mish')
/** x relu6(x + 3) / 6. */
export const hardSwish: Op<NoAttrs> = activation('hardSwish')

/**
 * The gradient of an elementwise activation: inputs g and, for those in `gradFromOutput`, the activation's output;
 * for the others its input. Second derivatives come from the decomposition.
 */
export const activationGrad: Op<ActivationGradAttrs> = defineOp<ActivationGradAttrs>('activationGrad', {
  infer(inputs) {
    takes('activationGrad', inputs, 2)
    floating('activationGrad', inputs)
    hasShape('activationGrad', 'the gradient', inputs[0], inputs[1].shape)
    return { dtype: commonDType('activationGrad', inputs), shape: inputs[0].shape }
  },
  decompose: ([g, v], attrs) => [m.mul(g, slope(v, attrs))],
})

/** The derivative at v, which is the output of the activation or its input (`gradFromOutput`). */
function slope(v: Value, attrs: ActivationGradAttrs): Value {
  const positive = () => m.greater(v, 0)
  switch (attrs.of) {
    case 'relu':
      return m.cast(positive(), v.dtype)
    case 'leakyRelu':
      return m.where(positive(), m.onesLike(v), m.fillLike(v, attrs.alpha))
    case 'elu':
      return m.where(positive(), m.onesLike(v), m.add(v, attrs.alpha))
    case 'sigmoid':
      return m.mul(v, m.sub(1, v))
    case 'tanh':
      return m.sub(1, m.square(v))
    case 'softplus':
      return m.sigmoid(v)
    case 'gelu':
      return attrs.approximate === 'tanh' ? geluTanhSlope(v) : geluSlope(v)
    case 'swish': {
      // s + αx s (1 - s), where s = sigmoid(αx)
      const steep = m.mul(attrs.alpha, v)
      const s = m.sigmoid(steep)
      return m.mul(s, m.add(1, m.mul(steep, m.sub(1, s))))
    }
    case 'mish': {
      // t + x sigmoid(x) (1 - t²), where t = tanh(softplus(x))
      const t = m.tanh(m.softplus(v))
      return m.add(t, m.mul(m.mul(v, m.sigmoid(v)), m.sub(1, m.square(t))))
    }
    case 'hardSwish': {
      const middle = m.add(m.div(v, 3), 0.5)
      return m.where(m.less(v, -3), m.zerosLike(v), m.where(m.greater(v, 3), m.onesLike(v), middle))
    }
    default:
      return attrs satisfies never
  }
}

// (x Φ(x))' = Φ(x) + x φ(x), where Φ(x) = (1 + erf(x/√2)) / 2 and φ(x) = exp(-x²/2) / √2π
function geluSlope(x: Value): Value {
  const cumulative = m.mul(0.5, m.add(1, m.erf(m.mul(Math.SQRT1_2, x))))
  const density = m.mul(1 / Math.sqrt(2 * Math.PI), m.exp(m.mul(-0.5, m.square(x))))
  return m.add(cumulative, m.mul(x, density))
}

// y = x (1 + t) / 2, where t = tanh(u), u = √(2/π) (x + 0.044715 x³)
function geluTanhSlope(x: Value): Value {
  const root = Math.sqrt(2 / Math.PI)
  const xx = m.square(x)
  const t = m.tanh(m.mul(m.mul(root, x), m.add(1, m.mul(0.044715, xx))))
  const du = m.mul(root, m.add(1, m.mul(3 * 0.044715, xx)))
  return m.mul(0.5, m.add(m.add(1, t), m.mul(m.mul(x, m.sub(1, m.square(t))), du)))
}

/** x where x > 0, else slope x; one slope for all channels or one for each. */
export const prelu: Op<NoAttrs> = defineOp<NoAttrs>('prelu', {
  infer(inputs) {
    takes('prelu', inputs, 2)
    checkSlope('prelu', inputs[0], inputs[1])
    return { dtype: commonDType('prelu', inputs), shape: inputs[0].shape }
  },
  gradient: ({ inputs: [x, a], grad }) => preluGrad.all([grad, x, a], {}),
})

/** Gradients of x and of the slope. */
export const preluGrad: Op<NoAttrs> = defineOp<NoAttrs>('preluGrad', {
  infer(inputs) {
    takes('preluGrad', inputs, 3)
    const [g, x, a] = inputs
    hasShape('preluGrad', 'the gradient', g, x.shape)
    checkSlope('preluGrad', x, a)
    const dtype = commonDType('preluGrad', inputs)
    return [
      { dtype, shape: x.shape },
      { dtype, shape: a.shape },
    ]
  },
  decompose([g, x, a]) {
    const positive = m.greater(x, 0)
    const perChannel = m.mul(g, m.min(x, 0))
    const slopes = m.broadcastTo(m.reshape(a, channelShape(x, a)), x.shape)
    const others = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1 || a.shape[0] === 1)
    return [m.where(positive, g, m.mul(g, slopes)), m.reshape(m.sum(perChannel, others), a.shape)]
  },
})

function checkSlope(op: string, x: TensorType, slopes: TensorType): void {
  floating(op, [x, slopes])
  const channels = x.shape[1] ?? 1
  if (slopes.shape.length !== 1 || (slopes.shape[0] !== 1 && slopes.shape[0] !== channels))
    throw new ShapeError(
      at(op),
      `slope has shape ${shown(slopes.shape)}; an input of ${channels} channels takes [1] or [${channels}]`,
    )
}

function channelShape(x: Value, slopes: Value): number[] {
  return x.shape.map((_, axis) => (axis === 1 ? slopes.shape[0] : 1))
}

import type { EltwiseAlgorithm, Layout, Operation, Ref, Window } from '../api.ts'
import {
  CONVOLUTION_DIRECT,
  RESAMPLING_LINEAR,
  SOFTMAX,
  SOFTMAX_LOG,
  binary,
  pooling,
  propagation,
  reduction,
  type Dialect,
} from './numbers.ts'

// The one table of operations. Versions 2 and 3 take the same parameters in the same order, between what each puts
// before and after them: version 2 fills a structure first, version 3 makes the primitive's description at once.

/** Operations that compute; reorder and concat are called in ways of their own. */
export type Computation = Exclude<Operation, { kind: 'reorder' | 'concat' }>

/** One parameter of a C function: its type there, and the argument. */
export type Parameter = readonly [type: 'int' | 'uint' | 'float' | 'const void *', argument: number | Ref | null]

/** How the library is asked for an operation. */
export interface Call {
  /** The stem of the function's name, such as `pooling_v2_backward`. */
  readonly name: string
  readonly parameters: readonly Parameter[]
}

export function callOf(o: Computation, dialect: Dialect): Call {
  const { major, names, useScaleAndShift } = dialect
  const forward = !('direction' in o) || o.direction === 'forward'
  const direction = forward ? 'forward' : 'backward'
  const training = forward ? [int(propagation.forward)] : []
  // A result, or its gradient, that lies as the input does: version 2 does not ask for it.
  const alike = (data: Layout) => (major === 3 ? [md(data)] : [])
  switch (o.kind) {
    case 'convolution':
      return call(
        `${names.convolution}_${convolutions[o.direction]}`,
        ...training,
        int(CONVOLUTION_DIRECT),
        md(o.src),
        md(o.weights),
        ...(o.direction === 'backwardData' ? [] : [md(o.bias)]),
        md(o.dst),
        sizes(o.strides),
        ...frame(o),
      )
    case 'pooling':
      return call(
        `${names.pooling}_${direction}`,
        ...training,
        int(pooling[o.algorithm]),
        md(o.src),
        md(o.dst),
        sizes(o.strides),
        sizes(o.kernel),
        ...frame(o),
      )
    case 'eltwise': {
      const data = forward ? [md(o.data), ...alike(o.data)] : [md(o.data), ...alike(o.data), md(o.data)]
      const [algorithm, alpha, beta] = eltwiseOf(o, dialect)
      const parameters = [...training, int(algorithm), ...data, float(alpha), float(beta)]
      return call(`eltwise_${direction}`, ...parameters)
    }
    case 'binary':
      return call('binary', int(binary[o.algorithm]), md(o.a), md(o.b), md(o.dst))
    case 'prelu': {
      const gradients = forward ? [] : [md(o.data), md(o.slope)]
      return call(`prelu_${direction}`, ...training, md(o.data), md(o.slope), ...gradients, ...alike(o.data))
    }
    case 'batchNorm':
    case 'layerNorm': {
      const gradients = forward ? [] : [md(o.data), ...alike(o.data)]
      const results = forward ? alike(o.data) : []
      return call(
        `${o.kind === 'batchNorm' ? 'batch' : 'layer'}_normalization_${direction}`,
        int(forward ? propagation.forward : propagation.backward),
        ...gradients,
        md(o.data),
        ...results,
        ...(o.kind === 'layerNorm' ? [md(o.stats)] : []),
        float(o.eps),
        ['uint', useScaleAndShift],
      )
    }
    case 'softmax': {
      const name = o.log ? names.logSoftmax : names.softmax
      const algorithm = major === 3 ? [int(o.log ? SOFTMAX_LOG : SOFTMAX)] : []
      const gradients = forward ? [] : [md(o.data)]
      return call(`${name}_${direction}`, ...training, ...algorithm, ...gradients, md(o.data), ...alike(o.data), int(o.axis)) // prettier-ignore
    }
    case 'reduction':
      return call('reduction', int(reduction[o.algorithm]), md(o.src), md(o.dst), float(0), float(0))
    case 'matmul':
      return call('matmul', md(o.a), md(o.b), md(null), md(o.dst))
    case 'resampling':
      return call(`resampling_${direction}`, ...training, int(RESAMPLING_LINEAR), md(null), md(o.src), md(o.dst))
    default:
      return o satisfies never
  }
}

const convolutions = { forward: 'forward', backwardData: 'backward_data', backwardWeights: 'backward_weights' }

/** Number and parameters of an elementwise function. */
export function eltwiseOf(
  { algorithm, alpha, beta }: { readonly algorithm: EltwiseAlgorithm; readonly alpha: number; readonly beta: number },
  { eltwise }: Dialect,
): readonly [algorithm: number, alpha: number, beta: number] {
  // log(1 + exp(αx)) / α; version 2 takes no α.
  return [eltwise[algorithm], algorithm === 'softRelu' ? 1 : alpha, beta]
}

/** The forward operation that a backward one belongs to; null for a forward one. */
export function forwardOf(o: Computation): Computation | null {
  if (!('direction' in o) || o.direction === 'forward') return null
  return o.kind === 'convolution' ? { ...o, ...o.forward, direction: 'forward' } : { ...o, direction: 'forward' }
}

/** The parameters as the C compiler wants them declared. */
export function declared({ parameters }: Call): string {
  return parameters.map(([type], i) => `${type} p${i}`).join(', ')
}

/** dnnl_dims_t */
export function int64(values: readonly number[]): BigInt64Array {
  return BigInt64Array.from(values, BigInt)
}

function call(name: string, ...parameters: readonly Parameter[]): Call {
  return { name, parameters }
}

function frame({ dilates, padBegin, padEnd }: Window): readonly Parameter[] {
  return [sizes(dilates), sizes(padBegin), sizes(padEnd)]
}

function sizes(values: readonly number[]): Parameter {
  return ['const void *', int64(values)]
}

function md(layout: Layout | null): Parameter {
  return ['const void *', layout?.ref ?? null]
}

function int(value: number): Parameter {
  return ['int', value]
}

function float(value: number): Parameter {
  return ['float', value]
}

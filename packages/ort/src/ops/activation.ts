import type { GraphDType } from 'volvox/graph'
import type { Lower } from '../lower.ts'
import type { Model, Name } from '../model.ts'
import { same } from './elementwise.ts'

export const relu = same<'relu'>('Relu')
export const sigmoid = same<'sigmoid'>('Sigmoid')
export const tanh = same<'tanh'>('Tanh')
export const softplus = same<'softplus'>('Softplus')

export const elu: Lower<'elu'> = (model, { inputs, attrs: { alpha } }) =>
  model.emit('Elu', inputs, { alpha: { float: alpha } })

export const leakyRelu: Lower<'leakyRelu'> = (model, { inputs, attrs: { alpha } }) =>
  model.emit('LeakyRelu', inputs, { alpha: { float: alpha } })

export const gelu: Lower<'gelu'> = (model, { inputs, attrs: { approximate } }) =>
  model.emit('Gelu', inputs, { approximate })

export const swish: Lower<'swish'> = (model, { inputs: [x], types: [{ dtype }], attrs: { alpha } }) =>
  model.emit('Mul', [x, model.emit('Sigmoid', [model.emit('Mul', [x, model.scalar(alpha, dtype)])])])

export const mish: Lower<'mish'> = (model, { inputs: [x] }) =>
  model.emit('Mul', [x, model.emit('Tanh', [model.emit('Softplus', [x])])])

export const hardSwish = same<'hardSwish'>('HardSwish')

export const activationGrad: Lower<'activationGrad'> = (model, { inputs: [g, v], types: [{ dtype }], attrs }) => {
  switch (attrs.of) {
    case 'relu':
      return model.emit('Mul', [g, slopeBySign(model, v, 0, dtype)])
    case 'leakyRelu':
      return attrs.alpha <= 1 ? model.emit('Mul', [g, slopeBySign(model, v, attrs.alpha, dtype)]) : null
    default:
      return null
  }
}

/** 1 where v > 0, else alpha, for alpha of 0 to 1: a sign kept within alpha and 1 takes a third of the time of a Where. */
function slopeBySign(model: Model, v: Name, alpha: number, dtype: GraphDType): Name {
  return model.emit('Clip', [model.emit('Sign', [v]), model.scalar(alpha, dtype), model.scalar(1, dtype)])
}

/** One slope for all channels, or one for each, which then lies along axis 1. */
export const prelu: Lower<'prelu'> = (model, { inputs: [x, slope], types: [{ shape }, slopes] }) =>
  model.emit('PRelu', [x, model.reshape(slope, [...slopes.shape, ...shape.slice(2).map(() => 1)])])

export const preluGrad: Lower<'preluGrad'> = () => null

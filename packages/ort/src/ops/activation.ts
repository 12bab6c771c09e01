import type { Lower } from '../lower.ts'
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

export const activationGrad: Lower<'activationGrad'> = (model, { inputs: [g, y], types: [{ dtype }], attrs }) => {
  const number = (value: number) => model.scalar(value, dtype)
  const wherePositive = (negative: string) => model.emit('Where', [model.emit('Greater', [y, number(0)]), g, negative])
  switch (attrs.of) {
    case 'relu':
      return wherePositive(number(0))
    case 'leakyRelu':
      return wherePositive(model.emit('Mul', [g, number(attrs.alpha)]))
    case 'elu':
      return wherePositive(model.emit('Mul', [g, model.emit('Add', [y, number(attrs.alpha)])]))
    default:
      return null
  }
}

/** One slope for all channels, or one for each, which then lies along axis 1. */
export const prelu: Lower<'prelu'> = (model, { inputs: [x, slope], types: [{ shape }, slopes] }) =>
  model.emit('PRelu', [x, model.reshape(slope, [...slopes.shape, ...shape.slice(2).map(() => 1)])])

export const preluGrad: Lower<'preluGrad'> = () => null

import type { Lower } from '../lower.ts'

export const softmax: Lower<'softmax'> = (model, { inputs, attrs: { axis } }) => model.emit('Softmax', inputs, { axis })

export const logSoftmax: Lower<'logSoftmax'> = (model, { inputs, attrs: { axis } }) =>
  model.emit('LogSoftmax', inputs, { axis })

export const softmaxGrad: Lower<'softmaxGrad'> = () => null
export const logSoftmaxGrad: Lower<'logSoftmaxGrad'> = () => null

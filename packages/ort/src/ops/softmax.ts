import type { Lower } from '../lower.ts'
import type { Model, Name } from '../model.ts'

// ONNX Runtime's CPU kernels move a middle axis to the end and back, which takes 20 times as long as these steps.
export const softmax: Lower<'softmax'> = (model, { inputs: [x], types: [{ shape }], attrs: { axis } }) => {
  if (axis === shape.length - 1) return model.emit('Softmax', [x], { axis })
  const { powers, sum } = exponentials(model, x, axis)
  return model.emit('Div', [powers, sum])
}

export const logSoftmax: Lower<'logSoftmax'> = (model, { inputs: [x], types: [{ shape }], attrs: { axis } }) => {
  if (axis === shape.length - 1) return model.emit('LogSoftmax', [x], { axis })
  const { shifted, sum } = exponentials(model, x, axis)
  return model.emit('Sub', [shifted, model.emit('Log', [sum])])
}

export const softmaxGrad: Lower<'softmaxGrad'> = () => null
export const logSoftmaxGrad: Lower<'logSoftmaxGrad'> = () => null

/** exp(x - max), which cannot overflow, and its sum. */
function exponentials(model: Model, x: Name, axis: number): { shifted: Name; powers: Name; sum: Name } {
  const shifted = model.emit('Sub', [x, model.reduce('ReduceMax', x, [axis], true)])
  const powers = model.emit('Exp', [shifted])
  return { shifted, powers, sum: model.reduce('ReduceSum', powers, [axis], true) }
}

import type { Lower } from '../lower.ts'

export const sum: Lower<'sum'> = (model, { inputs: [x], attrs }) =>
  model.reduce('ReduceSum', x, attrs.axes, attrs.keepDims)

export const reduceMax: Lower<'reduceMax'> = (model, { inputs: [x], attrs }) =>
  model.reduce('ReduceMax', x, attrs.axes, attrs.keepDims)

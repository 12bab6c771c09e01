import type { OpName } from 'volvox/graph'
import type { Lower } from '../lower.ts'

/** The operation is one ONNX operator of the same inputs, without attributes. */
export function same<N extends OpName>(opType: string): Lower<N> {
  return (model, { inputs }) => model.emit(opType, inputs)
}

export const neg = same<'neg'>('Neg')
export const exp = same<'exp'>('Exp')
export const log = same<'log'>('Log')
export const sqrt = same<'sqrt'>('Sqrt')
export const abs = same<'abs'>('Abs')
export const reciprocal = same<'reciprocal'>('Reciprocal')
export const sign = same<'sign'>('Sign')
export const floor = same<'floor'>('Floor')
export const erf = same<'erf'>('Erf')

export const square: Lower<'square'> = (model, { inputs: [x] }) => model.emit('Mul', [x, x])

export const clip: Lower<'clip'> = (model, { inputs: [x], types: [{ dtype }], attrs: { min, max } }) => {
  const bound = (value: number) => (Number.isFinite(value) ? model.scalar(value, dtype) : '')
  return model.emit('Clip', [x, bound(min), bound(max)])
}

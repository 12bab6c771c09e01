import type { Model, Name } from '../model.ts'

/** Cuts off what negative pads ask for, which ONNX's Conv does not take. */
export function cropped(
  model: Model,
  x: Name,
  begins: readonly number[],
  ends: readonly number[],
  spatial: readonly number[],
): Name {
  const cut = spatial.flatMap((_, i) => (begins[i] < 0 || ends[i] < 0 ? [i] : []))
  if (cut.length === 0) return x
  return model.slice(
    x,
    cut.map((i) => i + 2),
    cut.map((i) => Math.max(0, -begins[i])),
    cut.map((i) => spatial[i] + Math.min(0, ends[i])),
    cut.map(() => 1),
  )
}

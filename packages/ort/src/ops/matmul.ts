import type { Lower } from '../lower.ts'

// ONNX Runtime merges the transpositions into the product.
export const matmul: Lower<'matmul'> = (model, { inputs: [a, b], types, attrs: { transposeA, transposeB } }) => {
  const oriented = (x: string, rank: number, transposed: boolean) => {
    const axes = Array.from({ length: rank }, (_, axis) => axis)
    return transposed ? model.transpose(x, [...axes.slice(0, -2), rank - 1, rank - 2]) : x
  }
  return model.emit('MatMul', [
    oriented(a, types[0].shape.length, transposeA),
    oriented(b, types[1].shape.length, transposeB),
  ])
}

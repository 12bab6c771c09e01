import { expect, test } from 'vitest'
import { applyAffine } from '../core/affine.ts'
import { sizeOf } from '../core/tensor.ts'
import { sampleAffine, type AffineSampling } from './affine.ts'
import { sampleField } from './field.ts'
import { keepingInKernels, withScratch } from './runtime.ts'

// No position is half-way between voxels, where rounding errors decide.
const matrices: Record<number, number[]> = {
  2: [0.913, 0.307, -1.23, -0.211, 1.117, 0.71, 0, 0, 1],
  3: [0.913, 0.307, 0.1, -1.23, -0.211, 1.117, 0.2, 0.71, 0.1, -0.107, 1.21, -0.4317, 0, 0, 0, 1],
}

for (const shape of [
  [6, 7],
  [4, 5, 6],
])
  for (const mode of ['nearest', 'linear', 'cubic'] as const)
    for (const padding of ['zeros', 'border', 'reflection'] as const)
      test(`sampleField ${mode} ${padding} of ${shape.length} axes equals sampleAffine at the same positions`, () => {
        const how: AffineSampling = { mode, padding, alignCorners: false }
        const outShape = shape.map((n) => n + 2)
        const count = sizeOf(outShape)
        const matrix = matrices[shape.length]
        const data = Float32Array.from({ length: 2 * sizeOf(shape) }, (_, i) => Math.sin(5 * i))
        const positions = new Float64Array(shape.length * count)
        for (let i = 0; i < count; i++) {
          const voxel = outShape.map((n, axis) => Math.floor(i / sizeOf(outShape.slice(axis + 1))) % n)
          applyAffine(matrix, voxel).forEach((x, axis) => (positions[axis * count + i] = x))
        }
        const want = sampleAffine({ data, channels: 2, shape, outShape, matrix }, how)
        const got = sampleField({ data, channels: 2, shape, positions }, how)
        for (let i = 0; i < want.length; i++) expect(Math.abs(got[i] - want[i])).toBeLessThan(1e-6)
        // From another origin, in float32: nearly the same.
        const origin = shape.map((n) => (n - 1) / 2)
        const centred = Float32Array.from(positions, (x, i) => x - origin[Math.floor(i / count)])
        const again = sampleField({ data, channels: 2, shape, positions: centred, origin }, how)
        for (let i = 0; i < want.length; i++) expect(Math.abs(again[i] - want[i])).toBeLessThan(2e-5)
      })

test('sampleField takes positions that are kept in kernel memory, several rounds of them', () => {
  const [shape, count] = [[4, 5, 6], 2 ** 18 + 7]
  const data = Float32Array.from({ length: 2 * 120 }, (_, i) => Math.sin(i))
  const positions = Float32Array.from({ length: 3 * count }, (_, i) => 3 + 4 * Math.sin(7 * i))
  const job = { data, channels: 2, shape, origin: [0.5, 0, -0.25] }
  const how = { mode: 'linear', padding: 'reflection', alignCorners: false } as const
  const want = sampleField({ ...job, positions }, how)
  keepingInKernels(() => {
    const kept = withScratch('test', positions.byteLength, (s) => s.keep(s.put(positions), positions.length))!
    expect(sampleField({ ...job, positions: kept }, how)).toEqual(want)
  })
  const last = Float32Array.from([0, 1, 2], (axis) => positions[axis * count + count - 1])
  expect(sampleField({ ...job, positions: last }, how)).toEqual(Float32Array.of(want[count - 1], want[2 * count - 1]))
})

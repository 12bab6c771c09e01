import { expect, test } from 'vitest'
import { image } from '../../core/image.ts'
import type { Tensor } from '../../core/tensor.ts'
import { Affine, AffineGrid, RandAffineGrid, RandDeformGrid, Resample } from './index.ts'

const near = (found: Tensor, wanted: readonly number[]) =>
  wanted.forEach((x, i) => expect(Number(found.data[i])).toBeCloseTo(x, 5))

test('RandAffineGrid draws as MONAI does', () => {
  const make = RandAffineGrid({ rotateRange: 0.3, translateRange: [[1, 2], 3], scaleRange: [0.1, 0.2] })
  make.setRandomState(7)
  make({ spatialSize: [2, 3] })
  const grid = make({ spatialSize: [2, 3] })
  const affine = make.getTransformationMatrix()
  expect(grid?.shape).toEqual([3, 2, 3])
  if (grid) near(grid, [1.1063998, 1.0833054, 1.0602111, 2.0598333, 2.0367389, 2.0136445, -3.5430384])
  if (affine)
    near(affine, [0.9534333944, -0.0230943821, 1.5600221157, 0.0220258665, 0.9996862411, -2.532339096, 0, 0, 1])
})

test('RandDeformGrid draws as MONAI does', () => {
  const make = RandDeformGrid({ spacing: [3, 4], magnitudeRange: [1, 2] }).setRandomState(3)
  const grid = make({ spatialSize: [5, 6] })
  expect(grid.shape).toEqual([3, 5, 6])
  const wanted = [-4.101319193840027, -2.0609477162361145, 4.577589511871338, 1.3350403308868408, -2.6333608627319336]
  wanted.forEach((x, i) => expect(Number(grid.data[11 * i])).toBeCloseTo(x, 6))
})

test('a grid that nothing moves takes the image as it is, and no grid leaves it alone', () => {
  const img = image(
    'float32',
    [1, 3, 4],
    Float32Array.from({ length: 12 }, (_, i) => i * i),
  )
  const [grid] = AffineGrid()({ spatialSize: [3, 4] })
  expect(Resample()(img, { grid }).data).toEqual(img.data)
  expect(Resample()(img)).toBe(img)
})

test('a lazy AffineGrid gives the matrix alone', () => {
  const [grid, affine] = AffineGrid({ scaleParams: 2, lazy: true, dtype: 'float64' })({ spatialSize: [3, 4] })
  expect(grid).toBe(null)
  expect(Array.from(affine.data)).toEqual([2, 0, 0, 0, 1, 0, 0, 0, 1])
})

test('AffineGrid moves a grid that it is given', () => {
  const start = AffineGrid({ dtype: 'float64' })({ spatialSize: [2, 2] })[0] ?? undefined
  const [grid] = AffineGrid({ affine: [2, 0, 1, 0, 1, 0, 0, 0, 1], dtype: null })({ ...(start && { grid: start }) })
  expect(grid?.dtype).toBe('float64')
  expect(Array.from(grid?.data ?? [], Number).slice(0, 4)).toEqual([0, 0, 2, 2])
})

test('a normalised matrix leads from voxels of the result to half images', () => {
  const img = image(
    'float32',
    [1, 4, 8],
    Float32Array.from({ length: 32 }, (_, i) => i * i),
  )
  const turn = Affine({ affine: [0.5, 0, 0, 0, 0.25, 0, 0, 0, 1], normalized: true })
  expect(turn(img).data).toEqual(img.data)
  expect(turn(img).affine[0]).toBe(0.5) // the lattice follows the matrix as it is, as in MONAI
  expect(turn.inverse(turn(img)).affine[0]).toBe(1)
})

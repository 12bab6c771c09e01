import { expect, test } from 'vitest'
import { withNearest } from './plan.ts'
import type { Plan } from '../core/plan.ts'

test('withNearest takes voxels for cells whatever the plan took them for', () => {
  const plan: Plan = {
    kind: 'affine',
    shape: [2],
    matrix: [1, 0, 0, 1],
    sampling: { mode: 'bilinear', paddingMode: 'border', alignCorners: true, dtype: 'float64' },
  }
  const sampling = { mode: 'nearest', paddingMode: 'border', alignCorners: false, dtype: 'float64' }
  expect(withNearest({ kind: 'chain', plans: [plan] })).toEqual({ kind: 'chain', plans: [{ ...plan, sampling }] })
})

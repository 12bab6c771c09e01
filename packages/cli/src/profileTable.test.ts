import { expect, test } from 'vitest'
import type { ProfileRow } from 'volvox/graph'
import { profileLines } from './profileTable.ts'

const row = (op: string, scope: string, ms: number, rest: Partial<ProfileRow> = {}): ProfileRow => ({
  program: 'learn',
  op,
  scope,
  kernel: 'jit:avx512_core',
  isReorder: false,
  calls: 2,
  ms,
  flops: 0,
  bytes: 4e6,
  ...rest,
})

test('times, rates and reorders are those of one step; reference kernels are named', () => {
  const lines = profileLines(
    [
      row('conv', 'model.0.conv', 6, { flops: 600e6 }),
      row('relu', 'model.0.act', 2, { kernel: 'ref:any' }),
      row('conv', 'model.0.conv', 1, { isReorder: true, kernel: 'jit:uni' }),
      row('mul', '', 1, { bytes: 0 }),
    ],
    2,
  )
  expect(lines).toEqual([
    '5.0 ms a step in operations, over 2 steps. Each is waited for here, so that steps take longer than usual.',
    '',
    'operation  calls    ms  share  GFLOP/s     GB  GB/s  kernels',
    'conv           1  3.00  60.0%      100  0.002   0.7  jit:avx512_core',
    'relu           1  1.00  20.0%           0.002   2.0  ref:any',
    'reorder        1  0.50  10.0%           0.002   4.0  jit:uni',
    'mul            1  0.50  10.0%                        jit:avx512_core',
    '',
    'Reorders: 1 a step, 10.0% of the time; most of it for conv.',
    'Reference kernels: 20.0% of the time; relu (model.0.act) ref:any.',
    '',
    'slowest scopes     calls    ms  share  GFLOP/s     GB  GB/s  operations',
    'model.0.conv           2  3.50  70.0%       86  0.004   1.1  conv',
    'model.0.act            1  1.00  20.0%           0.002   2.0  relu',
    '(loss, optimiser)      1  0.50  10.0%                        mul',
  ])
})

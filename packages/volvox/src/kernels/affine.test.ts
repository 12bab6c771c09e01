import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sizeOf } from '../core/tensor.ts'
import { sampleAffine, type AffineJob, type AffineSampling } from './affine.ts'
import { sampleAffine as reference } from './reference/affine.ts'
import { sharingInputs } from './runtime.ts'

const samplings: AffineSampling[] = (['nearest', 'linear', 'cubic'] as const).flatMap((mode) =>
  (['zeros', 'border', 'reflection'] as const).flatMap((padding) =>
    [false, true].map((alignCorners) => ({ mode, padding, alignCorners })),
  ),
)

const number = (bound: number) => fc.double({ min: -bound, max: bound, noNaN: true })
const sizes = (rank: number) => fc.array(fc.integer({ min: 1, max: 9 }), { minLength: rank, maxLength: rank })

const jobs: fc.Arbitrary<AffineJob> = fc.integer({ min: 1, max: 3 }).chain((rank) =>
  fc
    .record({
      channels: fc.integer({ min: 1, max: 3 }),
      shape: sizes(rank),
      outShape: sizes(rank),
      linear: fc.array(number(1.5), { minLength: rank * rank, maxLength: rank * rank }),
      shift: fc.array(number(9), { minLength: rank, maxLength: rank }),
      seed: fc.integer({ min: 1, max: 1000 }),
    })
    .map(({ channels, shape, outShape, linear, shift, seed }) => ({
      channels,
      shape,
      outShape,
      matrix: [
        ...shift.flatMap((t, i) => [...linear.slice(i * rank, (i + 1) * rank), t]),
        ...new Array<number>(rank).fill(0),
        1,
      ],
      data: Float32Array.from({ length: channels * sizeOf(shape) }, (_, i) => Math.sin(seed * (i + 1))),
    })),
)

for (const how of samplings)
  test(`sampleAffine ${Object.values(how).join(' ')} agrees with the reference`, () => {
    fc.assert(
      fc.property(jobs, (job) => {
        const [got, want] = [sampleAffine(job, how), reference(job, how)]
        for (let i = 0; i < want.length; i++) expect(Math.abs(got[i] - want[i])).toBeLessThan(2e-6)
      }),
      { numRuns: 60 },
    )
  })

const longRows: fc.Arbitrary<AffineJob> = fc
  .record({
    flat: fc.boolean(),
    turn: fc.double({ min: -0.7, max: 0.7, noNaN: true }),
    // Multiples of a half lead to many positions half-way between voxels.
    scale: fc.constantFrom(0.5, 1, 1.5, 1.05, 7),
    shift: fc.constantFrom(-60, -3.5, 0, 0.25, 4.5, 40),
    length: fc.integer({ min: 1, max: 600 }),
  })
  .map(({ flat, turn, scale, shift, length }) => {
    const shape = [flat ? 1 : 6, 9, 40]
    const [cos, sin] = [Math.cos(turn) * scale, Math.sin(turn) * scale]
    const matrix = [1, 0, 0, 0, 0, cos, sin, 1, 0, -sin, cos, shift, 0, 0, 0, 1]
    const data = Float32Array.from({ length: 2 * sizeOf(shape) }, (_, i) => Math.sin(i * i))
    return { channels: 2, shape, outShape: [shape[0], 3, length], matrix, data }
  })

for (const how of samplings.filter(({ mode }) => mode !== 'cubic'))
  test(`sampleAffine ${Object.values(how).join(' ')} agrees with the reference in long rows`, () => {
    fc.assert(
      fc.property(longRows, (job) => {
        const [got, want] = [sampleAffine(job, how), reference(job, how)]
        const most = got.reduce((most, x, i) => Math.max(most, Math.abs(x - want[i])), 0)
        expect(most).toBeLessThan(how.mode === 'nearest' ? 1e-9 : 3e-6)
      }),
      { numRuns: 60 },
    )
  })

test('sampleAffine reproduces a linear function between voxels, in long rows and odd ends', () => {
  const shape = [5, 6, 41]
  const value = (z: number, y: number, x: number) => 3 * z - 2 * y + 0.5 * x
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) =>
    value(Math.floor(i / 246), Math.floor(i / 41) % 6, i % 41),
  )
  const matrix = [0.5, 0, 0.01, 0.2, 0, 0.6, 0.02, 0.1, 0, 0, 0.77, 0.3, 0, 0, 0, 1]
  const outShape = [4, 5, 51]
  const out = sampleAffine(
    { data, channels: 1, shape, outShape, matrix },
    { mode: 'linear', padding: 'zeros', alignCorners: false },
  )
  for (let a = 0, i = 0; a < 4; a++)
    for (let b = 0; b < 5; b++)
      for (let c = 0; c < 51; c++, i++)
        expect(out[i]).toBeCloseTo(value(0.5 * a + 0.01 * c + 0.2, 0.6 * b + 0.02 * c + 0.1, 0.77 * c + 0.3), 4)
})

test('sampleAffine takes the outer of two voxels at the same distance, and what is just below half-way down', () => {
  const line = (offset: number) =>
    sampleAffine(
      {
        data: Float32Array.from({ length: 16 }, (_, i) => i),
        channels: 1,
        shape: [1, 1, 16],
        outShape: [1, 1, 8],
        matrix: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, offset, 0, 0, 0, 1],
      },
      { mode: 'nearest', padding: 'zeros', alignCorners: false },
    )
  expect([...line(4.5)]).toEqual([5, 6, 7, 8, 9, 10, 11, 12])
  expect([...line(4.5 - 1e-9)]).toEqual([4, 5, 6, 7, 8, 9, 10, 11])
})

test('sampleAffine takes inputs that are shared from one copy, and changed ones afterwards', () => {
  const shape = [6, 7, 8]
  const data = Float32Array.from({ length: 2 * sizeOf(shape) }, (_, i) => Math.sin(i))
  const matrix = [1, 0, 0.1, 0, 0, 0.9, 0, 0.3, -0.1, 0, 1, 0.2, 0, 0, 0, 1]
  const how = { mode: 'linear', padding: 'reflection', alignCorners: false } as const
  const job = { data, channels: 2, shape, outShape: shape, matrix }
  const part = { ...job, channels: 1, shape: [3, 4, 5], outShape: [3, 4, 5], view: { start: 70, steps: [56, 8] } }
  const want = [sampleAffine(job, how), sampleAffine(part, how)]
  const kept = () => [job, part, job].map((one) => sampleAffine({ ...one, shares: true }, how))
  expect(sharingInputs(kept)).toEqual([...want, want[0]])
  data.fill(1)
  expect(sharingInputs(kept).every((result) => result.every((x) => x === 1))).toBe(true)
})

test('sampleAffine gives nothing for an empty lattice', () => {
  const job = {
    data: new Float32Array(8),
    channels: 1,
    shape: [2, 2, 2],
    outShape: [0, 3, 3],
    matrix: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  }
  expect(sampleAffine(job, samplings[0]).length).toBe(0)
})

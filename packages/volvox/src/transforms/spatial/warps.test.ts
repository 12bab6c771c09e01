import { expect, test } from 'vitest'
import { image, spatialShape, type Image } from '../../core/image.ts'
import { RandomState } from '../../rng/index.ts'
import { RandRotate3dAxis, RandWarpAffine, ResizePerAxis, Rotate3dAxis, Rotate90, WarpAffine } from './index.ts'

const rng = new RandomState(3)
const volume = image('float32', [1, 4, 5, 7], Float32Array.from(rng.uniform(0, 1, 140)))
const z = [0, 0, 1]

/** The value at a position in voxels; beyond the border that of the border, or a fill value. */
function valueAt({ shape: [, d, h, w], data }: Image, at: readonly number[], fill: number | null): number {
  const low = at.map(Math.floor)
  let sum = 0
  for (let corner = 0; corner < 8; corner++) {
    const [a, b, c] = low.map((x, axis) => x + ((corner >> axis) & 1))
    const weight = at.reduce((all, x, axis) => all * (1 - Math.abs(x - low[axis] - ((corner >> axis) & 1))), 1)
    const inside = a >= 0 && a < d && b >= 0 && b < h && c >= 0 && c < w
    const clamp = (x: number, n: number) => Math.min(Math.max(x, 0), n - 1)
    const voxel = Number(data[(clamp(a, d) * h + clamp(b, h)) * w + clamp(c, w)])
    sum += weight * (inside || fill === null ? voxel : fill)
  }
  return sum
}

/** What WarpAffine says: the source of each voxel centre by a matrix of 12 for (x, y, z) in corner coordinates. */
function reference(img: Image, m: readonly number[], fill: number | null): number[] {
  const [d, h, w] = spatialShape(img)
  const out: number[] = []
  for (let a = 0; a < d; a++)
    for (let b = 0; b < h; b++)
      for (let c = 0; c < w; c++) {
        const p = [c + 0.5, b + 0.5, a + 0.5]
        const from = [0, 4, 8].map((r) => m[r] * p[0] + m[r + 1] * p[1] + m[r + 2] * p[2] + m[r + 3] - 0.5)
        out.push(valueAt(img, from.toReversed(), fill))
      }
  return out
}

const warp = [1.1, 0.2, -0.1, 0.4, -0.15, 0.9, 0.05, 1.2, 0.1, 0, 1.05, -0.6]
for (const fillValue of [null, 0, 2.5])
  test(`WarpAffine takes values from where its matrix says, ${fillValue} outside`, () => {
    const { data } = WarpAffine({ matrix: warp, fillValue })(volume)
    reference(volume, warp, fillValue).forEach((x, i) => expect(Number(data[i])).toBeCloseTo(x, 5))
  })

test('WarpAffine: nothing and whole voxels are exact', () => {
  const shifted = (x: number) => [1, 0, 0, x, 0, 1, 0, 0, 0, 0, 1, 0]
  expect(WarpAffine({ matrix: shifted(0) })(volume).data).toEqual(volume.data)
  const moved = WarpAffine({ matrix: shifted(2), fillValue: 9 })(volume).data
  expect(Array.from(moved)).toEqual(Array.from(volume.data, (_, i) => (i % 7 < 5 ? Number(volume.data[i + 2]) : 9)))
})

test('WarpAffine joins matrices, and inverts those that lead the other way', () => {
  const there = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0]
  const joined = WarpAffine({ matrix: [warp, there] })(volume).history[0].plan
  const steps = [warp, there].map((matrix) => WarpAffine({ matrix })(volume).history[0].plan)
  const once = WarpAffine({ matrix: there, inverseMap: false })(volume).history[0].plan
  expect(steps.map((plan) => plan?.kind)).toEqual(['affine', 'affine'])
  expect(once?.kind === 'affine' && once.matrix[0]).toBe(0.5)
  expect(joined?.kind === 'affine' && joined.matrix[0]).toBeCloseTo(2.1, 12)
})

test('Rotate3dAxis: quarter turns are exact, and swap the canvas', () => {
  const turned = Rotate3dAxis({ angle: 90, axis: z })(volume)
  expect(turned.shape).toEqual([1, 4, 7, 5])
  const alike = [1, 3].map((k) => Rotate90({ k, spatialAxes: [1, 2] })(volume).data)
  expect(alike.some((data) => data.every((x, i) => x === turned.data[i]))).toBe(true)
  for (const angle of [0, 360, -720]) expect(Rotate3dAxis({ angle, axis: [1, 2, 3] })(volume).data).toEqual(volume.data)
})

test('Rotate3dAxis: x turns to y about z, and the reversed axis turns back', () => {
  const point = image('float32', [1, 1, 9, 9], new Float32Array(81))
  ;(point.data as Float32Array)[4 * 9 + 8] = 1 // (x, y) = (4, 0) from the centre
  const turned = Rotate3dAxis({ angle: 90, axis: [0, 0, 2], keepSize: true })(point)
  expect(turned.data[8 * 9 + 4]).toBe(1) // (0, 4)
  const [a, b] = [Rotate3dAxis({ angle: 30, axis: [1, 2, 3] }), Rotate3dAxis({ angle: -30, axis: [-1, -2, -3] })]
  const [first, second] = [a(volume), b(volume)]
  first.data.forEach((x: number | bigint, i: number) => expect(Number(second.data[i])).toBeCloseTo(Number(x), 5))
})

test('Rotate3dAxis: the canvas holds every corner, and keeps the parity', () => {
  const draws = new RandomState(1)
  for (let i = 0; i < 1000; i++) {
    const img = image('float32', [1, 3, 4, 6], new Float32Array(72))
    const [angle, axis] = [draws.uniform(-180, 180), Array.from(draws.normal(0, 1, 3))]
    const plan = Rotate3dAxis({ angle, axis, lazy: true })(img).history[0].plan
    if (plan?.kind !== 'affine') throw new Error('not affine')
    // The inverse rotation takes corners of the image to the canvas.
    for (let corner = 0; corner < 8; corner++) {
      const c = [3, 4, 6].map((n, axis) => ((n - 1) / 2) * ((corner >> axis) & 1 ? 1 : -1))
      const at = [0, 1, 2].map((j) => c.reduce((sum, x, k) => sum + plan.matrix[4 * k + j] * x, 0))
      at.forEach((x, j) => expect(Math.abs(x)).toBeLessThanOrEqual((plan.shape[j] - 1) / 2 + 0.5))
    }
  }
})

test('random forms draw within their ranges', () => {
  const record = (img: Image) => img.history[0].options as { angle: number; axis: readonly number[] }
  const turn = RandRotate3dAxis({ prob: 1, angleRange: [5, 10] }).setRandomState(2)
  for (let i = 0; i < 20; i++) expect(record(turn(volume)).angle).toSatisfy((x: number) => x >= 5 && x <= 10)
  const still = RandWarpAffine({ prob: 1 }).setRandomState(2)(volume)
  expect(still.data.every((x: number | bigint, i: number) => Math.abs(Number(x) - Number(volume.data[i])) < 1e-6)).toBe(
    true,
  )
})

const line = (values: readonly number[]) => image('float32', [1, values.length], Float32Array.from(values))
const resized = (options: object, values: readonly number[]) =>
  Array.from(ResizePerAxis(options)(line(values)).data, (x) => Number(Number(x).toFixed(5)))

test('ResizePerAxis smooths what shrinks, by a triangle as wide as an output voxel on either side', () => {
  // At half the size the triangle is 1/8, 3/8, 3/8, 1/8.
  expect(resized({ scale: 0.5 }, [0, 0, 8, 0, 0, 0])).toEqual([1, 3, 0])
  expect(resized({ scale: 0.5, antialias: false }, [0, 0, 8, 0, 0, 0])).toEqual([0, 4, 0])
  expect(resized({ scale: 2 }, [0, 4])).toEqual([0, 1, 3, 4])
  expect(resized({ size: -4 }, [0, 4])).toEqual([4, 3, 1, 0])
  expect(resized({ scale: 0.5, mode: 'nearest' }, [1, 2, 3, 4])).toEqual([2, 4])
  expect(resized({ scale: 1, mode: 'cubic' }, [1, 2, 3, 4])).toEqual([1, 2, 3, 4])
})

test('ResizePerAxis finds sizes as DALI does', () => {
  const shapeFor = (options: object) => spatialShape(ResizePerAxis(options)(volume)) // 4, 5, 7
  expect(shapeFor({ size: [8, 0, 0] })).toEqual([8, 10, 14])
  expect(shapeFor({ size: [8, 0, 0], resizeMode: 'stretch' })).toEqual([8, 5, 7])
  expect(shapeFor({ size: [8, 5, 14], resizeMode: 'not_larger' })).toEqual([4, 5, 7])
  expect(shapeFor({ size: [8, 5, 14], resizeMode: 'not_smaller', maxSize: 7 })).toEqual([4, 5, 7])
  expect(shapeFor({ scale: [2, 0.1, 1], maxSize: [6, 9, 9] })).toEqual([6, 1, 7])
})

const mistakes: readonly [what: string, run: () => unknown, message: RegExp][] = [
  [
    'no direction',
    () => Rotate3dAxis({ angle: 3, axis: [0, 0, 0] })(volume),
    /^Rotate3dAxis\.axis: \[0, 0, 0\] is no direction; give three numbers that are not all 0$/,
  ],
  [
    'a flat image',
    () => Rotate3dAxis({ angle: 3, axis: z })(line([1])),
    /^Rotate3dAxis: was given an image with 1 spatial axes; it takes 3$/,
  ],
  [
    'a matrix of nine',
    () => WarpAffine({ matrix: [1, 0, 0, 0, 1, 0, 0, 0, 1] })(volume),
    /^WarpAffine\.matrix: \[1, 0, 0, 0, 1, 0, 0, 0, 1\] has 9 numbers; give 12 or 16, row by row$/,
  ],
  [
    'a singular matrix',
    () => WarpAffine({ matrix: new Array<number>(12).fill(1), inverseMap: false })(volume),
    /^WarpAffine\.matrix: /,
  ],
  [
    'both sizes and factors',
    () => ResizePerAxis({ size: 3, scale: 2 })(volume),
    /^ResizePerAxis\.size: and scale exclude each other; give one of them$/,
  ],
  [
    'no size at all',
    () => ResizePerAxis({ size: 0 })(volume),
    /^ResizePerAxis\.size: \[0, 0, 0\] gives no axis a size; give one of them more than 0$/,
  ],
]

for (const [what, run, message] of mistakes)
  test(`${what} is refused in one sentence`, () => {
    expect(run).toThrow(message)
  })

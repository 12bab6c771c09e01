// What DALI says of Resize, WarpAffine, Rotate and RandomObjectBBox, statement by statement, each with its check.
import { expect, test } from 'vitest'
import { image, spatialShape, type Image } from '../core/image.ts'
import { RandomState } from '../rng/index.ts'
import {
  RandObjectCrop,
  RandomObjectBBox,
  ResizePerAxis,
  ResizePerAxisd,
  Rotate3dAxis,
  Rotate90,
  WarpAffine,
} from './index.ts'

const rng = new RandomState(4)
const volume = (d: number, h: number, w: number) => image('float32', [1, d, h, w], Float32Array.from(rng.uniform(0, 1, d * h * w))) // prettier-ignore
const img = volume(6, 5, 8)
const line = (...values: number[]) => image('float32', [1, values.length], Float32Array.from(values))
const values = ({ data }: Image) => Array.from(data as Float32Array, (x) => Number(x.toFixed(4)))
const resized = (options: object, ...along: number[]) => values(ResizePerAxis(options)(line(...along)))
const shapeFor = (options: object) => spatialShape(ResizePerAxis(options)(img))
const refusal = (run: () => unknown) => {
  try {
    run()
    return 'not refused'
  } catch (error) {
    return (error as Error).message
  }
}
const plan = (made: Image) => made.history[0].plan
const ramp = [0, 1, 2, 3, 4, 5, 6, 7]

type Statement = readonly [says: string, check: () => void]

/** A resizing of one axis, written anew: the value at a place is the mean of voxels weighted by a triangle around it. */
function triangle(data: readonly number[], size: number, [start, end]: readonly [number, number]): number[] {
  const step = (end - start) / size
  const width = Math.max(1, Math.abs(step))
  return Array.from({ length: size }, (_, o) => {
    const at = start + (o + 0.5) * step
    let [sum, weights] = [0, 0]
    for (let i = Math.floor(at - width) - 1; i <= at + width + 1; i++) {
      const weight = Math.max(0, 1 - Math.abs(i + 0.5 - at) / width)
      sum += weight * data[Math.min(Math.max(i, 0), data.length - 1)]
      weights += weight
    }
    return sum / weights
  })
}

const resize: readonly Statement[] = [
  ['size, negative flips that axis', () => expect(resized({ size: -4 }, 0, 4)).toEqual([4, 3, 1, 0])],
  ['0 in an axis derives it', () => expect(shapeFor({ size: [3, 0, 0], resizeMode: 'not_larger' })).toEqual([3, 3, 4])],
  ['one of the ways to give sizes is required', () => expect(refusal(() => ResizePerAxis()(img))).toBe('ResizePerAxis.size: is missing; give it, or scale, or spacing')], // prettier-ignore
  ['and they exclude each other', () => expect(refusal(() => ResizePerAxis({ scale: 1, spacing: 2 })(img))).toBe('ResizePerAxis.scale: and spacing exclude each other; give one of them')], // prettier-ignore
  ['default: missing axes take the geometric mean', () => expect(shapeFor({ size: [24, 5, 0] })).toEqual([24, 5, 16])],
  [
    'stretch: missing axes stay',
    () => expect(shapeFor({ size: [24, 0, 0], resizeMode: 'stretch' })).toEqual([24, 5, 8]),
  ],
  ['not_larger: the least factor for all', () => expect(shapeFor({ size: [12, 5, 24], resizeMode: 'not_larger' })).toEqual([6, 5, 8])], // prettier-ignore
  ['not_smaller: the largest', () => expect(shapeFor({ size: [12, 5, 8], resizeMode: 'not_smaller' })).toEqual([12, 10, 16])], // prettier-ignore
  ['max_size clips single axes', () => expect(shapeFor({ scale: 2, maxSize: [9, 99, 10] })).toEqual([9, 10, 10])],
  ['or lowers the common factor', () => expect(shapeFor({ scale: 2, maxSize: 12, resizeMode: 'not_smaller' })).toEqual([9, 8, 12])], // prettier-ignore
  ['the size is rounded, and at least 1', () => expect(shapeFor({ scale: [0.01, 0.5, 0.31] })).toEqual([1, 3, 2])],
  ['nearest takes the voxel that holds the place', () => expect(resized({ size: 3, mode: 'nearest' }, ...ramp)).toEqual([1, 4, 6])], // prettier-ignore
  ['antialias: a triangle as wide as the factor', () => expect(resized({ scale: 0.5 }, 0, 0, 8, 0, 0, 0)).toEqual([1, 3, 0])], // prettier-ignore
  ['without it linear', () => expect(resized({ scale: 0.5, antialias: false }, 0, 0, 8, 0, 0, 0)).toEqual([0, 4, 0])],
  ['antialias does nothing to nearest', () => expect(resized({ scale: 0.5, mode: 'nearest' }, ...ramp)).toEqual([1, 3, 5, 7])], // prettier-ignore
  ['triangular is linear antialiased', () => expect(resized({ scale: 0.5, mode: 'triangular' }, 0, 0, 8, 0, 0, 0)).toEqual([1, 3, 0])], // prettier-ignore
  [
    'cubic, lanczos3 and gaussian keep a constant',
    () => {
      for (const mode of ['cubic', 'lanczos3', 'gaussian'] as const)
        for (const scale of [0.4, 1.7]) expect(new Set(resized({ scale, mode }, 3, 3, 3, 3, 3))).toEqual(new Set([3]))
    },
  ],
  [
    'lanczos3 is sinc(x) sinc(x/3), normalised',
    () => {
      const sinc = (x: number) => Math.sin(Math.PI * x) / (Math.PI * x)
      const weight = (x: number) => sinc(x) * sinc(x / 3)
      const sum = [0.25, 0.75, 1.25, 1.75, 2.25, 2.75].reduce((all, x) => all + weight(x), 0)
      const found = ResizePerAxis({ scale: 2, mode: 'lanczos3' })(line(0, 0, 0, 1, 0, 0, 0)).data
      for (const [o, distance] of [[5, 0.75], [6, 0.25], [7, 0.25], [8, 0.75]]) expect(Number(found[o])).toBeCloseTo(weight(distance) / sum, 5) // prettier-ignore
    },
  ],
  [
    'a filter for shrinking, another for enlarging, by axis',
    () => {
      const both = ResizePerAxis({ scale: [0.5, 2, 1], minFilter: 'nearest', magFilter: 'linear' })(img)
      const first = ResizePerAxis({ scale: [0.5, 1, 1], mode: 'nearest' })(img)
      expect(values(both)).toEqual(values(ResizePerAxis({ scale: [1, 2, 1] })(first)))
    },
  ],
  ['roi: only a region', () => expect(resized({ size: 2, roiStart: 2, roiEnd: 6, antialias: false, mode: 'nearest' }, ...ramp)).toEqual([3, 5])], // prettier-ignore
  ['roi_relative', () => expect(resized({ size: 2, roiStart: 0.25, roiEnd: 0.75, roiRelative: true, mode: 'nearest' }, ...ramp)).toEqual([3, 5])], // prettier-ignore
  ['start beyond end flips', () => expect(resized({ size: 4, roiStart: 6, roiEnd: 2 }, ...ramp)).toEqual([5, 4, 3, 2])],
  ['and a flip of a flip does not', () => expect(resized({ size: -4, roiStart: 6, roiEnd: 2 }, ...ramp)).toEqual([2, 3, 4, 5])], // prettier-ignore
  ['a region thinner than 1e-3 voxel is widened to it', () => expect(resized({ size: 2, roiStart: 4.5, roiEnd: 4.5 }, ...ramp)).toEqual([3.9998, 4.0002])], // prettier-ignore
  ['both ends of a region are given', () => expect(refusal(() => ResizePerAxis({ size: 2, roiStart: 1 })(img))).toBe('ResizePerAxis.roiStart: and roiEnd belong together; give both or none of them')], // prettier-ignore
  ['factors are of the region', () => expect(resized({ scale: 2, roiStart: 3, roiEnd: 5 }, ...ramp)).toEqual([2.75, 3.25, 3.75, 4.25])], // prettier-ignore
  [
    'subpixel_scale keeps the factor of a fractional size',
    () => {
      const exact = plan(ResizePerAxis({ scale: 0.3 })(line(...ramp))) // 2.4 voxels: 2
      expect(exact?.kind === 'scale' && exact.region).toEqual([[4 - 10 / 3, 4 + 10 / 3]].map((span) => span.map((x) => expect.closeTo(x, 10)))) // prettier-ignore
      expect(exact?.kind === 'scale' && 1 / exact.matrix[0]).toBeCloseTo(0.3, 12)
    },
  ],
  [
    'without it the factor follows the size',
    () => {
      const rounded = plan(ResizePerAxis({ scale: 0.3, subpixelScale: false })(line(...ramp)))
      expect(rounded?.kind === 'scale' && [1 / rounded.matrix[0], rounded.region]).toEqual([0.25, undefined])
    },
  ],
  ['an empty input is an error', () => expect(refusal(() => ResizePerAxis({ size: 3 })(image('float32', [1, 0, 4], new Float32Array(0))))).toBe('ResizePerAxis: was given an image of [0, 4] voxels; there is nothing to scale')], // prettier-ignore
  [
    '50 cases agree with an independent computation to 1e-5',
    () => {
      for (let i = 0; i < 50; i++) {
        const data = Array.from(rng.uniform(-2, 2, rng.randint(1, 30)))
        const [start, end] = rng.uniform(-1, data.length + 1, 2)
        const size = rng.randint(1, 40)
        const found = ResizePerAxis({ size, roiStart: [start], roiEnd: [end] })(line(...data)).data
        triangle(data, size, [start, end]).forEach((x, o) => expect(Math.abs(Number(found[o]) - x)).toBeLessThan(2e-5))
      }
    },
  ],
  [
    'axes one after the other: a volume is resized as its lines are',
    () => {
      const all = ResizePerAxis({ size: [4, 9, 3], roiStart: [1, 0, 7], roiEnd: [5, 5, 1] })(img)
      const [a, b, c] = [
        [4, 5, 8],
        [4, 9, 8],
        [4, 9, 3],
      ].map((size, axis) => [size, axis] as const)
      const one = (from: Image, [size, axis]: readonly [number[], number], start: number, end: number) =>
      ResizePerAxis({ size, roiStart: spatialShape(from).map((_, k) => (k === axis ? start : 0)), roiEnd: spatialShape(from).map((n, k) => (k === axis ? end : n)) })(from) // prettier-ignore
      const steps = one(one(one(img, a, 1, 5), b, 0, 5), c, 7, 1)
      steps.data.forEach((x: number | bigint, i: number) => expect(Number(all.data[i])).toBeCloseTo(Number(x), 5))
    },
  ],
  [
    'ours: sizes of voxels, which the affine follows',
    () => {
      const made = ResizePerAxis({ spacing: [2, 0, 1], resizeMode: 'stretch' })({ ...img, affine: [3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1] }) // prettier-ignore
      expect([spatialShape(made), made.affine[0], made.affine[10]]).toEqual([[9, 5, 16], 2, 1])
    },
  ],
  [
    'ours: the way back, zeros where the region left voxels out',
    () => {
      const keyed = ResizePerAxisd({ keys: 'a', size: 8, roiStart: 2, roiEnd: 6 })
      const { a } = keyed.inverse(keyed({ a: line(...ramp) })) as { a: Image }
      expect(values(a)).toEqual([0, 0, 2, 3, 4, 5, 0, 0])
    },
  ],
  ['ours: labels are scaled by the shares of each, the lowest of equal ones', () => expect(resized({ size: 8, labels: true }, 3, 7, 7, 5)).toEqual([3, 3, 7, 7, 7, 7, 5, 5])], // prettier-ignore
  ['and stay whole where numbers would blend', () => expect([false, true].map((labels) => resized({ size: 2, labels }, 0, 4, 4, 2, 2, 2))).toEqual([[2.4444, 2.2222], [4, 2]])], // prettier-ignore
  [
    'a voxel belongs to the class with the largest share, for drawn ones in 3-D',
    () => {
      const labels = image('uint8', [1, 6, 5, 8], Uint8Array.from(rng.randint(0, 4, 240)))
      const options = { size: [9, 4, 11] }
      const shares = [0, 1, 2, 3].map((c) => ResizePerAxis(options)(image('float32', labels.shape, Float32Array.from(labels.data as Uint8Array, (x) => (x === c ? 1 : 0)))).data as Float32Array) // prettier-ignore
      const found = ResizePerAxis({ ...options, labels: true })(labels)
      found.data.forEach((c: number | bigint, i: number) => expect(shares[Number(c)][i]).toBe(Math.max(...shares.map((share) => share[i])))) // prettier-ignore
    },
  ],
  ['labels that are no classes are refused', () => expect(refusal(() => ResizePerAxis({ size: 8, labels: true })(line(...Array.from({ length: 1030 }, (_, i) => i / 7))))).toBe('ResizePerAxis: labels: the image has 1030 different values, too many for classes; scale images without this option')], // prettier-ignore
]

const shifted = (x: number) => [1, 0, 0, x, 0, 1, 0, 0, 0, 0, 1, 0]
const warp: readonly Statement[] = [
  ['12 numbers, row-major, vectors are (x, y, z)', () => expect(WarpAffine({ matrix: shifted(1) })(img).data[0]).toBe(img.data[1])], // prettier-ignore
  ['inverse_map: destination to source', () => expect(WarpAffine({ matrix: shifted(1), inverseMap: false })(img).data[1]).toBe(img.data[0])], // prettier-ignore
  [
    'at voxel centres in corner-based coordinates',
    () => {
      const doubled = plan(WarpAffine({ matrix: [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0] })(img))
      expect(doubled?.kind === 'affine' && doubled.matrix.slice(0, 4)).toEqual([2, 0, 0, 0.5]) // 2 (0 + 0.5) - 0.5
    },
  ],
  ['a singular matrix is an error', () => expect(refusal(() => WarpAffine({ matrix: new Array<number>(12).fill(1), inverseMap: false })(img))).toMatch(/^WarpAffine\.matrix: /)], // prettier-ignore
  ['size, or that of the input', () => expect([{}, { size: [2, 3, 4] }].map((more) => spatialShape(WarpAffine({ matrix: shifted(0), ...more })(img)))).toEqual([[6, 5, 8], [2, 3, 4]])], // prettier-ignore
  ['nn or linear only', () => expect(refusal(() => WarpAffine({ matrix: shifted(0), mode: 'bicubic' as never }))).toBe('WarpAffine.mode: "bicubic" does not fit; give one of "bilinear", "nearest"')], // prettier-ignore
  ['without fill_value the edge is repeated', () => expect(WarpAffine({ matrix: shifted(3) })(img).data[7]).toBe(img.data[7])], // prettier-ignore
  ['with it outside takes it', () => expect(WarpAffine({ matrix: shifted(3), fillValue: 9 })(img).data[7]).toBe(9)],
  ['and linear blends with it at the border', () => expect(Number(WarpAffine({ matrix: shifted(0.5), fillValue: 9 })(img).data[7])).toBeCloseTo((Number(img.data[7]) + 9) / 2, 5)], // prettier-ignore
  ['identity is exact', () => expect(WarpAffine({ matrix: shifted(0) })(img).data).toEqual(img.data)],
  ['integer translations are exact', () => expect(Array.from(WarpAffine({ matrix: shifted(-2), fillValue: 0 })(img).data.slice(2, 8))).toEqual(Array.from(img.data.slice(0, 6)))], // prettier-ignore
  [
    'several at once are one resampling',
    () => {
      const both = WarpAffine({ matrix: [shifted(1), [2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]] })(img)
      expect(both.history).toHaveLength(1)
      expect(both.history[0].plan?.kind).toBe('affine')
    },
  ],
]

const z = [0, 0, 1]
const rotate: readonly Statement[] = [
  ['a zero axis is an error', () => expect(refusal(() => Rotate3dAxis({ angle: 1, axis: [0, 0, 0] })(img))).toBe('Rotate3dAxis.axis: [0, 0, 0] is no direction; give three numbers that are not all 0')], // prettier-ignore
  ['the axis need not be normalised', () => expect(Rotate3dAxis({ angle: 20, axis: [0, 0, 7] })(img).data).toEqual(Rotate3dAxis({ angle: 20, axis: z })(img).data)], // prettier-ignore
  [
    'reversing it equals negating the angle',
    () => {
      const [a, b] = [Rotate3dAxis({ angle: 30, axis: [1, 2, 3] })(img), Rotate3dAxis({ angle: -30, axis: [-1, -2, -3] })(img)] // prettier-ignore
      a.data.forEach((x: number | bigint, i: number) => expect(Number(b.data[i])).toBeCloseTo(Number(x), 5))
    },
  ],
  [
    'the mathematical rotation: x to y about z',
    () => {
      const point = image('float32', [1, 1, 5, 5], new Float32Array(25))
      ;(point.data as Float32Array)[2 * 5 + 4] = 1
      expect(Rotate3dAxis({ angle: 90, axis: z, keepSize: true })(point).data[4 * 5 + 2]).toBe(1)
    },
  ],
  [
    'angle 0 and 360 return the input',
    () => {
      for (const angle of [0, 360]) expect(Rotate3dAxis({ angle, axis: [1, 1, 0] })(img).data).toEqual(img.data)
    },
  ],
  [
    '90 degrees swap H and W, exactly',
    () => {
      const turned = Rotate3dAxis({ angle: 90, axis: z })(img)
      expect(spatialShape(turned)).toEqual([6, 8, 5])
      const alike = [1, 3].map((k) => Rotate90({ k, spatialAxes: [1, 2] })(img).data)
      expect(alike.some((data) => data.every((x, i) => x === turned.data[i]))).toBe(true)
    },
  ],
  [
    'the canvas is |R| in - 0.01 rounded up, with the parity of its main axis',
    () => {
      // 45 degrees about z: (5 + 8) / sqrt 2 = 9.19: 10; both axes count alike, the first one decides (5 is odd, 8 even).
      const [d, h, w] = spatialShape(Rotate3dAxis({ angle: 45, axis: z })(img))
      expect(d).toBe(6)
      expect([10, 11]).toContain(h)
      expect([10, 11]).toContain(w)
      expect(spatialShape(Rotate3dAxis({ angle: 1, axis: z })(volume(2, 5, 7)))).toEqual([2, 7, 9]) // 5.1 and 7.1: 6 and 8, but odd
    },
  ],
  [
    'keep_size, size',
    () => {
      expect(spatialShape(Rotate3dAxis({ angle: 45, axis: z, keepSize: true })(img))).toEqual([6, 5, 8])
      expect(spatialShape(Rotate3dAxis({ angle: 45, axis: z, size: [3, 4, 5] })(img))).toEqual([3, 4, 5])
    },
  ],
  [
    'there and back keeps the middle',
    () => {
      const smooth = image(
        'float32',
        [1, 9, 9, 9],
        Float32Array.from({ length: 729 }, (_, i) => (i % 9) + Math.floor(i / 81)),
      )
      const there = Rotate3dAxis({ angle: 25, axis: [1, 2, 2] })(smooth)
      const back = Rotate3dAxis({ angle: -25, axis: [1, 2, 2], size: [9, 9, 9] })(there)
      expect(Number(back.data[364])).toBeCloseTo(Number(smooth.data[364]), 4)
    },
  ],
  [
    'every corner lies inside the canvas, for 1,000 axes and angles',
    () => {
      const small = image('float32', [1, 3, 4, 6], new Float32Array(72))
      for (let i = 0; i < 1000; i++) {
        const turned = Rotate3dAxis({ angle: rng.uniform(-180, 180), axis: Array.from(rng.normal(0, 1, 3)), lazy: true })(small) // prettier-ignore
        const made = plan(turned)
        if (made?.kind !== 'affine') throw new Error('not affine')
        for (let corner = 0; corner < 8; corner++) {
          const c = [3, 4, 6].map((n, axis) => ((n - 1) / 2) * ((corner >> axis) & 1 ? 1 : -1))
          const at = [0, 1, 2].map((j) => c.reduce((sum, x, k) => sum + made.matrix[4 * k + j] * x, 0))
          at.forEach((x, j) => expect(Math.abs(x)).toBeLessThanOrEqual(made.shape[j] / 2))
        }
      }
    },
  ],
]

const map = image(
  'uint8',
  [1, 3, 8],
  Uint8Array.of(1, 1, 0, 2, 0, 1, 0, 0, 1, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3),
)
const draws = (options: object, label: Image = map) => {
  const draw = RandomObjectBBox({ format: 'box', outputClass: true, ...options }).setRandomState(1)
  const found = new Map<string, number>()
  for (let i = 0; i < 2000; i++) {
    const [box, one] = draw(label)
    const key = `${String(box)} ${String(one)}`
    found.set(key, (found.get(key) ?? 0) + 1 / 2000)
  }
  return found
}
const [block, bar, single, corner, whole] = ['0,0,2,2 1', '0,3,2,4 2', '0,5,1,6 1', '2,7,3,8 3', '0,0,3,8 0']
const shares = (options: object, wanted: Readonly<Record<string, number>>) => {
  const found = draws(options)
  expect([...found.keys()].sort()).toEqual(Object.keys(wanted).sort())
  for (const [key, share] of Object.entries(wanted)) expect(found.get(key)).toBeCloseTo(share, 1)
}
const objects: readonly Statement[] = [
  [
    'labels of 1 to 3 axes, in any integer type',
    () => {
      for (const dtype of ['bool', 'uint8', 'int16', 'int32', 'float32'] as const)
      expect(draws({}, { ...image('uint8', [1, 3], Uint8Array.of(0, 1, 1)), dtype, data: dtype === 'float32' ? Float32Array.of(0, 1, 1) : dtype === 'int16' ? Int16Array.of(0, 1, 1) : dtype === 'int32' ? Int32Array.of(0, 1, 1) : Uint8Array.of(0, 1, 1) }).get('1,3 1')).toBeCloseTo(1, 6) // prettier-ignore
    },
  ],
  [
    'anchor_shape (default), start_end, box; and the class',
    () => {
      const draw = (options: object) => RandomObjectBBox({ classes: [2], ...options })(map)
      expect(draw({})).toEqual([[0, 3], [2, 1]]) // prettier-ignore
      expect(draw({ format: 'start_end' })).toEqual([[0, 3], [2, 4]]) // prettier-ignore
      expect(draw({ format: 'box', outputClass: true })).toEqual([[0, 3, 2, 4], 2]) // prettier-ignore
    },
  ],
  ['classes alike, then blobs alike; face neighbours only', () => shares({}, { [block]: 1 / 6, [single]: 1 / 6, [bar]: 1 / 3, [corner]: 1 / 3 })], // prettier-ignore
  ['foreground_prob; otherwise the whole and the background', () => shares({ foregroundProb: 0.3, classes: [2] }, { [bar]: 0.3, [whole]: 0.7 })], // prettier-ignore
  ['classes', () => shares({ classes: [1, 3] }, { [block]: 1 / 4, [single]: 1 / 4, [corner]: 1 / 2 })],
  [
    'class_weights, normalised',
    () => shares({ classes: [2, 3], classWeights: [3, 1] }, { [bar]: 3 / 4, [corner]: 1 / 4 }),
  ],
  ['without classes they belong to 1, 2, .. skipping the background', () => shares({ background: 1, classWeights: [0, 2] }, { [corner]: 1 })], // prettier-ignore
  ['weights of absent classes are 0', () => shares({ classes: [2, 9], classWeights: [1, 50] }, { [bar]: 1 })],
  ['0 among the classes: the background is one below', () => expect(draws({ classes: [0, 2], foregroundProb: 0 }).get('0,0,3,8 -1')).toBeCloseTo(1, 6)], // prettier-ignore
  ['a background among the classes is an error', () => expect(refusal(() => draws({ classes: [1], background: 1 }))).toBe('RandomObjectBBox.background: 1 is among classes; choose another label')], // prettier-ignore
  ['ignore_class: all blobs alike, none merged', () => shares({ ignoreClass: true }, { [block]: 1 / 4, [single]: 1 / 4, [bar]: 1 / 4, [corner]: 1 / 4 })], // prettier-ignore
  ['k_largest boxes, of the class', () => shares({ classes: [1], kLargest: 1 }, { [block]: 1 })],
  ['or of all with ignore_class', () => shares({ ignoreClass: true, kLargest: 2 }, { [block]: 1 / 2, [bar]: 1 / 2 })],
  ['threshold of each axis', () => shares({ threshold: [2, 1] }, { [block]: 1 / 2, [bar]: 1 / 2 })],
  ['threshold before k_largest', () => shares({ classes: [1], kLargest: 1, threshold: 1 }, { [block]: 1 })],
  [
    'a class of which nothing is left is drawn again',
    () => shares({ classes: [2, 3], threshold: [2, 1] }, { [bar]: 1 }),
  ],
  ['if no class remains, the whole', () => shares({ threshold: 3 }, { [whole]: 1 })],
  ['cache_objects gives equal draws', () => expect(draws({ cacheObjects: true })).toEqual(draws({}))],
  [
    'the window holds the region where it fits, and lies in the image',
    () => {
      const crop = RandObjectCrop({ spatialSize: [2, 3], classes: [1], kLargest: 1 }).setRandomState(1)
      for (let i = 0; i < 40; i++)
        expect(Array.from(crop(map, { label: map }).data).filter((x) => x === 1)).toHaveLength(4)
    },
  ],
  [
    'a window smaller than the region lies inside it',
    () => {
      const crop = RandObjectCrop({ spatialSize: [1, 1], classes: [1], kLargest: 1 }).setRandomState(1)
      for (let i = 0; i < 40; i++) expect(Array.from(crop(map, { label: map }).data)).toEqual([1])
    },
  ],
  ['ours: a window larger than the image is padded', () => expect(RandObjectCrop({ spatialSize: [5, 9] })(map, { label: map }).shape).toEqual([1, 5, 9])], // prettier-ignore
]

for (const [operator, statements] of Object.entries({
  Resize: resize,
  WarpAffine: warp,
  Rotate: rotate,
  RandomObjectBBox: objects,
}))
  // prettier-ignore
  for (const [says, check] of statements) test(`DALI's ${operator}: ${says}`, check)

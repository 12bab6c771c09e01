import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyAffine, invert, resized } from '../../core/affine.ts'
import { image, type Image } from '../../core/image.ts'
import { sizeOf } from '../../core/tensor.ts'
import { Compose } from '../compose.ts'
import {
  BorderPad,
  CenterSpatialCrop,
  DivisiblePad,
  ResizeWithPadOrCrop,
  SpatialCrop,
  SpatialPad,
} from '../croppad/index.ts'
import type { ImageTransform } from '../define.ts'
import { Affine, Flip, Orientation, Resize, Rotate, Rotate90, Spacing, Zoom } from './index.ts'

/** Axes turned, reversed and of different voxel sizes, but none parallel. */
const affines = fc
  .record({
    order: fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
    signs: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
    tilt: fc.double({ min: -0.3, max: 0.3, noNaN: true }),
  })
  .map(({ order, signs, tilt }) => {
    const out = new Array<number>(16).fill(0)
    order.forEach((axis, j) => (out[axis * 4 + j] = (signs[j] ? 1 : -1) * (j + 0.5)))
    out[1] += tilt
    ;[out[3], out[7], out[11], out[15]] = [-20.25, 13.5, 7, 1]
    return out
  })

const images: fc.Arbitrary<Image> = fc
  .record({
    shape: fc.array(fc.integer({ min: 2, max: 6 }), { minLength: 3, maxLength: 3 }),
    channels: fc.integer({ min: 1, max: 2 }),
    affine: affines,
    dtype: fc.constantFrom('float32', 'int16', 'uint8', 'float64' as const),
  })
  .map(({ shape, channels, affine, dtype }) => {
    const values = Array.from({ length: channels * sizeOf(shape) }, (_, i) => (i * 37) % 251)
    const Type = { float32: Float32Array, int16: Int16Array, uint8: Uint8Array, float64: Float64Array }[dtype]
    return image(dtype, [channels, ...shape], Type.from(values), { affine })
  })

const axis = fc.integer({ min: -3, max: 2 })
const size = fc.array(fc.integer({ min: -1, max: 9 }), { minLength: 3, maxLength: 3 })

/** Moves of whole voxels that lose none of them. */
const lossless: fc.Arbitrary<ImageTransform> = fc.oneof(
  axis.map((spatialAxis) => Flip({ spatialAxis })),
  fc
    .record({
      k: fc.integer({ min: -5, max: 5 }),
      spatialAxes: fc.shuffledSubarray([0, 1, 2], { minLength: 2, maxLength: 2 }),
    })
    .map((o) => Rotate90(o)),
  fc.constantFrom('RAS', 'LPI', 'SAR', 'PIL').map((axcodes) => Orientation({ axcodes })),
  size.map((spatialSize) => SpatialPad({ spatialSize, mode: 'edge' })),
  fc.integer({ min: 0, max: 3 }).map((spatialBorder) => BorderPad({ spatialBorder, mode: 'reflect' })),
  fc.integer({ min: 1, max: 4 }).map((k) => DivisiblePad({ k, value: -3 })),
)

/** Moves that may crop as well. */
const moves: fc.Arbitrary<ImageTransform> = fc.oneof(
  lossless,
  size.map((roiSize) => CenterSpatialCrop({ roiSize })),
  size.map((spatialSize) => ResizeWithPadOrCrop({ spatialSize })),
  fc.constant(SpatialCrop({ roiStart: [0, 1, 0], roiEnd: [2, 9, 3] })),
)

const samplers: fc.Arbitrary<ImageTransform> = fc.constantFrom(
  Affine({ rotateParams: [0.1, 0.2, -0.1], scaleParams: [1.1, 0.9, 1], paddingMode: 'border' }),
  Rotate({ angle: 0.3, keepSize: false }),
  Zoom({ zoom: [1.3, 0.8, 1], mode: 'trilinear' }),
  Resize({ spatialSize: [4, 3, 5], mode: 'trilinear' }),
  Spacing({ pixdim: [0.8, 1.1, 1.7] }),
)

const frozen = (img: Image) => ({
  shape: [...img.shape],
  data: [...img.data],
  affine: [...img.affine],
  history: JSON.stringify(img.history),
})

test('undoing a move of whole voxels gives back voxels and affine exactly', () => {
  fc.assert(
    fc.property(images, fc.array(lossless, { minLength: 1, maxLength: 4 }), (img, transforms) => {
      const there = transforms.reduce((current, transform) => transform(current), img)
      const back = transforms.toReversed().reduce((current, transform) => transform.inverse(current), there)
      expect(back).toEqual(img)
    }),
  )
})

test('a voxel stays where it is in the world', () => {
  fc.assert(
    fc.property(images, moves, (img, transform) => {
      const out = transform(img)
      const toInput = invert(img.affine)
      const [shape, outShape] = [img.shape.slice(1), out.shape.slice(1)]
      const place = (voxel: readonly number[], of: readonly number[]) =>
        voxel.reduce((at, index, axis) => at * of[axis] + index, 0)
      for (let i = 0; i < sizeOf(outShape); i++) {
        const voxel = outShape.map((_, a) => Math.floor(i / sizeOf(outShape.slice(a + 1))) % outShape[a])
        const source = applyAffine(toInput, applyAffine(out.affine, voxel)).map((x) => Math.round(x))
        if (source.every((index, a) => index >= 0 && index < shape[a]))
          expect(out.data[i]).toBe(img.data[place(source, shape)])
      }
    }),
  )
})

test('a lazy chain of whole-voxel moves equals the eager one', () => {
  // Cropping loses what a later pad would copy, so pads here fill with zeros, as joined plans do.
  const zeroPads = fc.oneof(
    axis.map((spatialAxis) => Flip({ spatialAxis })),
    fc.constantFrom('RAS', 'LPI', 'SAR').map((axcodes) => Orientation({ axcodes })),
    fc.integer({ min: 0, max: 3 }).map((k) => Rotate90({ k, spatialAxes: [0, 2] })),
    size.map((spatialSize) => SpatialPad({ spatialSize })),
  )
  fc.assert(
    fc.property(images, fc.array(zeroPads, { maxLength: 4 }), (img, transforms) => {
      const eager = Compose({ transforms })(img) as Image
      const lazy = Compose({ transforms, lazy: true })(img) as Image
      expect([...lazy.data]).toEqual([...eager.data])
      expect(lazy.shape).toEqual(eager.shape)
      lazy.affine.forEach((x, i) => expect(x).toBeCloseTo(eager.affine[i], 9))
      expect(lazy.history.map(({ extra: _, ...record }) => record)).toEqual(eager.history)
    }),
  )
})

test('the input is never changed, and history survives JSON', () => {
  fc.assert(
    fc.property(images, fc.oneof(moves, samplers), (img, transform) => {
      const before = frozen(img)
      const out = transform(img)
      expect(frozen(img)).toEqual(before)
      const history = JSON.parse(JSON.stringify(out.history)) as Image['history']
      expect(history).toEqual(out.history)
      expect(transform.inverse({ ...out, history })).toEqual(transform.inverse(out))
    }),
  )
})

test('undoing a resampling gives back the lattice', () => {
  fc.assert(
    fc.property(images, samplers, (img, transform) => {
      const back = transform.inverse(transform(img))
      expect([back.shape, back.affine, back.history, back.dtype]).toEqual([img.shape, img.affine, [], 'float32'])
    }),
  )
})

test('resampling a linear function of the world leaves it where it is', () => {
  const value = ([x, y, z]: readonly number[]) => 2 * x - y + 0.5 * z
  fc.assert(
    fc.property(images, samplers, (img, transform) => {
      const shape = img.shape.slice(1)
      const count = sizeOf(shape)
      const data = Float32Array.from({ length: count }, (_, i) =>
        value(
          applyAffine(
            img.affine,
            shape.map((n, a) => Math.floor(i / sizeOf(shape.slice(a + 1))) % n),
          ),
        ),
      )
      const out = transform(image('float32', [1, ...shape], data, { affine: img.affine }))
      const outShape = out.shape.slice(1)
      const toInput = invert(img.affine)
      for (let i = 0; i < sizeOf(outShape); i++) {
        const world = applyAffine(
          out.affine,
          outShape.map((n, a) => Math.floor(i / sizeOf(outShape.slice(a + 1))) % n),
        )
        const source = applyAffine(toInput, world)
        // Values near the border also depend on what is assumed outside.
        const inside = source.every((x, a) => x > 0.999 && x < shape[a] - 1.999)
        if (inside) expect(Math.abs(Number(out.data[i]) - value(world))).toBeLessThan(1e-3)
      }
    }),
  )
})

test('two-dimensional images keep their place in space', () => {
  const img = image('float32', [1, 2, 3], Float32Array.of(1, 2, 3, 4, 5, 6), {
    affine: [2, 0, 0, 5, 0, 3, 0, 6, 0, 0, 4, 7, 0, 0, 0, 1],
  })
  const flipped = Flip({ spatialAxis: 1 })(img)
  expect([...flipped.data]).toEqual([3, 2, 1, 6, 5, 4])
  expect(resized(flipped.affine, 2)).toEqual([2, 0, 5, 0, -3, 12, 0, 0, 1])
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sizeOf } from '../core/tensor.ts'
import { componentRuns, labelComponents } from './components.ts'
import { labelComponents as reference } from './reference/components.ts'

const masks = fc
  .array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 })
  .map((shape) => (shape.length < 3 ? shape.with(shape.length - 1, 7 * shape[shape.length - 1]) : shape)) // longer than 16, too
  .chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.uint8Array({ minLength: sizeOf(shape), maxLength: sizeOf(shape), max: 1 }),
      fc.integer({ min: 1, max: shape.length }),
    ),
  )

test('labelComponents agrees with a flood fill for every connectivity', () => {
  fc.assert(
    fc.property(masks, ([shape, mask, connectivity]) => {
      expect(labelComponents(mask, shape, connectivity)).toEqual(reference(mask, shape, connectivity))
      const floats = Float32Array.from(mask, (inside) => (inside ? 0.25 : -1))
      expect(componentRuns(floats, shape, connectivity)).toEqual(componentRuns(mask, shape, connectivity))
    }),
  )
})

test('labelComponents numbers components in the order of their first voxels', () => {
  const { labels, count, sizes } = labelComponents(Uint8Array.of(0, 1, 0, 1, 0, 0, 1, 1), [2, 4], 1)
  expect([...labels]).toEqual([0, 1, 0, 2, 0, 0, 2, 2])
  expect([count, ...sizes]).toEqual([2, 1, 3])
})

test('labelComponents says which connectivities there are', () => {
  expect(() => labelComponents(new Uint8Array(4), [2, 2], 3)).toThrow(
    /^labelComponents\.connectivity: 3 does not fit 2 axes; use 1 to 2$/,
  )
})

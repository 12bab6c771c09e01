import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { sizeOf } from '../core/tensor.ts'
import { clearComponents, componentRuns, labelComponents } from './components.ts'
import { labelComponents as reference } from './reference/components.ts'
import { useKernelThreads } from './threads.ts'

afterEach(() => useKernelThreads(1, () => ({ terminate() {} })))

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

test('clearComponents leaves what lies in the components that are kept, and outside of all', () => {
  fc.assert(
    fc.property(masks, ([shape, mask, connectivity]) => {
      const { labels, sizes } = reference(mask, shape, connectivity)
      const other = Float64Array.from(mask, (_, i) => i + 1)
      const [own, there] = [mask.slice(), new Float64Array(mask.length)]
      const keeps = (found: Int32Array) => {
        expect([...found]).toEqual([...sizes])
        return new Set([2, 3])
      }
      const pairs = [
        { from: own, to: own },
        { from: other, to: there },
      ]
      clearComponents(own, shape, connectivity, keeps, pairs)
      const stays = (label: number) => label === 0 || label === 2 || label === 3
      expect([...own]).toEqual(Array.from(mask, (x, i) => (stays(labels[i]) ? x : 0)))
      expect([...there]).toEqual(Array.from(other, (x, i) => (stays(labels[i]) ? x : 0)))
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

test('threads that share the rows find the same components', () => {
  for (const shape of [
    [9, 74, 100],
    [3, 2, 110, 101],
    [7, 9400],
  ]) {
    const mask = Uint8Array.from({ length: sizeOf(shape) }, (_, i) => (Math.sin(i * i) > 0.3 ? 1 : 0))
    for (let connectivity = 1; connectivity <= shape.length; connectivity++) {
      useKernelThreads(1, () => ({ terminate() {} }))
      const alone = labelComponents(mask, shape, connectivity)
      useKernelThreads(2, () => ({ terminate() {} })) // this one does it all, in as many parts
      expect(labelComponents(mask, shape, connectivity)).toEqual(alone)
      expect(alone).toEqual(reference(mask, shape, connectivity))
    }
  }
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyAffine, multiply, scaling, translation } from './affine.ts'
import {
  axcodesOf,
  directionsOf,
  orientationAffine,
  orientationFrom,
  orientationOf,
  orientationTransform,
} from './orientation.ts'

const allCodes = permutations([0, 1, 2]).flatMap((axes) =>
  [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => axes.map((axis, i) => ['LPI', 'RAS'][(bits >> i) & 1][axis]).join('')),
)

function permutations(items: readonly number[]): number[][] {
  return items.length === 0
    ? [[]]
    : items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]))
}

/** A turn by Euler angles, as a 4x4 matrix. */
function rotation(a: number, b: number, c: number): number[] {
  const about = (i: number, j: number, angle: number): number[] => {
    const m = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    m[i * 4 + i] = m[j * 4 + j] = Math.cos(angle)
    m[i * 4 + j] = -Math.sin(angle)
    m[j * 4 + i] = Math.sin(angle)
    return m
  }
  return multiply(about(0, 1, a), multiply(about(0, 2, b), about(1, 2, c)))
}

test('there are 48 orientations, each of which is read from its own affine', () => {
  expect(new Set(allCodes).size).toBe(48)
  for (const codes of allCodes) {
    const move = orientationFrom(codes)
    const affine = new Array<number>(16).fill(0)
    affine[15] = 1
    move.forEach(([axis, flip], j) => (affine[axis * 4 + j] = flip * (0.5 + j)))
    expect(axcodesOf(affine).join('')).toBe(codes)
    const tilted = multiply(rotation(0.3, -0.2, 0.25), affine)
    expect(axcodesOf(tilted).join('')).toBe(codes)
  }
})

test('moving from any orientation to any other keeps every voxel in its place in the world', () => {
  fc.assert(
    fc.property(fc.constantFrom(...allCodes), fc.constantFrom(...allCodes), (from, to) => {
      const shape = [4, 5, 6]
      const start = orientationFrom(from)
      const move = orientationTransform(start, orientationFrom(to))
      const toOld = orientationAffine(move, shape)
      const affine = new Array<number>(16).fill(0)
      affine[15] = 1
      start.forEach(([axis, flip], j) => (affine[axis * 4 + j] = flip))
      expect(axcodesOf(multiply(affine, toOld)).join('')).toBe(to)
      const newShape = [0, 0, 0]
      move.forEach(([place], axis) => (newShape[place] = shape[axis]))
      for (const corner of [[0, 0, 0], newShape.map((n) => n - 1)])
        applyAffine(toOld, corner).forEach((x, axis) => expect(x === 0 || x === shape[axis] - 1).toBe(true))
    }),
  )
})

test('directions are orthonormal and forget voxel size and small shear', () => {
  const angle = fc.double({ min: -3, max: 3, noNaN: true })
  const size = fc.double({ min: 0.1, max: 9, noNaN: true })
  fc.assert(
    fc.property(angle, angle, angle, size, size, size, (a, b, c, x, y, z) => {
      const turned = rotation(a, b, c)
      const found = directionsOf(multiply(translation([1, 2, 3]), multiply(turned, scaling([x, y, z]))))
      for (let i = 0; i < 3; i++)
        for (let j = 0; j < 3; j++) expect(found[i * 3 + j]).toBeCloseTo(turned[i * 4 + j], 10)
    }),
  )
})

test('the clearest axis chooses first', () => {
  // The first column leans most on x, but the second is x almost alone.
  const affine = [0.75, 0.99, 0, 0, 0.66, -0.14, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
  expect(orientationOf(affine)).toEqual([
    [1, 1],
    [0, 1],
    [2, 1],
  ])
})

test('an axis without direction has none', () => {
  expect(orientationOf([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])).toEqual([[0, 1], null, [2, 1]])
  expect(axcodesOf(new Array<number>(16).fill(0))).toEqual(['?', '?', '?'])
  expect(axcodesOf(new Array<number>(16).fill(NaN))).toEqual(['?', '?', '?'])
})

test('fewer spatial axes use the upper left corner', () => {
  expect(axcodesOf([0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], 2)).toEqual(['A', 'L'])
})

test('wrong letters are named', () => {
  expect(() => orientationFrom('RAX')).toThrow(/^axcodes: "X" is not a direction; use letters of L\/R, P\/A, I\/S$/)
  expect(() => orientationFrom('RLS')).toThrow(/"RLS" names a direction twice/)
  expect(() => orientationTransform(orientationFrom('RAS'), orientationFrom('RA'))).toThrow(
    /2 directions are asked for; the image has 3/,
  )
})

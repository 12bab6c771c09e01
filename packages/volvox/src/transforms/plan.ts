import { identity, invert, multiply, order, resized, solve, translation, type Affine } from '../core/affine.ts'
import { OptionError } from '../core/errors.ts'
import { orientationAffine, type AxisDirection } from '../core/orientation.ts'
import {
  gridAfter,
  type AffinePlan,
  type Grid,
  type Plan,
  type Sampling,
  type ScalePlan,
  type Span,
} from '../core/plan.ts'
import { sameShape } from '../core/tensor.ts'

/** Voxels are moved as they are; constant zeros lie outside. */
export const moving: Sampling = { mode: 'nearest', paddingMode: 'constant' }

/** The image as it is. */
export function unchanged(shape: readonly number[]): AffinePlan {
  return { kind: 'affine', shape, matrix: identity(shape.length + 1), sampling: moving }
}

/** Reverses the voxel order along `axes`. */
export function reversal(shape: readonly number[], axes: readonly number[]): AffinePlan {
  return reorientation(
    shape,
    shape.map((_, axis) => [axis, axes.includes(axis) ? -1 : 1]),
  )
}

/** Moves each axis to its place in `move`, reversed where its sign is negative. */
export function reorientation(shape: readonly number[], move: readonly AxisDirection[]): AffinePlan {
  const outShape = new Array<number>(shape.length)
  move.forEach(([place], axis) => (outShape[place] = shape[axis]))
  return { kind: 'affine', shape: outShape, matrix: orientationAffine(move, shape), sampling: moving }
}

/** Turns the plane of two axes by `turns` times 90 degrees, from the first axis towards the second. */
export function quarterTurns(
  shape: readonly number[],
  [first, second]: readonly [number, number],
  turns: number,
): AffinePlan {
  const steps = ((turns % 4) + 4) % 4
  const swaps = steps % 2 === 1
  const signs = { 0: [1, 1], 1: [1, -1], 2: [-1, -1], 3: [-1, 1] }[steps] as readonly (1 | -1)[]
  return reorientation(
    shape,
    shape.map((_, axis): AxisDirection => {
      if (axis === first) return [swaps ? second : first, signs[0]]
      if (axis === second) return [swaps ? first : second, signs[1]]
      return [axis, 1]
    }),
  )
}

/** The box of `size` voxels from `start`, which may lie partly outside: a crop, a pad, or both. */
export function box(start: readonly number[], size: readonly number[], sampling: Sampling = moving): AffinePlan {
  const shifts = start.map((s) => s + 0) // no -0, which JSON would not keep
  return { kind: 'affine', shape: size, matrix: translation(shifts), sampling }
}

/** Where a box of `size` starts that has its centre at the centre of an image of `shape` (MONAI's crop, then pad). */
export function centredBox(shape: readonly number[], size: readonly number[]): number[] {
  return shape.map((n, axis) =>
    size[axis] > n ? -Math.floor((size[axis] - n) / 2) : Math.floor(n / 2) - Math.floor(size[axis] / 2),
  )
}

/** Moves positions so that they turn about the centres of both lattices: `matrix` is given for centred coordinates. */
export function centred(matrix: Affine, shape: readonly number[], outShape: readonly number[]): number[] {
  const middle = translation(shape.map((n) => (n - 1) / 2))
  const outMiddle = translation(outShape.map((n) => -(n - 1) / 2))
  return multiply(multiply(middle, matrix), outMiddle)
}

/** What `centred` was given. */
export function uncentred(matrix: Affine, shape: readonly number[], outShape: readonly number[]): number[] {
  const middle = translation(shape.map((n) => -(n - 1) / 2))
  const outMiddle = translation(outShape.map((n) => (n - 1) / 2))
  return multiply(multiply(middle, matrix), outMiddle)
}

/** The matrix that scales a whole lattice of `shape` to one of `outShape`, border faces on border faces. */
export function scalingMatrix(shape: readonly number[], outShape: readonly number[]): number[] {
  const n = shape.length + 1
  const out = identity(n)
  shape.forEach((size, i) => {
    const factor = size / Math.max(outShape[i], 1)
    out[i * n + i] = factor
    out[i * n + n - 1] = (factor - 1) / 2
  })
  return out
}

/** Output voxel to input voxel, where the output covers spans of the input. */
export function spanMatrix(spans: readonly Span[], sizes: readonly number[]): number[] {
  const n = sizes.length + 1
  const out = new Array<number>(n * n).fill(0)
  out[n * n - 1] = 1
  spans.forEach(([start, end], i) => {
    const factor = (end - start) / sizes[i]
    out[i * n + i] = factor
    out[i * n + n - 1] = start + (factor - 1) / 2
  })
  return out
}

/** Matrices this close count as equal (MONAI `AFFINE_TOL`). */
export const affineTolerance = 1e-3

/** Resamples from one lattice to another in the same world; nothing moves when they agree but for rounding. */
export function resamplingPlan(grid: Grid, affine: Affine, shape: readonly number[], sampling: Sampling): AffinePlan {
  const rank = shape.length
  const [from, to] = [resized(grid.affine, rank), resized(affine, rank)]
  const matrix = solve(from, to)
  const same = sameShape(shape, grid.shape) && (near(from, to) || near(matrix, identity(order(matrix))))
  return { kind: 'affine', shape, matrix: same ? identity(order(matrix)) : matrix, sampling }
}

function near(a: Affine, b: Affine): boolean {
  return a.every((x, i) => Math.abs(x - b[i]) <= affineTolerance + 1e-5 * Math.abs(b[i]))
}

/** The plan that brings an image on the lattice after `plan` back to `before`; what was cropped comes back as zeros. */
export function invertPlan(plan: Plan, before: Grid): Plan {
  switch (plan.kind) {
    case 'affine': {
      const rank = plan.shape.length
      // A result that was given an affine of its own is taken at its word.
      const matrix = plan.affine
        ? resized(multiply(invert(plan.affine), before.affine), rank)
        : invert(plan.matrix, 'inverse')
      const { sampling } = plan
      return { kind: 'affine', shape: before.shape, matrix, sampling: sampling.dtype ? sampling : moving }
    }
    case 'scale':
      if (plan.region) return regionBack(plan, plan.region, before.shape)
      return { ...plan, shape: before.shape, matrix: invert(plan.matrix, 'inverse'), antiAliasingSigma: null }
    case 'chain': {
      const grids = plan.plans.reduce<Grid[]>((all, step) => [...all, gridAfter(all[all.length - 1], step)], [before])
      return { kind: 'chain', plans: plan.plans.map((step, i) => invertPlan(step, grids[i])).reverse() }
    }
    case 'field':
      throw new OptionError('inverse', 'a deformation field cannot be undone; leave the transform out of the inversion')
    default:
      return plan satisfies never
  }
}

/** The way back of a scaled region: to the voxels that it has part in, and what it left out comes back as zeros. */
function regionBack(plan: ScalePlan, region: readonly Span[], shape: readonly number[]): Plan {
  const first = region.map((span, axis) => Math.min(Math.max(Math.floor(Math.min(...span)), 0), shape[axis] - 1))
  const last = region.map((span, axis) =>
    Math.max(Math.min(Math.ceil(Math.max(...span)), shape[axis]), first[axis] + 1),
  )
  const spans = region.map(([start, end], axis): Span => {
    const placeOf = (x: number) => ((x - start) / (end - start)) * plan.shape[axis]
    return [placeOf(first[axis]), placeOf(last[axis])]
  })
  const size = last.map((n, axis) => n - first[axis])
  const scaled: ScalePlan = {
    ...plan,
    shape: size,
    matrix: spanMatrix(spans, size),
    region: spans,
    antiAliasingSigma: null,
  }
  return { kind: 'chain', plans: [scaled, box(first.map((n) => -n), shape)] } // prettier-ignore
}

/** One map for two: first `first`, then `next` on its result. The sampling is the caller's business. */
export function joinPlans(first: AffinePlan, next: AffinePlan): AffinePlan {
  return { kind: 'affine', shape: next.shape, matrix: multiply(first.matrix, next.matrix), sampling: next.sampling }
}

/** The plan as one matrix, whatever its sampling; null for deformation fields and what contains them. */
export function asAffine(plan: Plan): AffinePlan | null {
  switch (plan.kind) {
    case 'affine':
      return plan
    case 'scale':
      return { kind: 'affine', shape: plan.shape, matrix: plan.matrix, sampling: moving }
    case 'chain': {
      const [first, ...rest] = plan.plans.map(asAffine)
      return rest.reduce((joined, next) => joined && next && joinPlans(joined, next), first ?? null)
    }
    case 'field':
      return null
    default:
      return plan satisfies never
  }
}

/** The same plan with nearest neighbours, for label maps; as in MONAI's Invertd voxels are then cells, not points. */
export function withNearest(plan: Plan): Plan {
  switch (plan.kind) {
    case 'scale':
      return { ...plan, mode: plan.region ? 'nearest-exact' : 'nearest', antiAliasingSigma: null, labels: false }
    case 'chain':
      return { ...plan, plans: plan.plans.map(withNearest) }
    default:
      return { ...plan, sampling: { ...plan.sampling, mode: 'nearest', alignCorners: false } }
  }
}

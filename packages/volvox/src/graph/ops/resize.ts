import { GraphError } from '../../core/errors.ts'
import { at, defineOp, type Op } from '../ir.ts'
import { floating, hasShape, spatialRank, takes, wholeNumbers } from './check.ts'

export interface ResizeAttrs {
  /** Size of each spatial axis of the large or small image that comes out of `resize`. */
  readonly sizes: readonly number[]
  readonly mode: 'nearest' | 'nearestExact' | 'linear' | 'cubic'
  /** For `linear` and `cubic`: whether the corner voxels keep their place (else the corners of the corner voxels do). */
  readonly alignCorners: boolean
}

export interface ResizeGradAttrs extends ResizeAttrs {
  /** Shape of the result: the input of `resize`. */
  readonly shape: readonly number[]
}

/** PyTorch's `interpolate` to given sizes. */
export const resize: Op<ResizeAttrs> = defineOp<ResizeAttrs>('resize', {
  infer(inputs, attrs) {
    takes('resize', inputs, 1)
    floating('resize', inputs)
    return { dtype: inputs[0].dtype, shape: resizedShape('resize', inputs[0].shape, attrs) }
  },
  gradient: ({ inputs: [x], grad, attrs }) => [resizeGrad([grad], { ...attrs, shape: x.shape })],
})

/** Adds each element of g to the voxels that `resize` took it from, with the same weights. */
export const resizeGrad: Op<ResizeGradAttrs> = defineOp<ResizeGradAttrs>('resizeGrad', {
  infer(inputs, attrs) {
    takes('resizeGrad', inputs, 1)
    floating('resizeGrad', inputs)
    hasShape('resizeGrad', 'the gradient', inputs[0], resizedShape('resizeGrad', attrs.shape, attrs))
    return { dtype: inputs[0].dtype, shape: attrs.shape }
  },
  gradient: ({ grad, attrs: { sizes, mode, alignCorners } }) => [resize([grad], { sizes, mode, alignCorners })],
})

function resizedShape(op: string, x: readonly number[], { sizes, mode, alignCorners }: ResizeAttrs): number[] {
  const rank = spatialRank(op, x)
  wholeNumbers(op, 'sizes', sizes, rank, 1)
  if (alignCorners && mode !== 'linear' && mode !== 'cubic')
    throw new GraphError(at(op), `alignCorners is true for mode "${mode}"; only "linear" and "cubic" have it`)
  return [x[0], x[1], ...sizes]
}

/** Input voxels and weights that one output voxel is made of, along one axis. */
export interface Tap {
  readonly index: number
  readonly weight: number
}

/**
 * What each of `to` output voxels of one axis is made of, given `from` input voxels. Nearest neighbours are found in
 * float32, as PyTorch does, so that both round the same way.
 */
export function resizeTaps(
  from: number,
  to: number,
  { mode, alignCorners }: Pick<ResizeAttrs, 'mode' | 'alignCorners'>,
): readonly (readonly Tap[])[] {
  const f = Math.fround
  const scale = f(from / to)
  const voxel = (place: number): readonly Tap[] => [{ index: Math.min(from - 1, Math.floor(place)), weight: 1 }]
  const nearest = (i: number) => voxel(f(i * scale))
  // One rounding for the product and the difference, since PyTorch's are fused.
  const nearestExact = (i: number) => voxel(f(f(Math.max(0, (i + 0.5) * scale - 0.5)) + 0.5))
  const placeOf = (i: number) =>
    alignCorners ? (to > 1 ? (i * (from - 1)) / (to - 1) : 0) : ((i + 0.5) * from) / to - 0.5
  const cubic = (i: number): readonly Tap[] => {
    const low = Math.floor(placeOf(i))
    return cubicWeights(placeOf(i) - low).map((weight, k) => ({
      index: Math.min(Math.max(low + k - 1, 0), from - 1), // beyond the border is more of the border
      weight,
    }))
  }
  const linear = (i: number): readonly Tap[] => {
    const place = Math.max(0, placeOf(i))
    const low = Math.min(from - 1, Math.floor(place))
    const high = Math.min(from - 1, low + 1)
    return low === high
      ? [{ index: low, weight: 1 }]
      : [
          { index: low, weight: 1 - (place - low) },
          { index: high, weight: place - low },
        ]
  }
  const taps = { nearest, nearestExact, linear, cubic }[mode]
  return Array.from({ length: to }, (_, i) => taps(i))
}

const a = -0.75

/** Keys' cubic convolution with a = -3/4: the shares of the four voxels around a place `t` behind the second of them. */
export function cubicWeights(t: number): readonly number[] {
  const near = (d: number) => ((a + 2) * d - (a + 3)) * d * d + 1
  const far = (d: number) => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
  return [far(t + 1), near(t), near(1 - t), far(2 - t)]
}

/** How the four shares change with `t`. */
export function cubicSlopes(t: number): readonly number[] {
  const near = (d: number) => (3 * (a + 2) * d - 2 * (a + 3)) * d
  const far = (d: number) => (3 * a * d - 10 * a) * d + 8 * a
  return [far(t + 1), near(t), -near(1 - t), -far(2 - t)]
}

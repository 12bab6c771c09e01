import { sizeOf, tensor } from '../../core/tensor.ts'
import { GraphError, ShapeError } from '../../core/errors.ts'
import { localGradients } from '../autodiff.ts'
import { at, constant, defineOp, type Op, type TensorType, type Value } from '../ir.ts'
import * as m from '../math.ts'
import { commonDType, floating, hasShape, shown, spatialRank, takes } from './check.ts'

export interface GridSampleAttrs {
  readonly mode: 'nearest' | 'linear' | 'cubic'
  /** What lies outside of the image: 0, its border, or itself mirrored. */
  readonly paddingMode: 'zeros' | 'border' | 'reflection'
  /** Whether -1 and 1 are the centres of the corner voxels (else their outer corners). */
  readonly alignCorners: boolean
}

/**
 * PyTorch's and ONNX's grid sampling: x `[N, C, ...spatial]` at places `[N, ...out, axes]`, whose coordinates go from -1
 * to 1 and begin with the last axis → `[N, C, ...out]`.
 */
export const gridSample: Op<GridSampleAttrs> = defineOp<GridSampleAttrs>('gridSample', {
  infer(inputs) {
    takes('gridSample', inputs, 2)
    return { dtype: inputs[0].dtype, shape: sampledShape('gridSample', inputs[0], inputs[1]) }
  },
  gradient: ({ inputs, grad, attrs }) => gridSampleGrad.all([grad, ...inputs], attrs),
  decompose: ([x, grid], attrs) => [byGather(x, grid, attrs)],
})

/** g, x, grid → gradients of x and of the grid; a coordinate that border or mirror holds inside has none there. */
export const gridSampleGrad: Op<GridSampleAttrs> = defineOp<GridSampleAttrs>('gridSampleGrad', {
  infer(inputs) {
    takes('gridSampleGrad', inputs, 3)
    const [g, x, grid] = inputs
    hasShape('gridSampleGrad', 'the gradient', g, sampledShape('gridSampleGrad', x, grid))
    return [x, grid].map(({ dtype, shape }) => ({ dtype, shape }))
  },
  decompose([g, x, grid], attrs) {
    const found = localGradients([byGather(x, grid, attrs)], [g], [x, grid])
    return [x, grid].map((value, i) => found[i] ?? m.zerosLike(value))
  },
})

function sampledShape(op: string, x: TensorType, grid: TensorType): number[] {
  floating(op, [x, grid])
  commonDType(op, [x, grid])
  const axes = spatialRank(op, x.shape, 2)
  const { shape } = grid
  if (shape.length !== axes + 2 || shape[0] !== x.shape[0] || shape[axes + 1] !== axes)
    throw new ShapeError(
      at(op),
      `places have shape ${shown(shape)}; an image ${shown(x.shape)} takes ${axes + 2} axes, ${x.shape[0]} samples first and ${axes} coordinates last`,
    )
  if (x.shape.slice(2).includes(0))
    throw new GraphError(at(op), `image has shape ${shown(x.shape)}; there is nothing to sample`)
  return [x.shape[0], x.shape[1], ...shape.slice(1, -1)]
}

/** One voxel along an axis, as a float, and its share; both `[N, points]`. */
interface Tap {
  readonly voxel: Value
  readonly share: Value
}

/** Each voxel around a place is picked out of the image's voxels as rows of channels. */
function byGather(x: Value, grid: Value, attrs: GridSampleAttrs): Value {
  const [samples, channels, ...spatial] = x.shape
  const axes = spatial.length
  const out = grid.shape.slice(1, -1)
  const points = sizeOf(out)
  const lines = spatial.map((n, axis) => {
    const coordinate = m.reshape(m.narrow(grid, axes + 1, axes - 1 - axis, 1), [samples, points])
    return tapsOf(coordinate, n, attrs).map((tap) => held(tap, n))
  })
  const rows = m.reshape(m.transpose(x, [0, ...spatial.map((_, axis) => axis + 2), 1]), [-1, channels])
  const starts = Int32Array.from({ length: samples }, (_, n) => n * sizeOf(spatial))
  let corners = [
    {
      voxel: constant(tensor('int32', [samples, 1], starts)),
      share: m.onesLike({ dtype: grid.dtype, shape: [samples, 1] }),
    },
  ]
  lines.forEach((taps, axis) => {
    const step = constant(tensor('int32', [], Int32Array.of(sizeOf(spatial.slice(axis + 1)))))
    corners = corners.flatMap((corner) =>
      taps.map(({ voxel, share }) => ({
        voxel: m.add(corner.voxel, m.mul(m.cast(voxel, 'int32'), step)),
        share: m.mul(corner.share, share),
      })),
    )
  })
  const parts = corners.map(({ voxel, share }) =>
    m.mul(m.gather(rows, voxel, 0), m.reshape(share, [samples, points, 1])),
  )
  const sum = parts.reduce((a, b) => m.add(a, b))
  return m.reshape(m.transpose(sum, [0, 2, 1]), [samples, channels, ...out])
}

function tapsOf(coordinate: Value, n: number, attrs: GridSampleAttrs): Tap[] {
  const place = attrs.alignCorners
    ? m.mul(m.add(coordinate, 1), (n - 1) / 2)
    : m.div(m.sub(m.mul(m.add(coordinate, 1), n), 1), 2)
  if (attrs.mode === 'cubic') {
    const low = m.floor(place)
    return cubicShares(m.sub(place, low)).map((share, k) => ({ voxel: padded(m.add(low, k - 1), n, attrs), share }))
  }
  const inside = padded(place, n, attrs)
  if (attrs.mode === 'nearest') return [{ voxel: halfToEven(inside), share: m.onesLike(inside) }]
  const low = m.floor(inside)
  const part = m.sub(inside, low)
  return [
    { voxel: low, share: m.sub(1, part) },
    { voxel: m.add(low, 1), share: part },
  ]
}

/** A tap outside of the image has no share, and some voxel inside. */
function held({ voxel, share }: Tap, n: number): Tap {
  const isInside = m.mul(m.greaterEqual(voxel, 0), m.lessEqual(voxel, n - 1))
  const nearest = m.where(m.greater(voxel, 0), m.min(voxel, n - 1), 0)
  return { voxel: nearest, share: m.mul(share, m.cast(isInside, share.dtype)) }
}

function padded(place: Value, n: number, { paddingMode, alignCorners }: GridSampleAttrs): Value {
  if (paddingMode === 'zeros') return place
  const inside = paddingMode === 'reflection' ? reflected(place, n, alignCorners) : place
  // Not `clip`, whose gradient passes at the border itself.
  return m.where(m.greater(inside, 0), m.where(m.less(inside, n - 1), inside, n - 1), 0)
}

function reflected(place: Value, n: number, alignCorners: boolean): Value {
  const low = alignCorners ? 0 : -0.5
  const span = alignCorners ? n - 1 : n
  if (span === 0) return m.zerosLike(place)
  const distance = m.abs(m.sub(place, low))
  const turns = m.floor(m.div(distance, span))
  const rest = m.sub(distance, m.mul(turns, span))
  return m.add(low, m.where(isOdd(turns), m.sub(span, rest), rest))
}

function isOdd(whole: Value): Value {
  return m.sub(whole, m.mul(2, m.floor(m.div(whole, 2))))
}

function halfToEven(x: Value): Value {
  const up = m.floor(m.add(x, 0.5))
  const isTie = m.equal(m.sub(up, x), 0.5)
  return m.where(m.mul(isTie, m.cast(isOdd(up), isTie.dtype)), m.sub(up, 1), up)
}

/** Shares of the four voxels around a place `t` behind the second of them, as in `cubicWeights`. */
function cubicShares(t: Value): Value[] {
  const a = -0.75
  const near = (d: Value) => m.add(m.mul(m.sub(m.mul(a + 2, d), a + 3), m.square(d)), 1)
  const far = (d: Value) => m.sub(m.mul(m.add(m.mul(m.sub(m.mul(a, d), 5 * a), d), 8 * a), d), 4 * a)
  return [far(m.add(t, 1)), near(t), near(m.sub(1, t)), far(m.sub(2, t))]
}

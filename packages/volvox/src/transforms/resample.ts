import { multiply, order, scaling, type Affine } from '../core/affine.ts'
import { castArray, toFloats } from '../core/convert.ts'
import { allocate, isFloating } from '../core/dtype.ts'
import { OptionError, shown } from '../core/errors.ts'
import { gridOf, spatialShape, type Image } from '../core/image.ts'
import { gridAfter, type AffinePlan, type FieldPlan, type Plan, type Sampling, type ScalePlan } from '../core/plan.ts'
import { storedVoxels, withFields } from '../core/stored.ts'
import { sameShape, stridesOf } from '../core/tensor.ts'
import {
  gaussianFilter,
  interpolate,
  KeptFloats,
  moveOf,
  moveVoxels,
  padByStatistic,
  reverseAxes,
  sampleAffine,
  sampleField,
  sampleSpline,
  sampleSplineField,
  statisticPads,
  type AffineJob,
  type Move,
  type Positions,
  type StatisticPad,
} from '../kernels/index.ts'
import { soundSplines } from './checks.ts'
import { handOver, mayOverwrite, overwritingNothing } from './handover.ts'
import { byShares } from './labelShares.ts'
import { floatsOf } from './shared.ts'
import type { LazySampling } from './overrides.ts'
import { affineTolerance, asAffine, box, centred, joinPlans, resamplingPlan } from './plan.ts'
import { axisMode, gridSampling, outsideOf, splinePadding } from './sampling.ts'

/** The image on the lattice that the plan leads to. */
export function runPlan(img: Image, plan: Plan): Image {
  if (img.waiting && !(plan.kind === 'affine' && resamples(plan))) return runPlan(settleMove(img), plan)
  switch (plan.kind) {
    case 'affine':
      return runAffine(img, plan)
    case 'scale':
      return runScale(img, plan)
    case 'field':
      return sampleAt(img, plan)
    case 'chain':
      return plan.plans.reduce(runPlan, img)
    default:
      return plan satisfies never
  }
}

/** The image as it is once its move has been made; `img` itself keeps waiting, so its voxels stay as they are. */
export function settleMove(img: Image): Image {
  if (!img.waiting) return img
  const { waiting, ...rest } = img
  return overwritingNothing(() => runAffine(rest, waiting))
}

/** As `runPlan`, but a move of whole voxels within the image is left to the next transform. */
export function moveLater(img: Image, plan: Plan): Image {
  const move = plan.kind === 'affine' && !plan.sampling.dtype ? moveOf(plan.matrix) : null
  // The kernel takes rows as they are: voxels side by side stay so.
  const keepsRows = move?.axes.every((axis, j) => axis === j) && move.signs.at(-1) === 1
  if (plan.kind !== 'affine' || !keepsRows) return runPlan(img, plan)
  const ready = settleMove(img)
  return staysInside(plan, ready) ? withFields(ready, { waiting: plan }) : runPlan(ready, plan)
}

/** Whether a plan computes values that the kernel of affine maps gives, which can move voxels as it takes them in. */
function resamples({ sampling, matrix }: AffinePlan): boolean {
  return typeof sampling.mode !== 'number' && !sampling.alignCorners && sampling.dtype !== undefined && !moveOf(matrix)
}

/**
 * Carries out the plans of a lazy pipeline: joined as far as possible, each joined plan resampled once. As in MONAI,
 * plans do not bring their own sampling: it is bilinear with the border repeated, zeros outside where voxels are only
 * moved, or what `overrides` says.
 */
export function runPending(img: Image, plans: readonly Plan[], overrides: LazySampling = {}): Image {
  return overwritingNothing(() => runAll(img, plans, overrides))
}

function runAll(img: Image, plans: readonly Plan[], overrides: LazySampling): Image {
  let current = img
  let joined: AffinePlan | null = null
  for (const plan of plans) {
    const affine = asAffine(plan)
    if (affine) joined = joined ? joinPlans(joined, affine) : affine
    else {
      if (joined) current = runJoined(current, joined, overrides)
      joined = null
      current = runPlan(current, plan)
    }
  }
  return joined ? runJoined(current, joined, overrides) : current
}

function runJoined(img: Image, plan: AffinePlan, { resampleMode = 'auto', ...overrides }: LazySampling): Image {
  const copies = resampleMode === 'auto' && !overrides.alignCorners
  const move = copies ? moveOf(plan.matrix, affineTolerance) : null
  if (!move) {
    const sampling: Sampling = { mode: 'bilinear', paddingMode: 'border', dtype: 'float64', ...overrides }
    const { shape, affine } = gridAfter(gridOf(img), plan)
    return runAffine(img, resamplingPlan(gridOf(img), affine, shape, sampling))
  }
  // Where MONAI moves whole voxels it pads with torch's "reflect" for "reflection".
  const { paddingMode = 'constant' } = overrides
  const sampling: Sampling = {
    mode: 'nearest',
    paddingMode: paddingMode === 'reflection' ? 'reflect' : paddingMode,
    dtype: 'float64',
  }
  return moved(img, { ...plan, sampling }, move)
}

function runAffine(img: Image, plan: AffinePlan): Image {
  const { sampling } = plan
  const matrix = sampling.alignCorners ? cornerAligned(plan.matrix, spatialShape(img), plan.shape) : plan.matrix
  const move = moveOf(matrix)
  if (move && (typeof sampling.mode !== 'number' || staysInside(plan, img))) return moved(img, plan, move)
  if (!sampling.dtype)
    throw new OptionError('resample', 'the plan only moves whole voxels, but its matrix does not; give it a sampling')
  if (typeof sampling.mode === 'number') {
    const job = { ...floatVoxels(img), outShape: plan.shape, matrix }
    return placed(
      img,
      plan,
      soundSplines('resample', img, sampleSpline(job, sampling.mode, splinePadding(sampling.paddingMode))),
    )
  }
  if (sampling.paddingMode === 'zeros' && sampling.value) {
    // A value outside: zeros around voxels that count from it.
    const zeros = { ...plan, sampling: { ...sampling, value: 0 } }
    return raised(runAffine(raised(img, -sampling.value), zeros), sampling.value)
  }
  const { waiting } = img
  const stored = storedVoxels(img)
  const shape = spatialShape(img)
  // Voxels that nobody has looked at yet are taken as they are stored.
  const voxels = stored ? { stored, data: new Float32Array(0), channels: 1, shape } : floatVoxels(img)
  const job = waiting
    ? {
        ...voxels,
        shape: waiting.shape,
        outShape: plan.shape,
        matrix,
        view: viewOf(shape, waiting),
        shares: !stored && !mayOverwrite(img), // which looks at the voxels
      }
    : { ...voxels, outShape: plan.shape, matrix }
  return placed(img, plan, sampleAffine(job, gridSampling(sampling)))
}

/** How the moved image lies in the one that it was moved from. */
function viewOf(shape: readonly number[], { matrix }: AffinePlan): AffineJob['view'] {
  const { signs, shifts } = moveOf(matrix)!
  const strides = stridesOf(shape)
  return {
    start: shifts.reduce((sum, shift, axis) => sum + shift * strides[axis], 0),
    steps: strides.map((stride, axis) => signs[axis] * stride).slice(0, -1),
  }
}

function placed(img: Image, plan: Plan | FieldPlan<Positions>, data: Float32Array): Image {
  // A scaling to the same size gives the voxels of the image itself.
  if (storedVoxels(img) || data !== img.data) handOver(data)
  const { shape, affine } = gridAfter(gridOf(img), plan)
  const { meta, history, pending } = img
  return { meta, history, ...(pending && { pending }), dtype: 'float32', shape: [img.shape[0], ...shape], data, affine }
}

interface FloatVoxels {
  readonly data: Float32Array
  readonly channels: number
  readonly shape: readonly number[]
}

/** The image with a number added to its voxels, in float32. */
function raised(img: Image, by: number): Image {
  const values = floatsOf(img)
  const data = new Float32Array(values.length)
  for (let i = 0; i < data.length; i++) data[i] = values[i] + by
  return { ...img, dtype: 'float32', data }
}

function floatVoxels(img: Image): FloatVoxels {
  return { data: floatsOf(img), channels: img.shape[0], shape: spatialShape(img) }
}

/** Positions as torch has them when the centres of the border voxels, not their outer faces, are at -1 and 1. */
function cornerAligned(matrix: Affine, shape: readonly number[], outShape: readonly number[]): number[] {
  const wider = outShape.map((n) => Math.max(n, 2) / (Math.max(n, 2) - 1))
  const narrower = shape.map((n) => (n - 1) / n)
  const stretched = multiply(matrix, centred(scaling(wider), outShape, outShape))
  return multiply(centred(scaling(narrower), shape, shape), stretched)
}

/** Whether a move takes all its voxels from within the image. */
function staysInside({ matrix, shape }: AffinePlan, img: Image): boolean {
  const n = order(matrix)
  return spatialShape(img).every((size, i) => {
    let [least, most] = [matrix[i * n + n - 1], matrix[i * n + n - 1]]
    shape.forEach((length, j) => {
      const reach = matrix[i * n + j] * (length - 1)
      if (reach < 0) least += reach
      else most += reach
    })
    return least > -0.5 && most < size - 0.5
  })
}

/** Copies whole voxels; computes only what statistics at the border ask for. */
function moved(img: Image, plan: AffinePlan, move: Move): Image {
  const { sampling } = plan
  const shape = spatialShape(img)
  const statistic = statisticPads.find((name) => name === sampling.paddingMode)
  const toFloat = sampling.dtype !== undefined && img.dtype !== 'float32'
  const source = toFloat ? { ...img, dtype: 'float32' as const, data: floatVoxels(img).data } : img
  const grid = gridAfter(gridOf(img), plan)
  const result = { ...source, shape: [img.shape[0], ...grid.shape], affine: grid.affine }
  if (sameShape(shape, plan.shape) && move.shifts.every((s, j) => s === 0 && move.axes[j] === j && move.signs[j] === 1))
    return result
  if (statistic) return { ...result, data: paddedByStatistic(source, plan, move, statistic) }
  if (mayOverwrite(source) && sameShape(shape, plan.shape) && isReversal(move, shape)) {
    reverseAxes(source.data as Float32Array, source.shape, [1, ...move.signs])
    return result
  }
  const voxels = { dtype: source.dtype, data: source.data, channels: img.shape[0], shape }
  const data = moveVoxels(voxels, plan.shape, move, outsideOf(sampling), sampling.value)
  if (data instanceof Float32Array) handOver(data)
  return { ...result, data }
}

/** Whether a move only turns axes round. */
function isReversal({ axes, signs, shifts }: Move, shape: readonly number[]): boolean {
  return axes.every((axis, j) => axis === j && shifts[j] === (signs[j] < 0 ? shape[j] - 1 : 0))
}

/** Pads with statistics of what is left once it is cropped along the axes that become shorter. */
function paddedByStatistic(
  img: Image,
  plan: AffinePlan,
  { axes, signs, shifts }: Move,
  statistic: StatisticPad,
): Image['data'] {
  const { shape: outShape, sampling } = plan
  if (axes.some((axis, j) => axis !== j || signs[j] < 0))
    throw new OptionError(
      'pad.mode',
      `${shown(sampling.paddingMode)} only goes with padding; use "constant" or "edge" to turn as well`,
    )
  const shape = spatialShape(img)
  const first = shifts.map((s) => Math.max(s, 0))
  const kept = shape.map((n, axis) => Math.min(n, shifts[axis] + outShape[axis]) - first[axis])
  const inside = sameShape(kept, shape) ? img : runAffine(img, box(first, kept))
  const before = shifts.map((s, axis) => first[axis] - s)
  const after = outShape.map((n, axis) => n - kept[axis] - before[axis])
  const values = padByStatistic(
    toFloats(inside.dtype, inside.data),
    inside.shape,
    [0, ...before],
    [0, ...after],
    statistic,
    !isFloating(inside.dtype),
  )
  const data = allocate('float64', values.length)
  ;(data as Float64Array).set(values)
  return castArray(data, 'float64', img.dtype)
}

function runScale(img: Image, plan: ScalePlan): Image {
  const { data, channels, shape } = floatVoxels(img)
  const modes = shape.map((_, axis) => axisMode(typeof plan.mode === 'string' ? plan.mode : plan.mode[axis]))
  const scaled = (values: Float32Array) => {
    const smooth = plan.antiAliasingSigma ? gaussianFilter(values, img.shape, plan.antiAliasingSigma) : values
    return interpolate(smooth, channels, shape, plan.shape, modes, plan.alignCorners, plan.region)
  }
  return placed(img, plan, plan.labels ? byShares(img, scaled) : scaled(data))
}

/** The image at positions, which may be kept in the kernels' memory; see `FieldPlan`. */
export function sampleAt(img: Image, plan: FieldPlan<Positions>): Image {
  if (img.waiting) return sampleAt(settleMove(img), plan)
  const { coordinates: positions, origin, sampling } = plan
  const job = { ...floatVoxels(img), ...(origin && { origin }) }
  if (typeof sampling.mode !== 'number')
    return placed(img, plan, sampleField({ ...job, positions }, gridSampling(sampling)))
  const own = positions instanceof KeptFloats ? positions.copy() : positions
  const values = sampleSplineField({ ...job, positions: own }, sampling.mode, splinePadding(sampling.paddingMode))
  return placed(img, plan, soundSplines('resample', img, values))
}

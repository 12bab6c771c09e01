import { applyAffine, invert, multiply, resized } from '../../core/affine.ts'
import { DataError, OptionError, ShapeError, shown } from '../../core/errors.ts'
import { castArray, toFloats } from '../../core/convert.ts'
import { isImage, withVoxels, type HistoryRecord, type Image } from '../../core/image.ts'
import { bool, instance, numbers } from '../../core/options.ts'
import { plain, recorded, settle, type Inputs } from '../define.ts'
import { present, imageAt, keysKind, sampleOnly } from '../sample.ts'
import { dtypeKind } from '../shared.ts'

const matrixKind = instance<readonly number[] | readonly (readonly number[])[]>(
  'a matrix of 3 by 3 or 4 by 4 numbers',
  (value) =>
    Array.isArray(value) &&
    [9, 16].includes(value.flat().length) &&
    value.flat().every((x) => typeof x === 'number' && Number.isFinite(x)),
)

const options = {
  affine: matrixKind.opt('Voxel-to-world matrix; that of the points when null.', null),
  invertAffine: bool.opt('Go from world to voxels of the matrix, instead of from voxels to world.', true),
  affineLpsToRas: bool.opt('The matrix is in LPS (as ITK has it).', false),
}

/** The matrix with its first two world axes turned round: LPS to RAS and back. */
function turned(affine: readonly number[]): number[] {
  const n = Math.sqrt(affine.length)
  return affine.map((x, i) => (i < Math.min(2, n - 1) * n ? -x : x))
}

interface Move {
  readonly affine: readonly number[]
  readonly invertAffine: boolean
  readonly affineLpsToRas: boolean
}

/** The matrix that is applied to coordinates. */
function finalMatrix(own: readonly number[], { affine, invertAffine, affineLpsToRas }: Move): number[] {
  const world = affineLpsToRas ? turned(affine) : affine
  const square = Math.sqrt(affine.length) - 1
  return invertAffine ? multiply(invert(world, 'ApplyTransformToPoints.affine'), resized(own, square)) : [...world]
}

function moved(points: Image, matrix: readonly number[], dtype: Image['dtype']): Image {
  const rank = points.shape[2]
  const square = resized(matrix, rank)
  const values = toFloats(points.dtype, points.data)
  const out = new Float64Array(values.length)
  for (let i = 0; i < out.length; i += rank) out.set(applyAffine(square, Array.from(values.subarray(i, i + rank))), i)
  return withVoxels(points, { dtype, data: castArray(out, 'float64', dtype) })
}

/**
 * Moves coordinates [sets, points, 2 or 3] through an affine matrix (MONAI `ApplyTransformToPoints`): between the world
 * and the voxels of an image. The points' own affine says how their numbers become world positions.
 */
export const ApplyTransformToPoints = plain({
  name: 'ApplyTransformToPoints',
  schema: { dtype: dtypeKind.opt('Element type of the result; null keeps that of the points.', null), ...options },
  inputs: { affine: 'optional' },
  lazy: false,
  readsVoxels: true,
  apply(points, { dtype, affine, ...how }, _how, inputs) {
    const { shape } = points
    if (shape.length !== 3 || (shape[2] !== 2 && shape[2] !== 3))
      throw new ShapeError(
        'ApplyTransformToPoints',
        `the points have the shape [${shape.join(', ')}]; give [sets, points, 2 or 3]`,
      )
    const named = matrixOf(inputs) ?? (affine && affine.flat())
    if (!named && how.invertAffine)
      throw new OptionError('ApplyTransformToPoints.affine', 'is null; with invertAffine, give the matrix of an image')
    const move: Move = { affine: named ?? points.affine, ...how }
    const matrix = finalMatrix(points.affine, move)
    const back = invert(matrix, 'ApplyTransformToPoints.affine')
    const before = { shape: shape.slice(1), affine: points.affine }
    const result = moved(points, matrix, dtype ?? points.dtype)
    const placed = {
      ...result,
      affine: resized(multiply(resized(points.affine, 3), resized(how.affineLpsToRas ? turned(back) : back, 3)), 3),
    }
    return recorded(placed, { name: 'ApplyTransformToPoints', options: { ...move, dtype }, before, extra: { back } })
  },
  invert(points: Image, record: HistoryRecord): Image {
    const back = numbers.type.safeParse(record.extra?.back).data ?? [] // written above
    return { ...moved(points, back, points.dtype), affine: record.before.affine }
  },
})

function matrixOf({ affine }: Inputs): readonly number[] | null {
  if (affine === undefined || affine === null) return null
  if (isImage(affine)) return affine.affine
  return matrixKind.parse(affine, 'ApplyTransformToPoints.affine').flat()
}

/** As `ApplyTransformToPoints`; the matrix may be that of an image of the sample (MONAI `ApplyTransformToPointsd`). */
export const ApplyTransformToPointsd = sampleOnly({
  name: 'ApplyTransformToPointsd',
  options: {
    referKeys: keysKind.opt('Keys of the images, or matrices, whose voxels are meant; one, or one per key.', null),
    dtype: dtypeKind.opt('Element type of the result; null keeps that of the points.', 'float64'),
    ...options,
  },
  apply(sample, { keys, allowMissingKeys, referKeys, ...given }) {
    const move = ApplyTransformToPoints(given)
    const out: Record<string, unknown> = { ...sample }
    for (const [key, index] of present('ApplyTransformToPointsd', sample, keys, allowMissingKeys)) {
      const referKey = referKeys && (referKeys[index] ?? referKeys[0])
      if (referKey !== null) present('ApplyTransformToPointsd', sample, [referKey], false)
      const refer = referKey === null ? undefined : sample[referKey]
      if (refer === null)
        throw new DataError('ApplyTransformToPointsd', `"${referKey}" holds ${shown(refer)}; give an image or a matrix`)
      out[key] = move(settle(imageAt('ApplyTransformToPointsd', sample, key)), { affine: refer })
    }
    return out
  },
  invert(sample, { keys }) {
    const undo = ApplyTransformToPoints()
    const found = present('ApplyTransformToPointsd', sample, keys, true).map(([key]) => [
      key,
      undo.inverse(imageAt('ApplyTransformToPointsd', sample, key)),
    ])
    return { ...sample, ...Object.fromEntries(found) }
  },
})

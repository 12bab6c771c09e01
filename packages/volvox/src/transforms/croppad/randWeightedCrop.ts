import { toFloats } from '../../core/convert.ts'
import { DataError, ShapeError, shown } from '../../core/errors.ts'
import { isImage, spatialShape, type Image } from '../../core/image.ts'
import { count, instance, intOrInts } from '../../core/options.ts'
import { placeOf } from '../../core/tensor.ts'
import { moveVoxels } from '../../kernels/index.ts'
import { settle } from '../define.ts'
import type { RandomSource } from '../random.ts'
import { sizesOr } from '../spatial/options.ts'
import { SpatialCrop } from './crop.ts'
import { drawnCrops } from './drawnCrops.ts'

const options = {
  spatialSize: intOrInts.req('Size of each box; values below 1 take that of the image.'),
  numSamples: count.opt('How many boxes to cut out.', 1),
  lazy: SpatialCrop.schema.lazy,
}

/**
 * Cuts out boxes whose centres are drawn by a map of weights; gives a list (MONAI `RandWeightedCrop`). The call takes
 * `{ weightMap }`, whose first channel counts; when it leaves it out, it is taken from the options.
 */
export const [RandWeightedCrop, RandWeightedCropd] = drawnCrops(
  {
    name: 'RandWeightedCrop',
    options,
    inputs: { weightMap: 'required' },
    draw(source, { spatialSize, numSamples, lazy }, { grid, inputs: { weightMap } }) {
      if (!isImage(weightMap))
        throw new DataError('RandWeightedCrop.weightMap', `is ${shown(weightMap)}; give an image of weights`)
      const shape = spatialShape(weightMap)
      if (shape.join() !== grid.shape.join())
        throw new ShapeError(
          'RandWeightedCrop.weightMap',
          `has the shape [${shape.join(', ')}], the image [${grid.shape.join(', ')}]; resample one to the other`,
        )
      const roiSize = sizesOr('RandWeightedCrop.spatialSize', spatialSize, shape)
      return centres(source, settle(weightMap), roiSize, numSamples).map((roiCenter) => ({ roiCenter, roiSize, lazy }))
    },
  },
  {
    weightMap: instance<Image>('an image', isImage).opt('The weights, for calls that do not give them.', null),
  },
  { inputs: { weightMap: 'wKey' } },
)

/** Drawn by weight among the voxels whose box lies within the map; evenly where weights add up to nothing. */
function centres(source: RandomSource, map: Image, box: readonly number[], samples: number): number[][] {
  const shape = spatialShape(map)
  const first = shape.map((m, axis) => Math.floor(Math.min(box[axis], m) / 2))
  const room = shape.map((m, axis) => (m > box[axis] ? m - box[axis] : 1))
  const sums = runningSums(map, first, room)
  const total = sums[sums.length - 1]
  const chosen =
    total > 0 && Number.isFinite(total)
      ? Array.from(source.rand(samples), (r) => firstAbove(sums, r * total))
      : source.randint(0, sums.length, samples)
  return chosen.map((i) => placeOf(i, room).map((x, axis) => x + first[axis]))
}

/** Weights of the room for centres added up in scan order, moved up to 0 where some are below it. */
function runningSums(map: Image, first: readonly number[], room: readonly number[]): Float64Array {
  const shape = spatialShape(map)
  const inRoom = { axes: shape.map((_, axis) => axis), signs: shape.map(() => 1), shifts: first }
  const data = new Float64Array(toFloats(map.dtype, map.data))
  const weights = moveVoxels({ dtype: 'float64', data, channels: 1, shape }, room, inRoom, 'constant') as Float64Array // as given
  const least = weights.reduce((a, b) => Math.min(a, b), 0)
  const single = map.dtype === 'float32'
  let sum = 0
  for (let i = 0; i < weights.length; i++) {
    const weight = single ? Math.fround(weights[i] - least) : weights[i] - least
    sum += weight
    weights[i] = single ? Math.fround(sum) : sum // torch sums in float64 and rounds each sum
  }
  return weights
}

/** The number of sums that are not above a value. */
function firstAbove(sums: Float64Array, value: number): number {
  let [low, high] = [0, sums.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sums[middle] > value) high = middle
    else low = middle + 1
  }
  return Math.min(low, sums.length - 1)
}

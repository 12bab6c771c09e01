import { OptionError, ShapeError, shown } from '../../core/errors.ts'
import { toFloats } from '../../core/convert.ts'
import { gridOf } from '../../core/image.ts'
import { bool } from '../../core/options.ts'
import { sizeOf, isTensorLike } from '../../core/tensor.ts'
import { plain } from '../define.ts'
import { runPlan } from '../resample.ts'
import { placing } from './gridUnits.ts'
import { samplingOf, samplingOptions } from './options.ts'

/**
 * Takes each voxel of the result from where `grid` says, [rank or more, ...shape]: `Resample()(image, { grid })` (MONAI
 * `Resample`). Without a grid nothing is done. Cannot be inverted.
 */
export const Resample = plain({
  name: 'Resample',
  schema: {
    ...samplingOptions('border', 'float64'),
    normCoords: bool.opt(
      'The grid holds voxels counted from the centre of the image; else it is from -1 to 1 (voxels for splines).',
      true,
    ),
  },
  inputs: { grid: 'optional' },
  lazy: false,
  readsVoxels: true,
  apply(img, { normCoords, ...sampling }, _how, { grid }) {
    if (grid === undefined || grid === null) return img
    const { shape } = gridOf(img)
    const rank = shape.length
    if (!isTensorLike(grid))
      throw new OptionError('Resample.grid', `is ${shown(grid)}; give a tensor [${rank}, ...shape]`)
    if (grid.shape.length !== rank + 1 || grid.shape[0] < rank)
      throw new ShapeError(
        'Resample.grid',
        `has the shape ${shown(grid.shape)}; an image of ${rank} spatial axes takes [${rank}, ...shape], or more rows`,
      )
    const wanted = grid.shape.slice(1)
    const voxels = sizeOf(wanted)
    const values = toFloats(grid.dtype, grid.data)
    const coordinates = new Float64Array(rank * voxels)
    const reading = {
      centred: normCoords,
      alignCorners: sampling.alignCorners,
      mode: sampling.mode,
      single: grid.dtype === 'float32',
    }
    shape.forEach((n, axis) => {
      const place = placing(n, reading)
      for (let i = axis * voxels; i < (axis + 1) * voxels; i++) coordinates[i] = place(values[i])
    })
    return runPlan(img, { kind: 'field', shape: wanted, coordinates, sampling: samplingOf(sampling) })
  },
})

import { z } from 'zod'
import { ShapeError } from '../../core/errors.ts'
import { gridOf, type Image } from '../../core/image.ts'
import { Kind, intOrInts } from '../../core/options.ts'
import { plain } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { box } from '../plan.ts'
import { runPlan } from '../resample.ts'
import { forAxes } from './options.ts'

const pair = new Kind<readonly [number, number]>('two whole numbers of 1 or more', () =>
  z.tuple([z.int().min(1), z.int().min(1)]).readonly(),
)

const options = {
  grid: pair.opt('Rows and columns.', [2, 2]),
  size: intOrInts.opt('Size of each part; they overlap where it is large. Image size over grid when null.', null),
}

/**
 * Cuts a 2-D image into rows and columns of parts of one size; gives a list, row by row (MONAI `GridSplit`). As there,
 * the parts keep the affine of the whole image.
 */
export const GridSplit = plain<typeof options, readonly Image[]>({
  name: 'GridSplit',
  schema: options,
  inputs: {},
  lazy: false,
  readsVoxels: true,
  apply(img, { grid, size }) {
    const { shape, affine } = gridOf(img)
    if (shape.length !== 2)
      throw new ShapeError('GridSplit', `was given an image with ${shape.length} spatial axes; it takes 2`)
    const parts =
      size === null ? shape.map((n, axis) => Math.floor(n / grid[axis])) : forAxes('GridSplit.size', size, 2)
    if (parts.some((n, axis) => n < 1 || n > shape[axis]))
      throw new ShapeError(
        'GridSplit.size',
        `parts of [${parts.join(', ')}] do not fit an image of [${shape.join(', ')}]; give 1 to its size`,
      )
    const [rowStep, columnStep] = grid.map((n, axis) => (n > 1 ? Math.floor((shape[axis] - parts[axis]) / (n - 1)) : 0))
    return Array.from({ length: grid[0] * grid[1] }, (_, i) => {
      const start = [Math.floor(i / grid[1]) * rowStep, (i % grid[1]) * columnStep]
      return { ...runPlan(img, box(start, parts)), affine }
    })
  },
})

export const GridSplitd = dictionary(GridSplit, { byKey: ['size'] })

import { unclearedFloats } from '../../core/dtype.ts'
import { ShapeError } from '../../core/errors.ts'
import { withVoxels } from '../../core/image.ts'
import { bool, oneOf, type Values } from '../../core/options.ts'
import { sizeOf } from '../../core/tensor.ts'
import { sampleField } from '../../kernels/index.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { random, type RandomSource } from '../random.ts'
import { gridSampling } from '../sampling.ts'
import { cast, chance, dtypeKind, floatsOf, rangeKind, symmetricRange } from '../shared.ts'
import { afterGate } from './adjust.ts'
import { drawnField, drawOptions, fieldKind, fieldMode, orderedRange, smoothField, smoothOptions } from './field.ts'

const gridOptions = {
  ...smoothOptions,
  fieldMode: fieldMode.opt('How the field becomes smooth.', 'area', { perKey: true }),
  gridMode: oneOf('nearest', 'bilinear', 'bicubic').opt('Interpolation between voxels.', 'nearest', { perKey: true }),
  gridPaddingMode: oneOf('zeros', 'border', 'reflection').opt('What lies outside of the image.', 'border'),
  gridAlignCorners: bool.nullable().opt('Whether -1 and 1 are the middles of the outermost voxels.', false),
}

/** Take each voxel from a place moved by a smooth field, in half widths of the image. */
const FieldDeform = voxels({
  name: 'FieldDeform',
  options: { field: fieldKind.req('The coarse field, a channel for each axis.'), ...gridOptions },
  apply(img, options) {
    const { field, spatialSize, alignCorners, gridMode, gridPaddingMode, gridAlignCorners } = options
    const [channels, ...shape] = img.shape
    if (field.channels !== shape.length || (spatialSize && spatialSize.length !== shape.length))
      throw new ShapeError(
        'RandSmoothDeform.randSize',
        `${field.channels} sizes do not fit an image of shape [${img.shape.join(', ')}]; give ${shape.length}`,
      )
    const smooth = smoothField(field, spatialSize, options.fieldMode, alignCorners)
    const corners = gridAlignCorners ?? false
    const positions = voxelPositions(smooth.values, smooth.shape, shape, corners)
    const how = gridSampling({ mode: gridMode, paddingMode: gridPaddingMode, alignCorners: corners, dtype: 'float32' })
    const data = sampleField({ data: floatsOf(img), channels, shape, positions }, how)
    return cast(withVoxels(img, { dtype: 'float32', shape: [channels, ...smooth.shape], data }), img.dtype)
  },
})

const deformOptions = {
  ...gridOptions,
  ...drawOptions,
  prob: chance(),
  defRange: rangeKind.opt('Range of the moves, in half widths of the image; one number r means (-r, r).', 1),
  gridDtype: dtypeKind.opt('Kept for configs of MONAI; no effect.', 'float32'),
}

/** Deform by a random smooth field; cannot be inverted (MONAI `RandSmoothDeform`). */
export const RandSmoothDeform = random(FieldDeform, {
  name: 'RandSmoothDeform',
  options: deformOptions,
  draw: drawn,
  drawSample: afterGate(drawn),
})

export const RandSmoothDeformd = dictionary(RandSmoothDeform)

function drawn(source: RandomSource, options: Values<typeof deformOptions>) {
  const { prob, defRange, spatialSize, alignCorners, gridMode, gridPaddingMode, gridAlignCorners } = options
  const range = orderedRange('RandSmoothDeform.defRange', symmetricRange(defRange), 0)
  if (source.rand() >= prob) return null
  const field = drawnField(source.twin('field'), options, range, 0, options.randSize.length)
  const sampling = { gridMode, gridPaddingMode, gridAlignCorners }
  return { field, spatialSize, alignCorners, fieldMode: options.fieldMode, ...sampling }
}

/** Places from -1 to 1, moved, as voxels of the image: [rank, ...lattice]. */
function voxelPositions(
  moves: Float32Array,
  lattice: readonly number[],
  shape: readonly number[],
  alignCorners: boolean,
): Float32Array {
  const count = sizeOf(lattice)
  const positions = unclearedFloats(moves.length)
  lattice.forEach((n, axis) => {
    const inner = sizeOf(lattice.slice(axis + 1))
    const size = shape[axis]
    for (let i = axis * count, row = 0; i < (axis + 1) * count; row++) {
      const place = row % n
      const start = n === 1 ? -1 : (2 * place) / (n - 1) - 1
      for (const stop = i + inner; i < stop; i++) {
        const at = Math.fround(start + moves[i])
        positions[i] = alignCorners ? ((at + 1) / 2) * (size - 1) : ((at + 1) * size - 1) / 2
      }
    }
  })
  return positions
}

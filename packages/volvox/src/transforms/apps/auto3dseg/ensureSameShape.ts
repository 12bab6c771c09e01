import { ShapeError } from '../../../core/errors.ts'
import { gridOf, withVoxels, type Image } from '../../../core/image.ts'
import { bool, nonNegative, text } from '../../../core/options.ts'
import { Resize } from '../../spatial/resize.ts'
import { keysKind, sampleOptions, settledAt, withEachImage } from '../../sample.ts'
import { wholeSample } from '../../wholeSample.ts'

const name = 'EnsureSameShaped'

/**
 * Labels that differ from their image by some voxels, brought to its size by nearest voxels; the place in the world is left
 * as it was. A label that differs by more is an error (MONAI `EnsureSameShaped`).
 */
export const EnsureSameShaped = wholeSample({
  name,
  options: {
    ...sampleOptions,
    keys: keysKind.opt('Keys of the labels.', ['label']),
    sourceKey: text.opt('Key of the image whose size is wanted.', 'image'),
    allowedShapeDifference: nonNegative.opt('By how many voxels an axis may differ.', 5),
    warn: bool.opt("As in MONAI's configs; nothing is printed here.", true),
  },
  apply(sample, { keys, allowMissingKeys, sourceKey, allowedShapeDifference }) {
    const wanted = gridOf(settledAt(name, sample, sourceKey)).shape
    return withEachImage(name, sample, { keys, allowMissingKeys }, (label, key) => {
      const shape = gridOf(label).shape
      const off = shape.map((n, axis) => Math.abs(n - wanted[axis]))
      // NumPy's `allclose` adds a relative tolerance of 1e-5.
      const near = off.every((d, axis) => d <= allowedShapeDifference + 1e-5 * wanted[axis])
      if (shape.length !== wanted.length || !near)
        throw new ShapeError(
          name,
          `"${key}" has the size [${shape.join(', ')}], "${sourceKey}" [${wanted.join(', ')}]; they may differ by ${allowedShapeDifference} voxels`,
        )
      return off.some((d) => d > 0) ? resized(label, wanted) : label
    })
  },
})

function resized(label: Image, size: readonly number[]): Image {
  const { data, dtype, shape } = Resize({ spatialSize: [...size], mode: 'nearest-exact' })(label)
  return withVoxels(label, { data, dtype, shape })
}

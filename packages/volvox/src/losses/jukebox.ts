import { OptionError } from '../core/errors.ts'
import { count, ints, oneOf } from '../core/options.ts'
import { fourier, type FourierNorm } from '../graph/fourier.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { alike, spatialAxes } from './check.ts'
import { loss } from './loss.ts'
import { reducedParts, reduction } from './reduce.ts'

/** Squared differences of the amplitudes of the frequencies of two images (Dhariwal et al. 2020, MONAI JukeboxLoss). */
export const JukeboxLoss = loss({
  name: 'JukeboxLoss',
  options: {
    spatialDims: count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.'),
    fftSignalSize: ints
      .where((sizes) => sizes.every((n) => n >= 1), 'a list of whole numbers of 1 or more')
      .opt('Channels and spatial sizes that images are cropped or padded to at the end; as they are when null.', null),
    fftNorm: oneOf('ortho', 'forward', 'backward').opt(
      'Divides by the root of the number of elements, by the number, or not at all.',
      'ortho',
    ),
    reduction,
  },
  check({ spatialDims, fftSignalSize }) {
    if (fftSignalSize && fftSignalSize.length !== spatialDims + 1)
      throw new OptionError(
        'JukeboxLoss.fftSignalSize',
        `has ${fftSignalSize.length} values; give ${spatialDims + 1}, channels and ${spatialDims} spatial sizes`,
      )
  },
  forward(input, target, { spatialDims, fftSignalSize, fftNorm, reduction }) {
    spatialAxes('JukeboxLoss', input, [spatialDims])
    alike('JukeboxLoss', input, target)
    const [p, y] = [input, m.cast(target, input.dtype)].map((x) => amplitudes(x, fftSignalSize, fftNorm))
    return reducedParts(m.square(m.sub(p, y)), reduction)
  },
})

/** Magnitudes of the discrete Fourier transform over all axes but the first. */
function amplitudes(x: Value, sizes: readonly number[] | null, norm: FourierNorm): Value {
  const axes = x.shape.slice(1).map((_, i) => i + 1)
  const { real, imaginary } = fourier({ real: x, imaginary: null }, axes, { norm, sizes: sizes ?? undefined })
  return m.sqrt(imaginary ? m.add(m.square(real), m.square(imaginary)) : m.square(real))
}

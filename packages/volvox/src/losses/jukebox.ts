import { OptionError } from '../core/errors.ts'
import { count, ints, oneOf } from '../core/options.ts'
import { floats, sizeOf } from '../core/tensor.ts'
import { constant, type Value } from '../graph/ir.ts'
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
    const sizes = fftSignalSize ?? input.shape.slice(1)
    const scale = { ortho: 1 / Math.sqrt(sizeOf(sizes)), forward: 1 / sizeOf(sizes), backward: 1 }[fftNorm]
    const [p, y] = [input, m.cast(target, input.dtype)].map((x) => amplitudes(x, sizes, scale))
    return reducedParts(m.square(m.sub(p, y)), reduction)
  },
})

/** Magnitudes of the discrete Fourier transform over all axes but the first. */
function amplitudes(x: Value, sizes: readonly number[], scale: number): Value {
  let [real, imaginary]: [Value, Value | null] = [m.mul(x, scale), null]
  sizes.forEach((size, i) => {
    const axis = i + 1
    const turned = (part: Value, wave: (angle: number) => number) => alongAxis(part, axis, size, wave)
    const [cosines, sines] = [turned(real, Math.cos), turned(real, Math.sin)]
    // (a + bi) (cos - i sin) = a cos + b sin + (b cos - a sin) i
    ;[real, imaginary] = imaginary
      ? [m.add(cosines, turned(imaginary, Math.sin)), m.sub(turned(imaginary, Math.cos), sines)]
      : [cosines, m.neg(sines)]
  })
  return m.sqrt(imaginary ? m.add(m.square(real), m.square(imaginary)) : m.square(real))
}

/** Products of an axis, cropped or padded to `size`, with waves of every frequency. */
function alongAxis(x: Value, axis: number, size: number, wave: (angle: number) => number): Value {
  const n = Math.min(size, x.shape[axis])
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)]
  const rows = m.reshape(m.narrow(x, axis, 0, n), [sizeOf(before), n, sizeOf(after)])
  const waves = Float64Array.from({ length: size * n }, (_, i) =>
    wave((2 * Math.PI * ((Math.floor(i / n) * (i % n)) % size)) / size),
  )
  const matrix = m.cast(constant(floats([size, n], waves)), x.dtype)
  return m.reshape(m.matmul(matrix, rows), [...before, size, ...after])
}

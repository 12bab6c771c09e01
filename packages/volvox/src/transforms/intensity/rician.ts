import { castArray, toFloats } from '../../core/convert.ts'
import { unclearedFloats } from '../../core/dtype.ts'
import { OptionError, ShapeError } from '../../core/errors.ts'
import { withVoxels } from '../../core/image.ts'
import { bool, Kind, nonNegative, numberOrNumbers } from '../../core/options.ts'
import { normalFloats, statistics } from '../../kernels/index.ts'
import { z } from 'zod'
import { checkSound } from '../checks.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { random } from '../random.ts'
import { resultArray } from '../handover.ts'
import { cast, chance, floatsOf, outputType, voxelsPerChannel } from '../shared.ts'
import { noiseKind } from './noise.ts'

/** The size of a complex number whose real part is the image and noise, and whose imaginary part is noise. */
const AddRicianNoise = voxels({
  name: 'AddRicianNoise',
  handsOver: true,
  options: {
    real: noiseKind.req('One value for each voxel.'),
    imaginary: noiseKind.req('One value for each voxel.'),
    dtype: outputType(),
  },
  apply(img, { real, imaginary, dtype }) {
    if (real.length !== img.data.length || imaginary.length !== real.length)
      throw new ShapeError('AddRicianNoise', `${real.length} values do not fit ${img.data.length} voxels`)
    const type = dtype ?? img.dtype
    const [a, b] = [real, imaginary].map((noise) => toFloats(type, castArray(noise, 'float32', type)))
    const values = floatsOf(cast(img, type))
    const data = resultArray(img)
    for (let i = 0; i < data.length; i++) {
      const shifted = values[i] + a[i]
      data[i] = Math.sqrt(shifted * shifted + b[i] * b[i])
    }
    return cast(withVoxels(img, { dtype: 'float32', data }), type)
  },
})

const deviations = new Kind<number | readonly number[]>('a number of 0 or more, or a list of them', () =>
  z.union([nonNegative.type, z.array(nonNegative.type).readonly()]),
)

/** Add the noise of magnitude images of MRI, Rician noise (MONAI `RandRicianNoise`). */
export const RandRicianNoise = random(AddRicianNoise, {
  name: 'RandRicianNoise',
  gated: 'each',
  options: {
    prob: chance(),
    mean: numberOrNumbers.opt('Mean of the noise, or one for each channel with channelWise.', 0),
    std: deviations.opt('Standard deviation, or its upper end with sampleStd; may differ by channel.', 1),
    channelWise: bool.opt('Draw for each channel by itself.', false),
    relative: bool.opt('Whether std is a multiple of the standard deviation of the image or channel.', false),
    sampleStd: bool.opt('Draw the standard deviation uniformly from [0, std].', true),
    dtype: outputType(),
  },
  draw(rng, { prob, mean, std, channelWise, relative, sampleStd, dtype }, { image }) {
    if (rng.rand() >= prob) return null
    const data = floatsOf(cast(image, dtype ?? image.dtype))
    const parts = channelWise ? image.shape[0] : 1
    const size = channelWise ? voxelsPerChannel(image) : data.length
    const [means, deviations] = [perPart('mean', mean, parts, channelWise), perPart('std', std, parts, channelWise)]
    const [real, imaginary] = [unclearedFloats(data.length), unclearedFloats(data.length)]
    for (let part = 0; part < parts; part++) {
      const [from, to] = [part * size, (part + 1) * size]
      const upper = deviations[part] * (relative ? sampleDeviation(data.subarray(from, to)) : 1)
      checkSound('RandRicianNoise', image, upper)
      const deviation = sampleStd ? rng.uniform(0, upper) : upper
      real.set(normalFloats(rng, means[part], deviation, size), from)
      imaginary.set(normalFloats(rng, means[part], deviation, size), from)
    }
    return { real, imaginary, dtype }
  },
  otherwise: (img, { dtype }) => cast(img, dtype ?? img.dtype),
})

export const RandRicianNoised = dictionary(RandRicianNoise)

function perPart(name: string, value: number | readonly number[], parts: number, channelWise: boolean): number[] {
  if (typeof value === 'number') return new Array<number>(parts).fill(value)
  if (channelWise && value.length === parts) return [...value]
  throw new OptionError(
    `RandRicianNoise.${name}`,
    channelWise
      ? `has ${value.length} values for ${parts} channels; give one, or one for each channel`
      : `has ${value.length} values; give one number, or set channelWise`,
  )
}

/** The standard deviation as of a sample, divided by n - 1. */
function sampleDeviation(part: Float32Array): number {
  return Math.fround(statistics(part).std * Math.sqrt(part.length / (part.length - 1)))
}

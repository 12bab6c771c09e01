import { castArray, toFloats } from '../../core/convert.ts'
import { withVoxels } from '../../core/image.ts'
import { bool, instance, nonNegative, number } from '../../core/options.ts'
import { ShapeError } from '../../core/errors.ts'
import { normalFloats, sums } from '../../kernels/index.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { resultArray } from '../handover.ts'
import { random, type RandomSource } from '../random.ts'
import { cast, chance, floatsOf, outputType } from '../shared.ts'

/** One value for each voxel. */
export const noiseKind = instance<Float32Array>(
  'a Float32Array with a value for each voxel',
  (value) => value instanceof Float32Array,
)

/** Add given noise; what RandGaussianNoise draws. */
export const AddNoise = voxels({
  name: 'AddNoise',
  handsOver: true,
  options: { noise: noiseKind.req('One value for each voxel.'), dtype: outputType() },
  apply(img, { noise, dtype }) {
    if (noise.length !== img.data.length)
      throw new ShapeError(
        'AddNoise',
        `${noise.length} values do not fit ${img.data.length} voxels; all keys must have the shape of the first`,
      )
    // As in MONAI, image and noise both take the type of the result before they are added.
    const type = dtype ?? img.dtype
    const values = floatsOf(cast(img, type))
    const added = toFloats(type, castArray(noise, 'float32', type))
    const data = resultArray(img)
    if (added instanceof Float32Array) sums(values, added, data)
    else for (let i = 0; i < data.length; i++) data[i] = values[i] + added[i]
    return cast(withVoxels(img, { dtype: 'float32', data }), type)
  },
})

/** Add Gaussian noise whose standard deviation is itself uniform in [0, std] (MONAI `RandGaussianNoise`). */
export const RandGaussianNoise = random(AddNoise, {
  name: 'RandGaussianNoise',
  gated: true,
  options: {
    prob: chance(),
    mean: number.opt('Mean of the noise.', 0),
    std: nonNegative.opt('Standard deviation of the noise, or its upper end with sampleStd.', 0.1),
    dtype: outputType(),
    sampleStd: bool.opt('Draw the standard deviation uniformly from [0, std].', true),
  },
  draw(rng, { prob, mean, std, dtype, sampleStd }, { image }) {
    if (rng.rand() >= prob) return null
    const deviation = sampleStd ? rng.uniform(0, std) : std
    return { noise: normalFloats(rng, mean, deviation, image.data.length, lastNoise(rng, image.data.length)), dtype }
  },
})

const lastNoises = new WeakMap<RandomSource, Float32Array>()

/** The array of a generator's last noise, which has been added, or a new one. */
function lastNoise(rng: RandomSource, length: number): Float32Array {
  const last = lastNoises.get(rng)
  if (last?.length === length) return last
  const noise = new Float32Array(length)
  lastNoises.set(rng, noise)
  return noise
}

export const RandGaussianNoised = dictionary(RandGaussianNoise)

import { isFloating } from '../../core/dtype.ts'
import { OptionError } from '../../core/errors.ts'
import { withVoxels } from '../../core/image.ts'
import { bool, number } from '../../core/options.ts'
import { extent, gammaCurve, statistics } from '../../kernels/index.ts'
import { checkSound } from '../checks.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { resultArray } from '../handover.ts'
import { random } from '../random.ts'
import { cast, chance, floatCopy, floatsOf, rangeKind } from '../shared.ts'

/** x' = ((x - min) / range)^gamma * range + min (MONAI `AdjustContrast`); gives floats. */
export const AdjustContrast = voxels({
  name: 'AdjustContrast',
  handsOver: true,
  options: {
    gamma: number.req('Exponent; below 1 brightens, above 1 darkens.'),
    invertImage: bool.opt('Negate before and after, so that bright parts are spread instead of dark ones.', false),
    retainStats: bool.opt('Bring mean and standard deviation back to what they were.', false),
  },
  apply(img, { gamma, invertImage, retainStats }) {
    const given = invertImage ? negate(floatCopy(img)) : floatsOf(img)
    const before = retainStats ? statistics(given) : null
    const { min, max } = before ?? extent(given)
    const range = max - min
    checkSound('AdjustContrast', img, range)
    const divisor = range + 1e-7 // a constant image stays as it is
    const data = gammaCurve(given, { low: min, divisor, gamma, range }, resultArray(img))
    if (before) {
      const after = statistics(data)
      const unbiased = Math.sqrt(data.length / (data.length - 1)) // torch's std divides by n - 1
      const scale = (before.std * unbiased) / (after.std * unbiased + 1e-8)
      for (let i = 0; i < data.length; i++) data[i] = (data[i] - after.mean) * scale + before.mean
    }
    if (invertImage) negate(data)
    return cast(withVoxels(img, { dtype: 'float32', data }), isFloating(img.dtype) ? img.dtype : 'float32')
  },
})

/** AdjustContrast with a random exponent (MONAI `RandAdjustContrast`). */
export const RandAdjustContrast = random(AdjustContrast, {
  gated: true,
  options: {
    prob: chance(),
    gamma: rangeKind.opt('Range of the exponent; one number g means (0.5, g).', [0.5, 4.5]),
    invertImage: bool.opt('Negate before and after.', false),
    retainStats: bool.opt('Bring mean and standard deviation back to what they were.', false),
  },
  draw(rng, { prob, gamma, invertImage, retainStats }) {
    const [low, high] = exponents(gamma)
    if (rng.rand() >= prob) return null
    return { gamma: rng.uniform(low, high), invertImage, retainStats }
  },
})

export const AdjustContrastd = dictionary(AdjustContrast)
export const RandAdjustContrastd = dictionary(RandAdjustContrast)

function exponents(gamma: number | readonly [number, number]): readonly [number, number] {
  if (typeof gamma !== 'number') return [Math.min(...gamma), Math.max(...gamma)]
  if (gamma <= 0.5)
    throw new OptionError(
      'RandAdjustContrast.gamma',
      `${gamma} would mean the range (0.5, ${gamma}); give a number above 0.5 or a pair`,
    )
  return [0.5, gamma]
}

function negate(data: Float32Array): Float32Array {
  for (let i = 0; i < data.length; i++) data[i] = -data[i]
  return data
}

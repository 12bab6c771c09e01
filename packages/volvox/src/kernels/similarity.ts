import { OptionError } from '../core/errors.ts'
import { int, intOrInts, number, numberOrNumbers, oneOf, positive, type Schema, type Values } from '../core/options.ts'

/** What the structural similarity of images is computed with, as a loss and as a metric (Wang et al. 2004). */
export const similarityOptions = {
  spatialDims: int.where((n) => n === 2 || n === 3, '2 or 3').req('Number of spatial axes.'),
  dataRange: positive.opt('Width of the range of values.', 1),
  kernelType: oneOf('gaussian', 'uniform').opt('How voxels of the window count.', 'gaussian'),
  winSize: intOrInts.opt('Side of the window in voxels, or one for each axis.', 11),
  kernelSigma: numberOrNumbers.opt('Standard deviation of the gaussian window in voxels, or one for each axis.', 1.5),
  k1: number.opt('Keeps dark windows from dividing by 0, as a share of the range.', 0.01),
  k2: number.opt('Keeps constant windows from dividing by 0, as a share of the range.', 0.03),
} satisfies Schema

/** Options without the shape of the window, whose name differs between MONAI's metrics. */
export type Similarity = Omit<Values<typeof similarityOptions>, 'winSize'>

/** The weights of the window along each axis, of sum 1. */
export function similarityWindow(
  where: string,
  sizeOption: string,
  size: number | readonly number[],
  { spatialDims, kernelType, kernelSigma }: Similarity,
): number[][] {
  const sizes = perAxis(`${where}.${sizeOption}`, size, spatialDims)
  const sigmas = perAxis(`${where}.kernelSigma`, kernelSigma, spatialDims)
  return sizes.map((n, axis) => {
    const raw = Array.from({ length: n }, (_, i) =>
      kernelType === 'uniform' ? 1 : Math.exp(-(((i - (n - 1) / 2) / sigmas[axis]) ** 2) / 2),
    )
    const total = raw.reduce((a, b) => a + b, 0)
    return raw.map((weight) => weight / total)
  })
}

/** The constants (k range)² that are added to numerators and denominators. */
export function similarityConstants({ k1, k2, dataRange }: Similarity): readonly [number, number] {
  return [(k1 * dataRange) ** 2, (k2 * dataRange) ** 2]
}

function perAxis(where: string, value: number | readonly number[], axes: number): readonly number[] {
  const list = typeof value === 'number' ? new Array<number>(axes).fill(value) : value
  if (list.length !== axes || !list.every((n) => n > 0))
    throw new OptionError(where, `[${list.join(', ')}] does not fit; give one number above 0, or ${axes} of them`)
  return list
}

import { isFloating } from '../../core/dtype.ts'
import { Kind, probability } from '../../core/options.ts'
import type { HalfSpectrum } from '../../kernels/index.ts'
import { z } from 'zod'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { random } from '../random.ts'
import { chance } from '../shared.ts'
import { throughSpectrum, valuesOf } from './throughSpectrum.ts'

/** Ringing at edges, by dropping the frequencies outside of a ball (MONAI `GibbsNoise`). */
export const GibbsNoise = voxels({
  name: 'GibbsNoise',
  options: { alpha: probability.opt('Strength: 0 keeps all frequencies, 1 none.', 0.1) },
  apply(img, { alpha }) {
    const [, ...shape] = img.shape
    const radius = ((1 - alpha) * Math.max(...shape) * Math.SQRT2) / 2
    const dtype = isFloating(img.dtype) ? img.dtype : 'float32'
    return throughSpectrum('GibbsNoise', img, valuesOf(img), dtype, (spectrum) => keepBall(spectrum, shape, radius))
  },
})

/**
 * Drops the frequencies further from the middle than the radius. In MONAI's order of an even number of frequencies the middle lies
 * between two: where k is inside and -k is not, half of both is left in the real part of the image.
 */
function keepBall(
  { real, imaginary, shape: [channels, half, ...rest] }: HalfSpectrum,
  shape: readonly number[],
  radius: number,
): void {
  let quarters = Math.ceil(4 * radius ** 2) + 1 // squared distances are whole numbers of quarters
  while (Math.sqrt(quarters / 4) > radius) quarters--
  const distances = shape.map((n) =>
    Float64Array.from({ length: n }, (_, k) => (((k + (n >> 1)) % n) - (n - 1) / 2) ** 2),
  )
  const opposite = distances.map((along, axis) => along.map((_, k) => along[(shape[axis] - k) % shape[axis]]))
  // Sums over all axes but the last, row by row.
  const rows = [distances, opposite].map((tables) =>
    [half, ...rest]
      .slice(0, -1)
      .reduce<readonly number[]>(
        (sums, n, axis) => sums.flatMap((sum) => Array.from(tables[axis].subarray(0, n), (d) => sum + d)),
        [0],
      ),
  )
  const length = rest.at(-1) ?? half
  const [near, far] = [distances, opposite].map((tables) => tables[tables.length - 1])
  for (let row = 0, at = 0; row < channels * rows[0].length; row++) {
    const r = row % rows[0].length
    for (let k = 0; k < length; k++, at++) {
      const inside = Number(rows[0][r] + near[k] <= quarters / 4) + Number(rows[1][r] + far[k] <= quarters / 4)
      if (inside === 2) continue
      real[at] *= inside / 2
      imaginary[at] *= inside / 2
    }
  }
}

const alphaKind = new Kind<number | readonly [number, number]>(
  'a number from 0 to 1, or a pair of them, low and high',
  () =>
    z.union([
      z.number().min(0).max(1),
      z
        .tuple([z.number().min(0).max(1), z.number().min(0).max(1)])
        .refine(([low, high]) => low <= high)
        .readonly(),
    ]),
)

/** GibbsNoise of random strength (MONAI `RandGibbsNoise`). */
export const RandGibbsNoise = random(GibbsNoise, {
  gated: true,
  options: {
    prob: chance(),
    alpha: alphaKind.opt('Range of the strength; one number a means (0, a).', [0, 1] as const),
  },
  draw(rng, { prob, alpha }) {
    if (rng.rand() >= prob) return null
    const [low, high] = typeof alpha === 'number' ? [0, alpha] : alpha
    return { alpha: rng.uniform(low, high) }
  },
})

export const GibbsNoised = dictionary(GibbsNoise, { defaults: { alpha: 0.5 } })
export const RandGibbsNoised = dictionary(RandGibbsNoise)

import { OptionError } from '../../core/errors.ts'
import { bool, probability, type Schema } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import { identity, pure, type Layer } from '../layer.ts'
import { choose, variant, type Named, type Variant } from '../named.ts'

/** Where dropout stands: with `dim` 1 single elements are dropped, with 2 or 3 whole channels (torch's Dropout, Dropout2d, Dropout3d). */
export interface DropoutPlace {
  readonly dim: number
}

const dropoutOptions = {
  p: probability.opt('Chance to drop.', 0.5),
  inplace: bool.opt('No effect: values of a graph are never overwritten.', false),
} satisfies Schema

/** How far below 0 SELU saturates. */
const saturation = 1.7580993408473766

const dropout = variant(dropoutOptions, ({ p }, { dim }: DropoutPlace): Layer =>
  p === 0
    ? identity
    : pure((x, context) => {
        if (!context.training) return x
        if (p === 1) return m.mul(x, 0) // torch draws nothing here
        const kept = keptAxes(x.shape.length, dim)
        const shape = x.shape.map((n, axis) => (axis < kept ? n : 1))
        return m.mul(x, context.dropoutMask(shape, p))
      }),
)

/**
 * How many leading axes of the input the mask has. torch's Dropout3d takes an input without a third spatial axis for a
 * single image whose channels are the samples, and so drops whole samples.
 */
function keptAxes(rank: number, dim: number): number {
  return dim === 1 ? rank : dim === 3 && rank < 5 ? 1 : 2
}

/** Dropped elements become what SELU saturates at; the rest is scaled to keep mean 0 and variance 1 (Klambauer et al. 2017). */
const alphaDropout = variant(dropoutOptions, ({ p }, _: DropoutPlace): Layer =>
  p === 0
    ? identity
    : pure((x, context) => {
        if (!context.training) return x
        const kept = m.mul(context.dropoutMask(x.shape, p), 1 - p) // 0 or 1
        const scale = 1 / Math.sqrt((1 - p) * (1 + p * saturation ** 2))
        const dropped = m.mul(saturation, m.sub(kept, 1))
        return m.mul(scale, m.add(m.add(m.mul(x, kept), dropped), saturation * p))
      }),
)

/** MONAI's Dropout factory as data. */
export const dropouts = { dropout, alphadropout: alphaDropout } satisfies Readonly<
  Record<string, Variant<DropoutPlace>>
>

/** The dropout that `choice` names, or of that probability; none for null. */
export function dropoutLayer(choice: Named | number | null, dim = 1, where = 'dropout'): Layer {
  if (choice === null || choice === '') return identity
  if (![1, 2, 3].includes(dim))
    throw new OptionError('dropoutDim', `${dim} is not known; use 1 for elements, 2 or 3 for whole channels`)
  return choose(where, dropouts, typeof choice === 'number' ? ['dropout', { p: choice }] : choice, { dim })
}

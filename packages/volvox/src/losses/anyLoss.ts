import { instance, type Kind } from '../core/options.ts'
import type { Loss } from './loss.ts'

/** An option that is itself a loss with its options settled. */
export const anyLoss: Kind<Loss> = instance<Loss>(
  'a loss, e.g. DiceLoss()',
  (given) => typeof given === 'object' && given !== null && 'forward' in given,
)

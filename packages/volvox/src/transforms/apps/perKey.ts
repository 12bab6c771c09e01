import { z } from 'zod'
import { OptionError } from '../../core/errors.ts'
import { Kind } from '../../core/options.ts'

/** Options that are one value for all keys, or a list with one for each. */
export const perKeyAt = {
  kind: <T>({ noun, type }: Kind<T>): Kind<T | readonly T[]> =>
    new Kind(`${noun}, or a list with one per key`, z.union([type, z.array(type).readonly()])),
  value<T>(where: string, given: T | readonly T[], keys: readonly string[], i: number): T {
    if (!Array.isArray(given)) return given as T // the other of the two
    if (given.length !== keys.length)
      throw new OptionError(where, `has ${given.length} values for ${keys.length} keys; give one, or one per key`)
    return given[i] as T
  },
}

import { z } from 'zod'
import { OptionError } from '../core/errors.ts'
import { isList } from '../core/lists.ts'
import { Kind } from '../core/options.ts'

/** A value for all keys, or a list with one for each. */
export function orPerKey<T>(kind: Kind<T>): Kind<T | readonly T[]> {
  return new Kind(`${kind.noun}, or a list with one per key`, () => z.union([kind.type, z.array(kind.type).readonly()]))
}

/** Such an option as one value for each key. */
export function valuesPerKey<T>(where: string, given: T | readonly T[], keys: readonly string[]): readonly T[] {
  if (!isList(given)) return keys.map(() => given)
  if (given.length === keys.length) return given
  throw new OptionError(where, `has ${given.length} values for ${keys.length} keys; give one, or one per key`)
}

import { z } from 'zod'
import { OptionError, didYouMean, shown } from '../core/errors.ts'
import { Kind, fromConfigNames, intOrInts, parseOptions, type Schema, type Values } from '../core/options.ts'
import type { Layer } from './layer.ts'

/** A part by name, or by name and arguments: `'batch'`, `['group', { num_groups: 2 }]`. */
export type Named = string | readonly [string, Readonly<Record<string, unknown>>]

const name = z.string()
const nameAndArgs = z.tuple([name, z.record(name, z.unknown())]).readonly()

export const named: Kind<Named> = new Kind('a name or [name, arguments]', () => z.union([name, nameAndArgs]))
/** An activation in networks, whose maps must keep their shape. */
export const activation: Kind<Named> = named.where(
  (choice) => nameIn(choice) !== 'geglu',
  'the name of an activation that keeps the shape, or [name, arguments]',
)
export const namedOrNumber: Kind<Named | number> = new Kind('a number, a name or [name, arguments]', () =>
  z.union([z.number(), name, nameAndArgs]),
)
/** For each block, one size for all spatial axes or one per axis. */
export const sizesPerBlock: Kind<readonly (number | readonly number[])[]> = new Kind(
  'a list of whole numbers or of lists of them',
  () => z.array(intOrInts.type).readonly(),
)

/** One entry of a table of parts (activations, norms): its arguments, and the layer that it makes at a place. */
export interface Variant<Place> {
  readonly schema: Schema
  make(args: Readonly<Record<string, unknown>>, place: Place): Layer
}

/** A table entry whose `make` sees checked, typed arguments. */
export function variant<S extends Schema, Place = void>(
  schema: S,
  make: (args: Values<S>, place: Place) => Layer,
): Variant<Place> {
  return { schema, make: (args, place) => make(args as Values<S>, place) } // `choose` parsed them against this schema
}

/** The layer that `choice` names in `table`; names are not case-sensitive, arguments are MONAI's or ours. */
export function choose<Place>(
  where: string,
  table: Readonly<Record<string, Variant<Place>>>,
  choice: Named,
  place: Place,
): Layer {
  const [given, args] = typeof choice === 'string' ? [choice, {}] : choice
  const key = given.toLowerCase()
  if (!Object.hasOwn(table, key)) {
    const hint = didYouMean(key, Object.keys(table))
    throw new OptionError(
      where,
      `${shown(given)} is unknown; ${hint ? `did you mean "${hint}"?` : `use one of ${Object.keys(table).join(', ')}`}`,
    )
  }
  const { schema, make } = table[key]
  const owner = `${where}.${key}`
  return make(parseOptions(owner, schema, fromConfigNames(owner, schema, args)), place)
}

/** The name alone, in lower case. */
export function nameIn(choice: Named): string {
  return (typeof choice === 'string' ? choice : choice[0]).toLowerCase()
}

/** One value per spatial axis. */
export function perAxis(value: number | readonly number[], axes: number, where: string): readonly number[] {
  if (typeof value === 'number') return new Array<number>(axes).fill(value)
  if (value.length !== axes)
    throw new OptionError(
      where,
      `${shown(value)} has ${value.length} values; give one, or one for each of the ${axes} spatial axes`,
    )
  return value
}

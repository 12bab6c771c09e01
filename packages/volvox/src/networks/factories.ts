// MONAI's factories of layers, as the names that options take: `norm: Norm.BATCH`, `act: [Act.LEAKYRELU, { negative_slope: 0.1 }]`.
import { activations } from './blocks/act.ts'
import { dropouts } from './blocks/dropout.ts'
import { norms } from './blocks/norm.ts'
import { pools } from './blocks/pool.ts'

type Names<T> = { readonly [K in keyof T & string as Uppercase<K>]: Uppercase<K> }

/** Activations. */
export const Act: Names<typeof activations> = namesOf(activations)

/** Norms. */
export const Norm: Names<typeof norms> = namesOf(norms)

/** Ways to drop elements or channels. */
export const Dropout: Names<typeof dropouts> = namesOf(dropouts)

/** Ways to pool. */
export const Pool: Names<typeof pools> = namesOf(pools)

function namesOf<T extends object>(table: T): Names<T> {
  const names = Object.keys(table).map((name) => name.toUpperCase())
  return Object.fromEntries(names.map((name) => [name, name])) as Names<T> // every key of the table, in capitals
}

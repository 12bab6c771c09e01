import { OptionError } from '../../core/errors.ts'
import { nameOrNames, oneOf, parseOptions, type Given } from '../../core/options.ts'
import type { Cell, Row, Table } from './csv.ts'

export const joinOptions = {
  on: nameOrNames.opt('Columns whose values must agree; those that both tables have when null.', null),
  how: oneOf('inner', 'left', 'right', 'outer').opt('Which rows without a partner are kept.', 'inner'),
}

/** Joins tables by the values of columns, one after the other (pandas `merge`); other columns of equal name get `_x` and `_y`. */
export function joinTables(owner: string, tables: readonly Table[], given: Given<typeof joinOptions> = {}): Table {
  const { on, how } = parseOptions(owner, joinOptions, given)
  return tables.reduce((left, right) => {
    const keys = on === null ? left.columns.filter((name) => right.columns.includes(name)) : [on].flat()
    const absent = keys.find((key) => !left.columns.includes(key) || !right.columns.includes(key))
    if (keys.length === 0 || absent !== undefined)
      throw new OptionError(
        `${owner}.on`,
        absent === undefined
          ? `the tables have no column in common (${left.columns.join(', ')} and ${right.columns.join(', ')}); name one that both have`
          : `"${absent}" is not a column of both tables; name one that both have`,
      )
    return joined(left, right, keys, how)
  })
}

function joined(left: Table, right: Table, keys: readonly string[], how: 'inner' | 'left' | 'right' | 'outer'): Table {
  const both = left.columns.filter((name) => right.columns.includes(name) && !keys.includes(name))
  const named = (suffix: string) => (name: string) => (both.includes(name) ? name + suffix : name)
  const [nameLeft, nameRight] = [named('_x'), named('_y')]
  const onlyRight = right.columns.filter((name) => !keys.includes(name))
  const columns = [...left.columns.map(nameLeft), ...onlyRight.map(nameRight)]
  const merge = (a: Row | null, b: Row | null): Row => ({
    ...Object.fromEntries(
      left.columns.map((name) => [nameLeft(name), valueOf(a ?? (keys.includes(name) ? b : null), name)]),
    ),
    ...Object.fromEntries(onlyRight.map((name) => [nameRight(name), valueOf(b, name)])),
  })
  const [outer, inner] = how === 'right' ? [right, left] : [left, right]
  const partners = new Map<string, Row[]>()
  for (const row of inner.rows) partners.set(keyOf(row, keys), [...(partners.get(keyOf(row, keys)) ?? []), row])
  const met = new Set<string>()
  const rows = outer.rows.flatMap((row) => {
    const key = keyOf(row, keys)
    met.add(key)
    const found = partners.get(key) ?? (how === 'inner' ? [] : [null])
    return found.map((partner) => (how === 'right' ? merge(partner, row) : merge(row, partner)))
  })
  const alone =
    how === 'outer' ? right.rows.filter((row) => !met.has(keyOf(row, keys))).map((row) => merge(null, row)) : []
  const all = [...rows, ...alone]
  return { columns, rows: how === 'outer' ? all.sort((a, b) => compared(a, b, keys)) : all }
}

function valueOf(row: Row | null, name: string): Cell {
  return row ? row[name] : NaN
}

function keyOf(row: Row, keys: readonly string[]): string {
  return JSON.stringify(keys.map((key) => String(row[key])))
}

/** By the key columns, missing values last, as an outer join of pandas is. */
function compared(a: Row, b: Row, keys: readonly string[]): number {
  for (const key of keys) {
    const missing = Number(Number.isNaN(a[key])) - Number(Number.isNaN(b[key]))
    if (missing !== 0) return missing
    if (a[key] < b[key]) return -1
    if (a[key] > b[key]) return 1
  }
  return 0
}

import { z } from 'zod'
import { DataError, OptionError } from '../../core/errors.ts'
import { Kind, texts, type Values } from '../../core/options.ts'
import type { Cell, Row, Table } from './csv.ts'

const rowIndex = z.union([z.int(), z.tuple([z.int(), z.int()])])
const columnType = z.strictObject({
  type: z.enum(['str', 'int', 'float', 'bool']).optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).nullable().optional(),
})

export const rowOptions = {
  colNames: texts.opt('Columns to load; all when null.', null),
  colTypes: new Kind('an object such as { age: { type: "int", default: 0 } } (types: str, int, float, bool)', () =>
    z.record(z.string(), columnType.nullable()),
  ).opt('What the values of a column become, and what stands for missing ones.', null),
  colGroups: new Kind('an object such as { ehr: ["ehr_0", "ehr_1"] }', () =>
    z.record(z.string(), z.array(z.string())),
  ).opt('Columns that are put together as lists under a new name.', null),
}

export const rowIndicesOption = new Kind('a list of row numbers and ranges [start, end)', () => z.array(rowIndex)).opt(
  'Rows to load, e.g. [[0, 100], 200]; all when null.',
  null,
)

export type RowOptions = Values<typeof rowOptions>

/** The rows of a table as items (MONAI `convert_tables_to_dicts`). */
export function itemsOf(
  owner: string,
  table: Table,
  options: RowOptions,
  rowIndices: readonly (number | readonly [number, number])[] | null = null,
): Record<string, unknown>[] {
  const { colNames, colTypes, colGroups } = options
  const known = (names: readonly string[], option: string) => {
    const absent = names.find((name) => !table.columns.includes(name))
    if (absent !== undefined)
      throw new OptionError(
        `${owner}.${option}`,
        `there is no column "${absent}" (there are ${table.columns.join(', ')}); name one of these`,
      )
    return names
  }
  const names = known(colNames ?? table.columns, 'colNames')
  known(Object.keys(colTypes ?? {}), 'colTypes')
  for (const group of Object.values(colGroups ?? {})) known(group, 'colGroups')
  return chosen(owner, table.rows, rowIndices).map((row, i) => ({
    ...Object.fromEntries(
      names.map((name) => [name, converted(row[name], colTypes?.[name] ?? {}, `${owner}: row ${i}, ${name}`)]),
    ),
    ...Object.fromEntries(Object.entries(colGroups ?? {}).map(([name, group]) => [name, group.map((one) => row[one])])),
  }))
}

function chosen(
  owner: string,
  rows: readonly Row[],
  indices: readonly (number | readonly [number, number])[] | null,
): readonly Row[] {
  if (!indices) return rows
  const numbers = indices.flatMap((one) =>
    typeof one === 'number' ? [one] : Array.from({ length: Math.max(0, one[1] - one[0]) }, (_, i) => one[0] + i),
  )
  return numbers.map((i) => {
    if (!(i in rows))
      throw new OptionError(`${owner}.rowIndices`, `there is no row ${i}; the table has 0 to ${rows.length - 1}`)
    return rows[i]
  })
}

function converted(
  value: Cell,
  { type, default: fallback }: { type?: 'str' | 'int' | 'float' | 'bool'; default?: Cell | null },
  where: string,
): Cell {
  const isMissing = typeof value === 'number' && Number.isNaN(value)
  const filled = isMissing ? (fallback ?? value) : value
  if (type === undefined) return filled
  if (type === 'str') return String(filled)
  if (type === 'bool') return typeof filled === 'string' ? filled !== '' : filled !== 0 && filled !== false
  const number = Number(filled)
  if (
    (Number.isNaN(number) && !(type === 'float' && Number.isNaN(filled))) ||
    (type === 'int' && !Number.isFinite(number))
  )
    throw new DataError(
      where,
      `${JSON.stringify(String(filled))} is not ${type === 'int' ? 'a whole number' : 'a number'}; correct the file, or give a default`,
    )
  return type === 'int' ? Math.trunc(number) : number
}

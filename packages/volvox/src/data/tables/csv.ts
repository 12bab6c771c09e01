import Papa from 'papaparse'
import { FormatError } from '../../core/errors.ts'
import { currentFiles, type Files } from '../../core/files.ts'

/** A value of a table; NaN where the file has none. */
export type Cell = string | number | boolean
export type Row = Readonly<Record<string, Cell>>

export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

/** The whole table of a CSV file, whose first line names the columns; `sep` stands between values. */
export function readCsv(path: string, sep = ',', files: Files = currentFiles()): Table {
  const [table] = csvChunks(path, 0, sep, files)
  return table
}

/**
 * The table in pieces of `size` rows (all when 0). As with pandas, a column (of a piece) whose values are all numbers holds numbers, one
 * of True and False booleans, any other text.
 */
export function* csvChunks(
  path: string,
  size: number,
  sep = ',',
  files: Files = currentFiles(),
): Generator<Table, void, void> {
  const text = new TextDecoder().decode(files.read(path)) // drops a byte order mark
  const parse = (from: number, preview: number) => {
    const { data, errors, meta } = Papa.parse<string[]>(text.slice(from), {
      delimiter: sep,
      preview,
      skipEmptyLines: true,
      fastMode: false, // the fast one reports a wrong cursor after a preview
    })
    const quote = errors.find(({ type }) => type === 'Quotes')
    if (quote) throw new FormatError(path, `has a quote that is never closed (${quote.message}); correct the file`)
    return { data, end: from + meta.cursor }
  }
  const head = parse(0, 1)
  const [columns] = head.data
  if (!columns) throw new FormatError(path, 'is empty; a CSV file begins with a line of column names')
  const twice = columns.find((name, i) => columns.indexOf(name) !== i)
  if (twice !== undefined) throw new FormatError(path, `has two columns "${twice}"; give each a name of its own`)
  let row = 0
  let at = head.end
  do {
    const { data, end } = parse(at, size)
    const odd = data.findIndex((values) => values.length !== columns.length)
    if (odd >= 0)
      throw new FormatError(
        path,
        `row ${row + odd} has ${data[odd].length} values for ${columns.length} columns; correct the file`,
      )
    if (data.length > 0 || row === 0) yield { columns, rows: typedRows(columns, data) }
    row += data.length
    at = end
  } while (at < text.length)
}

/** What pandas takes for a missing value. */
const missing = new Set(
  '|#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null'.split('|'),
)

function typedRows(columns: readonly string[], data: readonly (readonly string[])[]): Row[] {
  const convert = columns.map((_, c) => converter(data.map((values) => values[c]).filter((text) => !missing.has(text))))
  return data.map((values) =>
    Object.fromEntries(columns.map((name, c) => [name, missing.has(values[c]) ? NaN : convert[c](values[c])])),
  )
}

/** How the values of a column are read, given those that are there. */
function converter(values: readonly string[]): (text: string) => Cell {
  if (
    values.every((text) => /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(text) || /^\s*[-+]?inf\s*$/i.test(text))
  )
    return (text) => (/inf/i.test(text) ? (text.includes('-') ? -Infinity : Infinity) : Number(text))
  if (values.every((text) => /^(true|false)$/i.test(text))) return (text) => /true/i.test(text)
  return (text) => text
}

/** One line of a training log: numbers by name; NaN and infinities are written as null. */
export type LogRow = Readonly<Record<string, number>>

/** Rows as JSON lines. */
export function toJsonLines(rows: readonly LogRow[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}

/** The rows of a JSON-lines text. A last line that a killed process left unfinished is passed over. */
export function fromJsonLines(text: string): LogRow[] {
  const lines = text.split('\n').filter((line) => line !== '')
  return lines.flatMap((line, i) => {
    try {
      return [JSON.parse(line) as LogRow]
    } catch (error) {
      if (i === lines.length - 1) return []
      throw error
    }
  })
}

/** Rows as CSV with one column per name that occurs, in order of first occurrence; missing values are empty. */
export function toCsv(rows: readonly LogRow[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const lines = rows.map((row) =>
    columns.map((column) => (row[column] === undefined ? '' : String(row[column]))).join(','),
  )
  return [columns.map(quoted).join(','), ...lines].map((line) => `${line}\n`).join('')
}

import { shown, snakeCase, type Option } from 'volvox'

/** A table of Markdown, line by line. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [row(titles), row(titles.map(() => '---')), ...rows.map(row)]
}

export const optionTitles: readonly string[] = ['option', 'in configs', 'takes', 'default', '']

/** A row of a table of options. */
export function optionRow(key: string, { kind, doc, required, fallback, alias }: Option<unknown>): string[] {
  const standard = required ? 'required' : fallback === undefined ? 'optional' : `\`${shown(fallback)}\``
  return [`\`${key}\``, `\`${alias ?? snakeCase(key)}\``, kind.noun, standard, doc]
}

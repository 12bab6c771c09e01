/** Whether a value is an object with keys, not a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The first key that an object of the JSON text has twice, at any depth; JSON.parse keeps the last one in silence.
 * The text must be valid JSON. One pass without regular expressions, since hostile strings overflow their stack.
 */
export function duplicateKey(text: string): string | undefined {
  const open: Set<string>[] = []
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '{') open.push(new Set())
    else if (text[i] === '}') open.pop()
    else if (text[i] === '"') {
      const end = stringEnd(text, i)
      if (isKey(text, end)) {
        const name = JSON.parse(text.slice(i, end)) as string
        const names = open[open.length - 1]
        if (names.has(name)) return name
        names.add(name)
      }
      i = end - 1
    }
  }
  return undefined
}

/** The place after the quote that closes the string starting at `start`. */
function stringEnd(text: string, start: number): number {
  let i = start + 1
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1
  return i + 1
}

function isKey(text: string, end: number): boolean {
  while (' \t\n\r'.includes(text[end])) end++
  return text[end] === ':'
}

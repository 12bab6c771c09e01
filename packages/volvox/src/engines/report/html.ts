/** Text that is HTML already; anything else is escaped when it is put into a page. */
export class Html {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }
}

type Part = string | number | Html | null | readonly Part[]

/** HTML from a template; values are escaped unless they are HTML themselves, lists are joined, null is nothing. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((out, text, i) => out + text + (i < parts.length ? rendered(parts[i]) : ''), ''))
}

function rendered(part: Part): string {
  if (part === null) return ''
  if (part instanceof Html) return part.source
  if (typeof part === 'object') return part.map(rendered).join('')
  return String(part).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
}

/** A `data:` address of the bytes, for images inside a page. */
export function dataUrl(type: string, bytes: Uint8Array): string {
  let binary = ''
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return `data:${type};base64,${btoa(binary)}`
}

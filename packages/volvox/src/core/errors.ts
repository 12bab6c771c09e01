/** The classes of things that can be wrong; stable, documented in docs/errors.md. */
export type ErrorCode = 'OPTION' | 'SHAPE' | 'FORMAT' | 'CONFIG' | 'GRAPH' | 'DATA' | 'MISSING'

/**
 * A mistake in what Volvox was given: one sentence, `Where: what is wrong, with the value; what would be right.`
 * Anything else that is thrown is a defect of Volvox.
 */
export class VolvoxError extends Error {
  readonly code: ErrorCode
  /** The option, file, key or node that the sentence is about. */
  readonly where: string

  constructor(code: ErrorCode, where: string, problem: string) {
    super(`${where}: ${problem}`)
    this.name = 'VolvoxError'
    this.code = code
    this.where = where
  }

  /** The same problem seen from further out, e.g. with the file or the transform in front. */
  within(outer: string): VolvoxError {
    return this.at(`${outer}: ${this.where}`)
  }

  /** The same problem, of a place by another name. */
  at(where: string): VolvoxError {
    const error = new (this.constructor as new (where: string, problem: string) => VolvoxError)(
      where,
      this.message.slice(this.where.length + 2),
    )
    error.stack = this.stack
    return error
  }
}

/** An option of a transform, network, loss or command is missing, of the wrong type or out of range. */
export class OptionError extends VolvoxError {
  constructor(where: string, problem: string) {
    super('OPTION', where, problem)
    this.name = 'OptionError'
  }
}

/** Shapes do not fit each other. */
export class ShapeError extends VolvoxError {
  constructor(where: string, problem: string) {
    super('SHAPE', where, problem)
    this.name = 'ShapeError'
  }
}

/** A file is damaged, or not what its name says. */
export class FormatError extends VolvoxError {
  constructor(where: string, problem: string) {
    super('FORMAT', where, problem)
    this.name = 'FormatError'
  }
}

/** A config, data list or bundle does not say what it must. */
export class ConfigError extends VolvoxError {
  constructor(where: string, problem: string) {
    super('CONFIG', where, problem)
    this.name = 'ConfigError'
  }
}

/** A graph cannot be built, differentiated or lowered. */
export class GraphError extends VolvoxError {
  constructor(where: string, problem: string) {
    super('GRAPH', where, problem)
    this.name = 'GraphError'
  }
}

/** A sample, label or value is not usable, though its file is sound. */
export class DataError extends VolvoxError {
  constructor(where: string, problem: string) {
    super('DATA', where, problem)
    this.name = 'DataError'
  }
}

/** A file, library or program that is needed is not there. */
export class MissingError extends VolvoxError {
  constructor(where: string, problem: string) {
    super('MISSING', where, problem)
    this.name = 'MissingError'
  }
}

/** `value` as it may stand in an error sentence: short, quoted where it is text. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : printed(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

/** Parts of a list or an object that are printed; what is beyond is cut off in any case. */
const shownParts = 30

function printed(value: unknown): string {
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView)))
    return `[${Array.from((value as unknown[]).slice(0, shownParts), printed).join(', ')}]`
  if (typeof value === 'string') return JSON.stringify(value).slice(1, -1) // control characters would end the sentence
  return typeof value === 'object' && value !== null ? asJson(value, 3) : String(value)
}

/** The beginning of what JSON.stringify would give, for values of any size and kind. */
function asJson(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80))
  if (typeof value !== 'object' || value === null) return String(value)
  if (depth === 0) return '...'
  const inside = (item: unknown) => asJson(item, depth - 1)
  if (Array.isArray(value)) return `[${value.slice(0, shownParts).map(inside).join(',')}]`
  const entries = Object.entries(value).slice(0, shownParts)
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${inside(item)}`).join(',')}}`
}

/** The candidate nearest to `name` by edit distance, when it is near enough to be a likely slip. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue // no nearer than that
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++)
      row[j] = Math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1))
    previous = row
  }
  return previous[b.length]
}

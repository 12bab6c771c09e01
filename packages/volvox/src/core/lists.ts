/** Whether a value that may be one thing or several is several. */
export function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value)
}

/** All ways to pick one of each list, the last list fastest. */
export function* picks<T>(lists: readonly (readonly T[])[], before: readonly T[] = []): Generator<T[], void, void> {
  if (lists.length === 0) return yield [...before]
  const [first, ...rest] = lists
  for (const one of first) yield* picks(rest, [...before, one])
}

/** The bytes of all parts, one after the other. */
export function joinedBytes(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

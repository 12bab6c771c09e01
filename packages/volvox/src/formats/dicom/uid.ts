/** A new unique identifier: 2.25 and a random UUID as a decimal number (PS3.5, B.2). */
export function newUid(): string {
  return uidFrom(crypto.getRandomValues(new Uint8Array(16)))
}

/** The identifier of 16 bytes; those of a UUID of version 4 have 122 free bits. */
export function uidFrom(bytes: Uint8Array): string {
  const marked = bytes.slice(0, 16)
  marked[6] = (marked[6] & 0x0f) | 0x40
  marked[8] = (marked[8] & 0x3f) | 0x80
  const hex = Array.from(marked, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `2.25.${BigInt(`0x${hex}`)}`
}

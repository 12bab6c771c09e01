import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { uidFrom } from '../uid.ts'

/** What stands for a patient: always the same for the same key and patient, and nobody without the key can go back. */
export interface Pseudonym {
  readonly name: string
  /** Days that this patient's dates are moved into the past, 1 to ten years. */
  readonly days: number
}

const mostDays = 3650

/** Keyed hashes (HMAC-SHA-256) of `text`; `kind` keeps identifiers of different kinds apart. */
export function keyedHash(key: Uint8Array, kind: string, text: string): Uint8Array {
  return hmac(sha256, key, utf8ToBytes(`${kind}:${text}`))
}

export function pseudonymOf(key: Uint8Array, patient: string): Pseudonym {
  const hash = keyedHash(key, 'patient', patient)
  const days = 1 + (new DataView(hash.buffer, hash.byteOffset).getUint32(28) % mostDays)
  return { name: `P${bytesToHex(hash.subarray(0, 6)).toUpperCase()}`, days }
}

/** Another unique identifier, the same for the same one. Those that DICOM itself defines stay. */
export function remappedUid(key: Uint8Array, uid: string): string {
  return uid === '' || uid.startsWith('1.2.840.10008.') ? uid : uidFrom(keyedHash(key, 'uid', uid))
}

/** A short name for a UID, for the names of files. */
export function shortName(uid: string): string {
  return bytesToHex(sha256(utf8ToBytes(uid)).subarray(0, 6))
}

/** DICOM's date (YYYYMMDD), also with a time behind it, so many days earlier; null where it is none. */
export function earlier(date: string, days: number): string | null {
  const match = /^(\d{4})\.?(\d\d)\.?(\d\d)(.*)$/.exec(date.trim())
  if (!match) return null
  const [, year, month, day, rest] = match
  const moved = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day) - days))
  return Number.isNaN(moved.getTime()) ? null : moved.toISOString().slice(0, 10).replaceAll('-', '') + rest
}

/** Whole numbers from 0 to n - 1, the same for the same seed (mulberry32). */
export type Draw = (n: number) => number

export function drawsOf(seed: number): Draw {
  let state = seed >>> 0
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n)
  }
}

const extremes = [0, 1, -1, 2, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 2 ** 24, 2 ** 31 - 1, -(2 ** 31), 2 ** 30]
const numberTexts = [
  '0',
  '-1',
  '1',
  '9',
  '65536',
  '4294967296',
  '99999999999999999999',
  '1e308',
  'nan',
  '-inf',
  '0.5',
  '',
  'x',
]

type Mutation = (bytes: Uint8Array, draw: Draw) => Uint8Array

const flipBit: Mutation = (bytes, draw) => {
  bytes[draw(bytes.length)] ^= 1 << draw(8)
  return bytes
}
const setByte: Mutation = (bytes, draw) => {
  bytes[draw(bytes.length)] = draw(256)
  return bytes
}
/** Early bytes are headers, where a change matters most. */
const setHeaderByte: Mutation = (bytes, draw) => {
  bytes[draw(Math.min(bytes.length, 400))] = [0, 1, 127, 128, 255, draw(256)][draw(6)]
  return bytes
}
const setNumber: Mutation = (bytes, draw) => {
  const size = [2, 4, 8][draw(3)]
  if (bytes.length < size) return bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const at = draw(Math.min(bytes.length - size + 1, draw(2) === 0 ? 400 : Infinity))
  const [value, little] = [extremes[draw(extremes.length)], draw(2) === 0]
  if (size === 2) view.setInt16(at, value, little)
  else if (size === 4) view.setInt32(at, value, little)
  else view.setBigInt64(at, BigInt(value), little)
  return bytes
}
const setFloat: Mutation = (bytes, draw) => {
  if (bytes.length < 4) return bytes
  const value = [NaN, Infinity, -0, 1e-40, 3e38, -1][draw(6)]
  new DataView(bytes.buffer, bytes.byteOffset).setFloat32(draw(bytes.length - 3), value, draw(2) === 0)
  return bytes
}
const cutEnd: Mutation = (bytes, draw) => bytes.slice(0, draw(bytes.length))
const cutMiddle: Mutation = (bytes, draw) => {
  const from = draw(bytes.length)
  return joined(bytes.subarray(0, from), bytes.subarray(from + draw(32)))
}
const repeat: Mutation = (bytes, draw) => {
  const [from, length] = [draw(bytes.length), draw(64)]
  return joined(bytes.subarray(0, from + length), bytes.subarray(from))
}
const grow: Mutation = (bytes, draw) =>
  joined(
    bytes,
    Uint8Array.from({ length: draw(100) }, () => draw(256)),
  )
const setText: Mutation = (bytes, draw) => {
  const content = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  const found = [...content.slice(0, 2000).matchAll(/-?\d+(\.\d+)?/g)]
  if (found.length === 0) return setByte(bytes, draw)
  const { index, 0: old } = found[draw(found.length)]
  const next = content.slice(0, index) + numberTexts[draw(numberTexts.length)] + content.slice(index + old.length)
  return Uint8Array.from(next, (c) => c.charCodeAt(0))
}
const dropLine: Mutation = (bytes, draw) => {
  const start = bytes.indexOf(10, draw(bytes.length)) + 1
  const end = bytes.indexOf(10, start) + 1
  return end > start ? joined(bytes.subarray(0, start), bytes.subarray(end)) : cutMiddle(bytes, draw)
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}

const mutations: readonly Mutation[] = [
  flipBit,
  setByte,
  setHeaderByte,
  setHeaderByte,
  setNumber,
  setNumber,
  setFloat,
  cutEnd,
  cutMiddle,
  repeat,
  grow,
  setText,
  dropLine,
]

/** The bytes with one to four changes. */
export function mutated(bytes: Uint8Array, draw: Draw): Uint8Array {
  let out = bytes.slice()
  for (let left = 1 + draw(4); left > 0 && out.length > 0; left--) out = mutations[draw(mutations.length)](out, draw)
  return out
}

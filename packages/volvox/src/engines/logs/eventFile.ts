import { joinedBytes } from '../../core/lists.ts'
import { maskedCrc32c } from './crc32c.ts'

// TensorBoard's event files: TFRecord frames around protobuf `Event` messages. Only scalars are written, so the few
// fields that they take are encoded here: tensorflow/core/util/event.proto and framework/summary.proto.

/** The first record of every event file. */
export function versionRecord(wallTime: number): Uint8Array {
  return record([double(1, wallTime), bytesField(3, utf8('brain.Event:2'))])
}

/** Says that the run starts (again) at `step`; TensorBoard then drops points from that step on that were written before. */
export function startRecord(wallTime: number, step: number): Uint8Array {
  const sessionLog = joinedBytes([varintField(1, 1)]) // SessionLog.status = START
  return record([double(1, wallTime), varintField(2, step), bytesField(7, sessionLog)])
}

/** One point of each curve. `wallTime` is in seconds since 1970. */
export function scalarsRecord(wallTime: number, step: number, scalars: Readonly<Record<string, number>>): Uint8Array {
  const values = Object.entries(scalars).map(([tag, value]) =>
    bytesField(1, joinedBytes([bytesField(1, utf8(tag)), float(2, value)])),
  )
  return record([double(1, wallTime), varintField(2, step), bytesField(5, joinedBytes(values))])
}

/** TFRecord: length, checksum of the length, data, checksum of the data; little-endian. */
function record(fields: readonly Uint8Array[]): Uint8Array {
  const data = joinedBytes(fields)
  const out = new Uint8Array(data.length + 16)
  const view = new DataView(out.buffer)
  view.setBigUint64(0, BigInt(data.length), true)
  view.setUint32(8, maskedCrc32c(out.subarray(0, 8)), true)
  out.set(data, 12)
  view.setUint32(12 + data.length, maskedCrc32c(data), true)
  return out
}

const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

function key(field: number, type: keyof typeof wire): Uint8Array {
  return varint((field << 3) | wire[type])
}

function varint(value: number): Uint8Array {
  const out: number[] = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    out.push(rest > 0 ? low | 0x80 : low)
  } while (rest > 0)
  return Uint8Array.from(out)
}

function varintField(field: number, value: number): Uint8Array {
  return joinedBytes([key(field, 'varint'), varint(value)])
}

function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return joinedBytes([key(field, 'bytes'), varint(bytes.length), bytes])
}

function double(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value, true)
  return joinedBytes([key(field, 'fixed64'), bytes])
}

function float(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setFloat32(0, value, true)
  return joinedBytes([key(field, 'fixed32'), bytes])
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

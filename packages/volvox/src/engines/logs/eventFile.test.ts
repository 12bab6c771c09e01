import protobuf from 'protobufjs'
import { expect, test } from 'vitest'
import { crc32c, maskedCrc32c } from './crc32c.ts'
import { scalarsRecord, startRecord, versionRecord } from './eventFile.ts'

// The part of TensorFlow's event.proto and summary.proto that matters, read by a general protobuf library.
const schema = protobuf.parse(`
  syntax = "proto3";
  message SessionLog { int32 status = 1; }
  message Value { string tag = 1; float simple_value = 2; }
  message Summary { repeated Value value = 1; }
  message Event { double wall_time = 1; int64 step = 2; oneof what { string file_version = 3; Summary summary = 5; SessionLog session_log = 7; } }
`).root
const Event = schema.lookupType('Event')

function parsed(file: Uint8Array): Record<string, unknown>[] {
  const events: Record<string, unknown>[] = []
  for (let at = 0; at < file.length;) {
    const view = new DataView(file.buffer, file.byteOffset + at)
    const length = Number(view.getBigUint64(0, true))
    expect(view.getUint32(8, true)).toBe(maskedCrc32c(file.subarray(at, at + 8)))
    const data = file.subarray(at + 12, at + 12 + length)
    expect(view.getUint32(12 + length, true)).toBe(maskedCrc32c(data))
    events.push(Event.toObject(Event.decode(data), { longs: Number }))
    at += length + 16
  }
  return events
}

test('CRC-32C gives the check value and the vectors of RFC 3720', () => {
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283)
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
})

test('event files read back with a protobuf library', () => {
  const records = [
    versionRecord(1.5),
    startRecord(2, 3),
    scalarsRecord(3, 300, { 'train/loss': 0.25, 'val/Dice': 0.5 }),
    scalarsRecord(4, 2 ** 40, { 'train/loss': -1 }),
  ]
  expect(parsed(new Uint8Array(Buffer.concat(records)))).toEqual([
    { wallTime: 1.5, fileVersion: 'brain.Event:2' },
    { wallTime: 2, step: 3, sessionLog: { status: 1 } },
    {
      wallTime: 3,
      step: 300,
      summary: {
        value: [
          { tag: 'train/loss', simpleValue: 0.25 },
          { tag: 'val/Dice', simpleValue: 0.5 },
        ],
      },
    },
    { wallTime: 4, step: 2 ** 40, summary: { value: [{ tag: 'train/loss', simpleValue: -1 }] } },
  ])
})

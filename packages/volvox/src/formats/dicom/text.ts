import type { DataSet } from './dataSet.ts'
import { tags } from './tags.ts'

/** Labels of the WHATWG encodings for DICOM's character sets (PS3.3, C.12.1.1.2). */
const encodings: Readonly<Record<string, string>> = {
  'ISO_IR 100': 'iso-8859-1',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 148': 'iso-8859-9',
  'ISO_IR 203': 'iso-8859-15',
  'ISO_IR 13': 'shift_jis',
  'ISO_IR 166': 'tis-620',
  'ISO_IR 192': 'utf-8',
  'ISO 2022 IR 87': 'iso-2022-jp',
  'ISO 2022 IR 149': 'euc-kr',
  'ISO 2022 IR 58': 'gb18030',
  GB18030: 'gb18030',
  GBK: 'gbk',
}

/** Text in the character set that the data set declares; without one, byte by byte (DICOM's default is a part of that). */
export function decodeText(bytes: Uint8Array, set: DataSet): string {
  const declared = set.elements.get(tags.SpecificCharacterSet)?.bytes
  const sets = declared ? latin(declared).split('\\').map((name) => name.trim()) : [] // prettier-ignore
  const label = sets
    .map((name) => encodings[name] ?? encodings[name.replace('ISO 2022 IR', 'ISO_IR')])
    .findLast((found) => found !== undefined)
  return label === undefined ? latin(bytes) : new TextDecoder(label).decode(bytes)
}

/** One letter a byte. */
export function latin(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return text
}

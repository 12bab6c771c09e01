import { PyName, told, type TorchMap, type TorchValue } from '../values.ts'
import type { Machine } from './machine.ts'

type Operation = (m: Machine) => void

/** The operations of pickle protocols 2 to 5 by their byte, as listed in Python's pickletools. */
export const operations: Readonly<Record<number, Operation>> = {
  // Frame and end
  0x80: (m) => {
    const protocol = m.cursor.u8()
    if (protocol < 2 || protocol > 5) m.refuse(`is a pickle of protocol ${protocol}; protocols 2 to 5 can be read`)
  },
  0x95: (m) => void m.cursor.u64(), // FRAME: its length is only for readers in blocks
  [code('.')]: (m) => void (m.done = true),

  // The stack
  [code('(')]: (m) => m.mark(),
  [code('0')]: (m) => void m.pop(),
  [code('1')]: (m) => void m.popMark(),
  [code('2')]: (m) => m.push(m.top()),

  // The memo
  [code('h')]: (m) => m.recall(m.cursor.u8()),
  [code('j')]: (m) => m.recall(m.cursor.u32()),
  [code('q')]: (m) => m.remember(m.cursor.u8()),
  [code('r')]: (m) => m.remember(m.cursor.u32()),
  0x94: (m) => m.remember(m.memo.size), // MEMOIZE

  // Plain values
  [code('N')]: (m) => m.push(null),
  0x88: (m) => m.push(true),
  0x89: (m) => m.push(false),
  [code('J')]: (m) => m.push(m.cursor.i32()),
  [code('K')]: (m) => m.push(m.cursor.u8()),
  [code('M')]: (m) => m.push(m.cursor.u16()),
  0x8a: (m) => m.push(long(m, m.cursor.u8())),
  0x8b: (m) => m.push(long(m, m.cursor.u32())),
  [code('G')]: (m) => m.push(m.cursor.f64()),
  [code('X')]: (m) => m.push(m.cursor.text(m.cursor.u32())),
  0x8c: (m) => m.push(m.cursor.text(m.cursor.u8())),
  0x8d: (m) => m.push(m.cursor.text(m.cursor.u64())),
  [code('T')]: (m) => m.push(m.cursor.text(m.cursor.u32())), // text of Python 2
  [code('U')]: (m) => m.push(m.cursor.text(m.cursor.u8())),
  [code('B')]: (m) => m.push(m.cursor.take(m.cursor.u32())),
  [code('C')]: (m) => m.push(m.cursor.take(m.cursor.u8())),
  0x8e: (m) => m.push(m.cursor.take(m.cursor.u64())),
  0x96: (m) => m.push(m.cursor.take(m.cursor.u64())),

  // Containers
  [code(')')]: (m) => m.push([]),
  [code('t')]: (m) => m.push(m.popMark()),
  0x85: (m) => m.push(m.popSome(1)),
  0x86: (m) => m.push(m.popSome(2)),
  0x87: (m) => m.push(m.popSome(3)),
  [code(']')]: (m) => m.push([]),
  [code('l')]: (m) => m.push(m.popMark()),
  [code('a')]: (m) => append(m, [m.pop()]),
  [code('e')]: (m) => append(m, m.popMark()),
  [code('}')]: (m) => m.push(new Map()),
  [code('d')]: (m) => m.push(withItems(m, new Map(), m.popMark())),
  [code('s')]: (m) => setItems(m, m.popSome(2)),
  [code('u')]: (m) => setItems(m, m.popMark()),
  0x8f: (m) => m.push(new Set()),
  0x90: (m: Machine) => {
    const items = m.popMark()
    const set = m.top()
    if (!(set instanceof Set)) m.refuse(`adds elements to ${told(set)}, which is no set; the pickle is damaged`)
    for (const item of items) set.add(item)
  },
  0x91: (m) => m.push(new Set(m.popMark())),

  // Names, and what may be done with them
  [code('c')]: (m) => m.push(m.meanings.find(new PyName(m.cursor.line(), m.cursor.line()))),
  0x93: (m: Machine) => {
    const [module, name] = m.popSome(2)
    if (typeof module !== 'string' || typeof name !== 'string')
      m.refuse(`refers to ${told(module)} and ${told(name)} as a name, which are not both text; the pickle is damaged`)
    m.push(m.meanings.find(new PyName(module, name)))
  },
  [code('R')]: (m) => {
    const args = m.popArguments()
    m.push(m.meanings.call(m.popName(), args))
  },
  0x81: (m) => {
    const args = m.popArguments()
    m.push(m.meanings.make(m.popName(), args))
  },
  [code('b')]: (m) => {
    const state = m.pop()
    m.meanings.build(m.top(), state)
  },
  [code('Q')]: (m) => m.push(m.meanings.persistent(m.pop())),
}

/** Operations that no checkpoint has, by name: they could only make objects of arbitrary classes, or are of protocols 0 and 1. */
export const refused: Readonly<Record<number, string>> = {
  [code('i')]: 'INST',
  [code('o')]: 'OBJ',
  0x92: 'NEWOBJ_EX',
  0x82: 'EXT1',
  0x83: 'EXT2',
  0x84: 'EXT4',
  0x97: 'NEXT_BUFFER',
  0x98: 'READONLY_BUFFER',
  [code('P')]: 'PERSID',
  [code('I')]: 'INT',
  [code('L')]: 'LONG',
  [code('F')]: 'FLOAT',
  [code('S')]: 'STRING',
  [code('V')]: 'UNICODE',
  [code('g')]: 'GET',
  [code('p')]: 'PUT',
}

function code(letter: string): number {
  return letter.charCodeAt(0)
}

/** Longest integer, in bytes; the largest that PyTorch writes, of its magic number, has 10. */
const longestInteger = 64

/** A little-endian integer in two's complement. */
function long(m: Machine, length: number): number | bigint {
  if (length > longestInteger)
    m.refuse(`holds an integer of ${length} bytes; no checkpoint has more than ${longestInteger}`)
  const bytes = m.cursor.take(length)
  const magnitude = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  const value = BigInt.asIntN(8 * length, magnitude)
  const short = Number(value)
  return Number.isSafeInteger(short) ? short : value
}

function append(m: Machine, items: readonly TorchValue[]): void {
  const list = m.top()
  if (!Array.isArray(list)) m.refuse(`appends to ${told(list)}, which is no list; the pickle is damaged`)
  for (const item of items) list.push(item)
}

function setItems(m: Machine, items: readonly TorchValue[]): void {
  const map = m.top()
  if (!(map instanceof Map)) m.refuse(`sets items of ${told(map)}, which is no dictionary; the pickle is damaged`)
  withItems(m, map, items)
}

function withItems(m: Machine, map: TorchMap, items: readonly TorchValue[]): TorchMap {
  if (items.length % 2 !== 0) m.refuse('has a dictionary key without a value; the pickle is damaged')
  for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1])
  return map
}

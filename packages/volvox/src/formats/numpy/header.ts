import type { DType } from '../../core/dtype.ts'
import { FormatError, shown } from '../../core/errors.ts'
import { ByteReader } from '../byteReader.ts'

/** What the header of a .npy file says. */
export interface NpyHeader {
  readonly dtype: DType
  /** 2 for complex numbers, whose real and imaginary parts are elements of their own. */
  readonly components: 1 | 2
  readonly littleEndian: boolean
  /** Whether the first axis is fastest. */
  readonly fortranOrder: boolean
  readonly shape: readonly number[]
  /** Where the elements begin. */
  readonly offset: number
}

const kinds: Readonly<Record<string, readonly [dtype: DType, components: 1 | 2]>> = {
  b1: ['bool', 1],
  i1: ['int8', 1],
  u1: ['uint8', 1],
  i2: ['int16', 1],
  u2: ['uint16', 1],
  i4: ['int32', 1],
  u4: ['uint32', 1],
  i8: ['int64', 1],
  u8: ['uint64', 1],
  f2: ['float16', 1],
  f4: ['float32', 1],
  f8: ['float64', 1],
  c8: ['float32', 2],
  c16: ['float64', 2],
}

/** NumPy's name of an element type, little-endian; bfloat16 has none. */
export function descrOf(dtype: DType): string | undefined {
  const kind = Object.keys(kinds).find((name) => kinds[name][0] === dtype && kinds[name][1] === 1)
  return kind && (kind.endsWith('1') ? '|' : '<') + kind
}

export const npyMagic = '\x93NUMPY'
/** NumPy's own limit is 10000; beyond it a header is not trusted. */
const longestHeader = 10000
const mostAxes = 32

/**
 * Reads the header of a .npy file (versions 1 to 3). It is a literal of a Python dictionary; only its three plain fields
 * are understood, nothing is evaluated. Structured and object types are refused: the latter hold pickles, which run code.
 */
export function parseNpyHeader(bytes: Uint8Array, where: string): NpyHeader {
  const reader = new ByteReader(bytes, where, true)
  if (reader.text(0, 6) !== npyMagic)
    throw new FormatError(where, `it begins with ${shown(reader.text(0, 6))}, a .npy file with "\\x93NUMPY"`)
  const version = reader.u8(6)
  if (version < 1 || version > 3)
    throw new FormatError(where, `version ${version} of .npy is not known; NumPy writes 1 to 3`)
  const start = version === 1 ? 10 : 12
  const length = version === 1 ? reader.u16(8) : reader.u32(8)
  if (length > longestHeader)
    throw new FormatError(where, `a header of ${length} bytes is declared, NumPy reads up to ${longestHeader}`)
  const text = reader.text(start, length)
  const descr = field(text, 'descr', /'([^']*)'|"([^"]*)"|\[/, where)
  const order = field(text, 'fortran_order', /(True|False)/, where)[1]
  const sizes = field(text, 'shape', /\(([^)]*)\)/, where)[1]
  const { dtype, components, littleEndian } = typeOf(descr, where)
  return {
    dtype,
    components,
    littleEndian,
    fortranOrder: order === 'True',
    shape: shapeOf(sizes, where),
    offset: start + length,
  }
}

function field(text: string, name: string, value: RegExp, where: string): RegExpExecArray {
  const found = new RegExp(`['"]${name}['"]\\s*:\\s*(?:${value.source})`).exec(text)
  if (found) return found
  throw new FormatError(where, `the header ${shown(text.trim())} has no usable "${name}"; the file is damaged`)
}

function typeOf(
  [whole, single, double]: RegExpExecArray,
  where: string,
): Pick<NpyHeader, 'dtype' | 'components' | 'littleEndian'> {
  if (whole.endsWith('['))
    throw new FormatError(where, 'the elements are records of several fields; save each field as an array of its own')
  const descr = single ?? double ?? ''
  if (/^[<>|=]?O/.test(descr))
    throw new FormatError(
      where,
      'the elements are Python objects, which are pickled and could run code when read; save numbers, e.g. np.save(path, np.asarray(x, "float32"))',
    )
  const parts = /^([<>|=]?)([a-z]\d+)$/.exec(descr)
  const known = parts && kinds[parts[2]]
  if (!known)
    throw new FormatError(
      where,
      `the element type is ${shown(descr)}; readable are ${Object.keys(kinds).join(', ')} in either byte order`,
    )
  return { dtype: known[0], components: known[1], littleEndian: parts[1] !== '>' }
}

function shapeOf(text: string, where: string): number[] {
  const parts = text.split(',').map((part) => part.trim().replace(/L$/, ''))
  if (parts.at(-1) === '') parts.pop()
  const shape = parts.map((part) => (/^\d+$/.test(part) ? Number(part) : NaN))
  if (shape.length > mostAxes || shape.some((size) => !Number.isSafeInteger(size)))
    throw new FormatError(where, `the shape is ${shown(`(${text})`)}; it must be up to ${mostAxes} whole numbers`)
  return shape
}

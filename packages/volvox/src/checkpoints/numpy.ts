import { bytesOf, type DType } from '../core/dtype.ts'
import { FormatError, shown } from '../core/errors.ts'
import { sizeOf, stridesOf, zeros, type Tensor } from '../core/tensor.ts'
import { TorchStorage, viewed, type CopyBudget } from './storage.ts'
import { PyName, PyObject, told, type TorchValue } from './values.ts'

type Args = readonly TorchValue[]

/** What NumPy's constructors need of the file that is read. */
export interface NumpyContext {
  readonly where: string
  readonly budget: CopyBudget
  /** What still waits for its state, with what to do then. */
  readonly unfinished: Map<TorchValue, (state: TorchValue) => void>
}

/** Element types by NumPy's letter and size. */
const types: Readonly<Record<string, DType>> = {
  f4: 'float32',
  f8: 'float64',
  f2: 'float16',
  i8: 'int64',
  i4: 'int32',
  i2: 'int16',
  i1: 'int8',
  u8: 'uint64',
  u4: 'uint32',
  u2: 'uint16',
  u1: 'uint8',
  b1: 'bool',
}

interface NumpyConstructor {
  call?(args: Args, context: NumpyContext): TorchValue
}

const scalar: NumpyConstructor = {
  call([type, bytes], context) {
    const { data } = arrayOf([], type, bytes, false, context)
    const value = data[0]
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
    return dtypeOf(type, context.where).dtype === 'bool' ? value !== 0 : value
  },
}

/** `_reconstruct(ndarray, (0,), b'b')` makes an array that its state then fills: (version, shape, type, isFortran, bytes). */
const reconstruct: NumpyConstructor = {
  call(_, context) {
    const made = { ...zeros('uint8', [0]) }
    context.unfinished.set(made, (state) => {
      const [, shape, type, isFortran, bytes] = Array.isArray(state) ? (state as Args) : []
      Object.assign(made, arrayOf(shape, type, bytes, isFortran === true, context))
      context.unfinished.delete(made)
    })
    return made
  },
}

const fromBuffer: NumpyConstructor = {
  call: ([bytes, type, shape, order], context) => arrayOf(shape, type, bytes, order === 'F', context),
}

const dtype: NumpyConstructor = {
  call([code], { where, unfinished }) {
    const type = new PyObject('numpy.dtype')
    type.attributes.set('code', typeof code === 'string' ? code : null)
    dtypeOf(type, where)
    // (version, byte order, ...)
    unfinished.set(type, (state) => void type.attributes.set('order', Array.isArray(state) ? (state as Args)[1] : null))
    return type
  },
}

/** NumPy's constructors, as far as checkpoints hold scalars and arrays. */
export const numpyNames: Readonly<Record<string, NumpyConstructor>> = {
  'numpy dtype': dtype,
  'numpy ndarray': {},
  ...Object.fromEntries(
    ['numpy.core', 'numpy._core'].flatMap((module) => [
      [`${module}.multiarray scalar`, scalar],
      [`${module}.multiarray _reconstruct`, reconstruct],
      [`${module}.numeric _frombuffer`, fromBuffer],
    ]),
  ),
  ...Object.fromEntries(
    Object.keys(types).map((code) => [
      `numpy.dtypes ${className(code)}`,
      { call: (_: Args, context: NumpyContext) => dtype.call!([code], context) },
    ]),
  ),
  // How protocol 2 writes bytes
  '_codecs encode': {
    call: ([text], { where }) => {
      if (typeof text !== 'string')
        throw new FormatError(where, `has ${told(text)} in place of bytes; the file is damaged`)
      return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
    },
  },
}

/** `f4` as `Float32DType`. */
function className(code: string): string {
  if (code === 'b1') return 'BoolDType'
  const kind = { f: 'Float', i: 'Int', u: 'UInt' }[code[0]]
  return `${kind}${8 * Number(code[1])}DType`
}

function dtypeOf(type: TorchValue, where: string): { dtype: DType; bigEndian: boolean } {
  const code = type instanceof PyObject ? type.attributes.get('code') : type instanceof PyName ? String(type) : type
  const found = typeof code === 'string' ? types[code.replace(/^[<>|=]/, '')] : undefined
  if (!found)
    throw new FormatError(
      where,
      `has a NumPy array of ${told(code)}; its elements can be ${Object.keys(types).join(', ')}`,
    )
  return { dtype: found, bigEndian: type instanceof PyObject && type.attributes.get('order') === '>' }
}

function arrayOf(
  shape: TorchValue,
  type: TorchValue,
  bytes: TorchValue,
  isFortran: boolean,
  context: NumpyContext,
): Tensor {
  const { where, budget } = context
  const { dtype: element, bigEndian } = dtypeOf(type, where)
  const sizes = Array.isArray(shape) ? (shape as Args) : null
  if (!sizes?.every((n): n is number => Number.isSafeInteger(n) && Number(n) >= 0) || !(bytes instanceof Uint8Array))
    throw new FormatError(where, `has a NumPy array of shape ${told(shape)} without its bytes; the file is damaged`)
  if (bytes.length !== sizeOf(sizes) * bytesOf(element))
    throw new FormatError(
      where,
      `has a NumPy array ${shown(sizes)} of ${element} with ${bytes.length} bytes; it takes ${sizeOf(sizes) * bytesOf(element)}`,
    )
  const strides = isFortran ? stridesOf(sizes.toReversed()).toReversed() : stridesOf(sizes)
  return viewed(
    new TorchStorage(bytes, element, bigEndian),
    element,
    { offset: 0, shape: sizes, strides },
    budget,
    where,
  )
}

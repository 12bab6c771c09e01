import { bytesOf, viewAs, type DType, type TypedArray } from '../core/dtype.ts'
import { FormatError, shown } from '../core/errors.ts'
import { sizeOf, stridesOf, type Tensor } from '../core/tensor.ts'

/** The memory that one or more tensors of a checkpoint view. */
export class TorchStorage {
  readonly bytes: Uint8Array
  /** Null where it is told only by the tensors. */
  readonly dtype: DType | null
  /** Whether the most significant byte of an element comes first. */
  private readonly bigEndian: boolean
  private readonly seen = new Map<DType, TypedArray>()

  constructor(bytes: Uint8Array, dtype: DType | null, bigEndian = false) {
    this.bytes = bytes
    this.dtype = dtype
    this.bigEndian = bigEndian
  }

  /** The whole memory as elements of a type; a view where alignment allows. */
  as(dtype: DType): TypedArray {
    const known = this.seen.get(dtype)
    if (known) return known
    const size = bytesOf(dtype)
    const bytes = this.bigEndian ? swapped(this.bytes, size) : this.bytes
    const elements = viewAs(dtype, bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / size))
    this.seen.set(dtype, elements)
    return elements
  }
}

/** How a tensor lies in its storage, in elements. */
export interface View {
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

/** Elements that may still be copied out of views; what overlapping views unfold to is bounded by it. */
export interface CopyBudget {
  left: number
}

/** More axes than any tensor of PyTorch or NumPy has. */
const mostAxes = 64

/** The tensor that a view shows, in C order: a view of the storage itself where it lies there so. */
export function viewed(storage: TorchStorage, dtype: DType, view: View, budget: CopyBudget, where: string): Tensor {
  const elements = storage.as(dtype)
  checkView(view, elements.length, where)
  const { offset, shape } = view
  const length = sizeOf(shape)
  const data = isContiguous(view)
    ? elements.subarray(offset, offset + length)
    : gathered(elements, view, length, budget, where)
  if (dtype === 'bool' && data.some((value) => value > 1))
    throw new FormatError(where, `a tensor ${shown(shape)} of bool holds bytes above 1; the file is damaged`)
  return { dtype, shape, data }
}

function checkView({ offset, shape, strides }: View, available: number, where: string): void {
  if (shape.length !== strides.length || shape.length > mostAxes)
    throw new FormatError(
      where,
      `a tensor ${shown(shape)} has the strides ${shown(strides)}; it takes one for each axis`,
    )
  const length = sizeOf(shape)
  const last = length === 0 ? offset - 1 : shape.reduce((sum, n, axis) => sum + (n - 1) * strides[axis], offset)
  if (!Number.isSafeInteger(length) || !(last < available))
    throw new FormatError(
      where,
      `a tensor ${shown(shape)} with strides ${shown(strides)} from element ${offset} does not fit in its storage of ${available} elements; the file is damaged`,
    )
}

function isContiguous({ shape, strides }: View): boolean {
  const dense = stridesOf(shape)
  return sizeOf(shape) === 0 || shape.every((n, axis) => n === 1 || strides[axis] === dense[axis])
}

function gathered(
  elements: TypedArray,
  { offset, shape, strides }: View,
  length: number,
  budget: CopyBudget,
  where: string,
): TypedArray {
  budget.left -= length
  if (budget.left < 0)
    throw new FormatError(
      where,
      'its tensors unfold to far more elements than the file holds; it is damaged or made to exhaust memory',
    )
  const out = new (elements.constructor as new (length: number) => TypedArray)(length) // of the same kind as elements
  const index = new Array<number>(shape.length).fill(0)
  let from = offset
  for (let to = 0; to < length; to++) {
    out[to] = elements[from]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]
      if (++index[axis] < shape[axis]) break
      from -= index[axis] * strides[axis]
      index[axis] = 0
    }
  }
  return out
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) out[i] = bytes[i - (i % size) + size - 1 - (i % size)]
  return out
}

import { dtypes } from '../core/dtype.ts'
import { FormatError, shown } from '../core/errors.ts'
import type { Tensor } from '../core/tensor.ts'
import type { TorchStorage } from './storage.ts'

/**
 * What a checkpoint holds, in place of Python's values: dictionaries are Maps, lists and tuples are arrays, integers
 * beyond 2^53 are bigint, NumPy's arrays are tensors like PyTorch's.
 */
export type TorchValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Tensor
  | TorchStorage
  | PyName
  | PyObject
  | readonly TorchValue[]
  | TorchMap
  | Set<TorchValue>

/** A dictionary of a checkpoint. Keys may be numbers: optimisers count their parameters. */
export interface TorchMap extends Map<TorchValue, TorchValue> {}

/** A name of Python's that a pickle refers to: an element type, a class, a constructor. */
export class PyName {
  readonly module: string
  readonly name: string

  constructor(module: string, name: string) {
    this.module = module
    this.name = name
  }

  toString(): string {
    return `${this.module}.${this.name}`
  }
}

/** An object of a class without behaviour: a module of a TorchScript archive, or a namespace of options. */
export class PyObject {
  readonly className: string
  readonly attributes: Map<string, TorchValue> = new Map()

  constructor(className: string) {
    this.className = className
  }
}

/** Whether a value of a checkpoint is a tensor. */
export function isTensor(value: unknown): value is Tensor {
  return (
    typeof value === 'object' &&
    value !== null &&
    'dtype' in value &&
    'shape' in value &&
    'data' in value &&
    Array.isArray(value.shape) &&
    ArrayBuffer.isView(value.data) &&
    dtypes.some((dtype) => dtype === value.dtype)
  )
}

/** A value as it may stand in an error sentence: what is large or nested by its kind alone. */
export function told(value: TorchValue | undefined): string {
  if (value instanceof PyName) return shown(String(value))
  if (value instanceof Map) return 'a dictionary'
  if (value instanceof Set) return 'a set'
  if (value instanceof Uint8Array) return 'bytes'
  if (Array.isArray(value)) {
    const items = value as readonly TorchValue[]
    const isShort = items.length <= 64 && items.every((item) => typeof item !== 'object' || item === null)
    return isShort ? shown(items) : 'a list'
  }
  if (isTensor(value)) return 'a tensor'
  if (typeof value === 'object' && value !== null)
    return value instanceof PyObject ? shown(value.className) : 'a storage'
  return shown(value)
}

/** A key as text; keys of containers are hardly ever anything else. */
export function keyText(key: TorchValue): string {
  return typeof key === 'string' ? key : told(key)
}

/** The parts of a container with their keys; empty for what is no container. */
export function partsOf(value: TorchValue): Iterable<readonly [key: TorchValue, part: TorchValue]> {
  if (value instanceof Map) return value
  if (value instanceof PyObject) return value.attributes
  if (value instanceof Set) return [...value].entries()
  return Array.isArray(value) ? (value as readonly TorchValue[]).entries() : []
}

/** No real checkpoint nests its containers deeper, or holds more values. */
const deepest = 100
const most = 10_000_000

/** Refuses values that nobody can walk through: too deep, endless, or unfolding to too many. */
export function checkWalkable(value: TorchValue, where: string): void {
  let seen = 0
  const walk = (part: TorchValue, depth: number): void => {
    if (depth > deepest)
      throw new FormatError(
        where,
        `nests its values more than ${deepest} deep or within themselves; it is no checkpoint`,
      )
    if (++seen > most)
      throw new FormatError(where, `unfolds to more than ${most} values; it is damaged or made to exhaust memory`)
    for (const [key, inner] of partsOf(part)) {
      if (Array.isArray(key)) walk(key as readonly TorchValue[], depth + 1)
      walk(inner, depth + 1)
    }
  }
  walk(value, 0)
}

import type { TypedArray } from '../../core/dtype.ts'
import { isImage } from '../../core/image.ts'
import { isRecord } from '../../core/json.ts'
import { prepared } from '../../core/largeArrays.ts'
import { isTensorLike } from '../../core/tensor.ts'
import { settle } from '../../transforms/define.ts'
import { usedUp } from '../../transforms/handover.ts'
import type { Dataset } from './dataset.ts'
import { lentResult } from './items.ts'

/** The result for an item, with its voxels in memory that threads share, where the platform has such. */
export function sharedResult(dataset: Dataset, index: number): unknown {
  return usedUp(() => inSharedMemory(lentResult(dataset, index)))
}

function inSharedMemory(result: unknown): unknown {
  if (isTensorLike(result)) {
    const tensor = isImage(result) ? settle(result) : result
    return { ...tensor, data: shared(tensor.data) }
  }
  if (Array.isArray(result)) return result.map(inSharedMemory)
  if (!isRecord(result) || ArrayBuffer.isView(result)) return result
  return Object.fromEntries(
    Object.entries(result).map(([key, value]) => [key, isTensorLike(value) ? inSharedMemory(value) : value]),
  )
}

function shared<T extends TypedArray>(data: T): T {
  if (typeof SharedArrayBuffer === 'undefined' || data.buffer instanceof SharedArrayBuffer) return data
  const Type = data.constructor as new (buffer: SharedArrayBuffer) => T & { set(from: T): void }
  const copy = prepared(new Type(new SharedArrayBuffer(data.byteLength)))
  copy.set(data)
  return copy
}

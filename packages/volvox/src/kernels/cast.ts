import { castArray } from '../core/convert.ts'
import { bytesIn, bytesOf, isFloating, uncleared, type DType, type TypedArray } from '../core/dtype.ts'
import type { KernelExports } from './exports.ts'
import { withOwnScratch } from './runtime.ts'

/** Elements of one round: little enough to stay in the processor's cache. */
const chunk = 1 << 15

/** `castArray`, many elements at a time where float32 becomes whole numbers, bool or float16. */
export function castVoxels(data: TypedArray, from: DType, to: DType): TypedArray {
  const known = !isFloating(to) || to === 'float16'
  if (from !== 'float32' || !(data instanceof Float32Array) || !known) return castArray(data, from, to)
  const out = uncleared(to, data.length)
  const bytes = bytesOf(to)
  withOwnScratch('castVoxels', (4 + bytes) * chunk + 64, (scratch) => {
    const [source, target] = [scratch.take(4 * chunk), scratch.take(bytes * chunk)]
    for (let at = 0; at < data.length; at += chunk) {
      const part = data.subarray(at, at + chunk)
      scratch.floats(source, part.length).set(part)
      if (convert(scratch.kernels, to, source, target, part.length))
        bytesIn(out).set(scratch.bytes(target, bytes * part.length), bytes * at)
      else out.set(castArray(part, from, to) as never, at)
    }
  })
  return out
}

/** Whether the kernel could do it: it gives up on numbers that are rare. */
function convert(kernels: KernelExports, to: DType, source: number, target: number, length: number): boolean {
  if (to === 'float16') return kernels.halvesOf(source, target, 0, length) === 1
  if (to !== 'bool') return kernels.wholeNumbersOf(source, target, bytesOf(to), 0, length) === 1
  kernels.notZero(source, target, 0, length)
  return true
}

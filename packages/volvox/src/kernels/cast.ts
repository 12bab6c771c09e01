import { castArray } from '../core/convert.ts'
import { bytesIn, bytesOf, isFloating, uncleared, type DType, type TypedArray } from '../core/dtype.ts'
import { withScratch } from './runtime.ts'

/** Elements of one round: little enough to stay in the processor's cache. */
const chunk = 1 << 15

/** `castArray`, many elements at a time where float32 becomes whole numbers or bool. */
export function castVoxels(data: TypedArray, from: DType, to: DType): TypedArray {
  if (from !== 'float32' || !(data instanceof Float32Array) || isFloating(to)) return castArray(data, from, to)
  const out = uncleared(to, data.length)
  const bytes = bytesOf(to)
  withScratch('castVoxels', (4 + bytes) * chunk + 64, (scratch) => {
    const [source, target] = [scratch.take(4 * chunk), scratch.take(bytes * chunk)]
    for (let at = 0; at < data.length; at += chunk) {
      const part = data.subarray(at, at + chunk)
      scratch.floats(source, part.length).set(part)
      const { kernels } = scratch
      const done =
        to === 'bool'
          ? (kernels.notZero(source, target, 0, part.length), true)
          : kernels.wholeNumbersOf(source, target, bytes, 0, part.length) === 1
      if (done) bytesIn(out).set(scratch.bytes(target, bytes * part.length), bytes * at)
      else out.set(castArray(part, from, to) as never, at)
    }
  })
  return out
}

import { setFlagsFromString } from 'node:v8'

/**
 * Lets V8's heap grow to four times of what was alive before all that is alive is marked again, as V8 does by itself for programs that
 * allocate many small objects. Otherwise a single array of 8 MB makes it mark, beside all of Volvox 20 to 30 ms of the processor that
 * kernels were about to use, though images that nobody holds are found without that.
 */
export function markRarely(): void {
  setFlagsFromString('--heap-growing-percent=300')
}

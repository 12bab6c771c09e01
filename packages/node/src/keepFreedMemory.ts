import { createRequire } from 'node:module'
import { useUnclearedMemory } from 'volvox'

/** Names of glibc's malloc.h. */
const trimThreshold = -1
const mostMappings = -4
const keptBytes = 256 * 2 ** 20

let done = false

/**
 * Lets this process use the memory of collected arrays again, and keep 256 MiB of it where none uses it. By itself glibc gives
 * it back to the system, large arrays one by one, and asking for it anew costs 0.3 ms a megabyte: as much as many transforms
 * take. Nor is memory cleared that is written at once. For programs that transform images again and again; on few processors
 * they had better be started as `node --v8-pool-size=1`, since V8 looks for what is alive in as many threads as that, which take
 * the processors from kernels. A step of a training takes 6 % less time with it (docs/performance.md). Elsewhere than on glibc nothing
 * is kept, and false is returned.
 */
export function keepFreedMemory(): boolean {
  useUnclearedMemory((bytes) => Buffer.allocUnsafeSlow(bytes).buffer)
  return (done ||= process.platform === 'linux' && setThresholds())
}

function setThresholds(): boolean {
  try {
    const { default: koffi } = createRequire(import.meta.url)('koffi') as typeof import('koffi')
    const set = koffi.load(null).func('int mallopt(int name, int value)') as (name: number, value: number) => number
    return set(mostMappings, 0) === 1 && set(trimThreshold, keptBytes) === 1
  } catch {
    return false // another C library, or a platform that koffi is not built for
  }
}

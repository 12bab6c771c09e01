import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { useUnclearedMemory } from 'volvox'

/** Names of glibc's malloc.h. */
const trimThreshold = -1
const mostMappings = -4
const keptBytes = 256 * 2 ** 20

let done = false

/**
 * Lets this process use the memory of collected arrays again, and keep 256 MiB of it where none uses it. By itself glibc gives
 * it back to the system, large arrays one by one, and asking for it anew costs 0.3 ms a megabyte: as much as many transforms
 * take. Nor is memory cleared that is written at once. Elsewhere than on glibc nothing is kept, and false is returned. V8 no
 * longer looks for what is alive in threads of its own, which take the processors from kernels, but in turn with the program,
 * which takes a quarter of the time. For programs that transform images again and again; to be called first.
 */
export function keepFreedMemory(): boolean {
  if (!done) setFlagsFromString('--no-concurrent-marking')
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

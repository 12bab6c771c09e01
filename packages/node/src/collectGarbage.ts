import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | null = null

/**
 * Collects this thread's garbage now. V8 does not count memory that threads share as memory of any of them, so it does not notice that
 * gigabytes of it wait for a collection; with a heap of the usual size it takes about 10 ms.
 */
export function collectGarbage(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc') // stays so: other threads may be about to do the same
    collect = runInNewContext('gc') as () => void // V8's own, in contexts that are made while the flag is set
  }
  collect()
}

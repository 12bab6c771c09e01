import { breath } from '../breath.ts'
import type { BatchSource } from '../workers.ts'
import type { Dataset } from './dataset.ts'
import { sharedResult } from './sharedMemory.ts'

/** Who makes results. */
export interface Makers {
  readonly dataset: Dataset
  /** Starts threads, or gives those that were started before; null where this thread is alone. */
  readonly threads: () => BatchSource | null
  /** Whether this thread works too, since nothing else is to be done before all results are there. */
  readonly besides: boolean
}

/** A thread takes 0.3 s to start, which slows this one down: so much must be left to do for it. */
const worthMs = 600
/** Until code has been compiled items take longer than later ones. */
const warmUpMs = 200

/**
 * The results of a data set for some items, in order, in memory that threads share. A failure is told where its turn comes, so that
 * it is the same one whoever made it.
 */
export async function* filled(
  { dataset, threads, besides }: Makers,
  indices: readonly number[],
): AsyncGenerator<unknown, void, void> {
  let source = besides ? null : threads()
  const works = source === null
  const pace = new Pace()
  const under: Turn[] = []
  let next = 0
  const askAhead = ({ ahead, result }: BatchSource): void => {
    while (next < indices.length && open(under) < ahead) under.push(asked(result(indices[next++])))
  }
  for (;;) {
    if (besides && source === null && pace.msFor(indices.length - next) > worthMs) source = threads()
    if (source) askAhead(source)
    if (works && next < indices.length && !under[0]?.done) {
      under.push(madeHere(dataset, indices[next++]))
      pace.oneMore()
      await breath()
      continue
    }
    const first = under.shift()
    if (!first) return
    yield await first.result
  }
}

/** How fast this thread makes items. */
class Pace {
  private readonly began = performance.now()
  private last = this.began
  private readonly recent: number[] = []

  oneMore(): void {
    const now = performance.now()
    this.recent.push(now - this.last)
    if (this.recent.length > 4) this.recent.shift()
    this.last = now
  }

  /** How long so many more will take; 0 as long as nobody can tell. */
  msFor(count: number): number {
    return this.last - this.began < warmUpMs ? 0 : count * Math.min(...this.recent)
  }
}

/** A result that is being made. */
interface Turn {
  readonly result: Promise<unknown>
  done: boolean
}

/** How many results threads still have to make. */
function open(turns: readonly Turn[]): number {
  return turns.filter(({ done }) => !done).length
}

function asked(result: Promise<unknown>): Turn {
  const turn: Turn = { result, done: false }
  const end = (): void => void (turn.done = true)
  result.then(end, end) // until its turn comes a failure is not "unhandled"
  return turn
}

function madeHere(dataset: Dataset, index: number): Turn {
  const result = new Promise((resolve) => resolve(sharedResult(dataset, index)))
  result.catch(() => {})
  return { result, done: true }
}

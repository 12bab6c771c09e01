/**
 * Starts jobs before their results are asked for, `ahead` of them at a time, and gives each with its result, in order. A failure is
 * reported where its result is awaited.
 */
export async function* startedAhead<J, R>(
  jobs: Iterable<J> | AsyncIterable<J>,
  ahead: () => number,
  start: (job: J) => Promise<R>,
): AsyncGenerator<readonly [job: J, result: Promise<R>], void, void> {
  const source = Symbol.asyncIterator in jobs ? jobs[Symbol.asyncIterator]() : jobs[Symbol.iterator]()
  const under: (readonly [J, Promise<R>])[] = []
  let more = true
  try {
    for (;;) {
      while (more && under.length < ahead()) {
        const next = await source.next()
        if (next.done) {
          more = false
          break
        }
        const result = start(next.value)
        result.catch(() => {}) // until its turn comes it is not "unhandled"
        under.push([next.value, result])
      }
      const first = under.shift()
      if (!first) return
      yield first
    }
  } finally {
    await source.return?.()
  }
}

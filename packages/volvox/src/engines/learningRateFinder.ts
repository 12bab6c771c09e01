import { DataError, OptionError } from '../core/errors.ts'
import { count, nonNegative, oneOf, parseOptions, positive, type Given, type Schema } from '../core/options.ts'
import type { SampleBatch } from '../data/collate.ts'
import { ExponentialLR, LinearLR } from '../optimizers/rates.ts'
import type { Learner } from './learner.ts'

const rangeOptions = {
  startLr: positive.opt('Learning rate of the first step; that of the optimiser when null.', null),
  endLr: positive.opt('Learning rate of the last step.', 10),
  numIter: count.where((n) => n > 1, 'a whole number above 1').opt('Number of steps.', 100),
  stepMode: oneOf('exp', 'linear').opt('Whether rates grow by equal factors or in equal steps.', 'exp'),
  smoothF: nonNegative
    .where((f) => f < 1, 'a number of 0 or more and below 1')
    .opt('Share of the newest loss in the one that is kept; losses are kept as they are when 0.', 0.05),
  divergeTh: positive.opt('The test ends when the loss is so many times the least one.', 5),
} satisfies Schema

/** Rates and losses step by step. */
export interface RangeHistory {
  readonly lr: number[]
  readonly loss: number[]
}

/** A search for a learning rate: train for some steps while it grows, and see where the loss falls fastest. */
export interface RateFinder {
  /** What the last test found. */
  readonly history: RangeHistory
  /** Trains on the batches, over and over, and remembers losses. */
  rangeTest(
    batches: Iterable<SampleBatch> | AsyncIterable<SampleBatch>,
    options?: Given<typeof rangeOptions>,
  ): Promise<void>
  /** The rate and loss where the loss falls fastest from step to step; null after fewer than two steps. The last step never counts. */
  getSteepestGradient(skipStart?: number, skipEnd?: number): { readonly lr: number; readonly loss: number } | null
  /** Gives the learner back what it knew before the last test. */
  reset(): Promise<void>
}

/** Finds a learning rate for a learner (Smith 2017; MONAI LearningRateFinder). */
export function LearningRateFinder({ learner }: { readonly learner: Learner }): RateFinder {
  const history: RangeHistory = { lr: [], loss: [] }
  let before: Awaited<ReturnType<Learner['read']>> | null = null
  return {
    history,
    async rangeTest(batches, given = {}) {
      const o = parseOptions('LearningRateFinder.rangeTest', rangeOptions, given)
      const rate = (o.stepMode === 'exp' ? ExponentialLR : LinearLR)({ endLr: o.endLr, numIter: o.numIter })
      before = copied(await learner.read())
      history.lr.length = history.loss.length = 0
      let [least, step] = [Infinity, 0]
      for await (const batch of repeated(batches)) {
        const learningRate = rate(step, o.startLr ?? learner.learningRate)
        step++
        const fresh = (await learner.step(batch, { step, learningRate, seed: step })).loss
        const last = history.loss.at(-1)
        const loss = last === undefined || o.smoothF === 0 ? fresh : o.smoothF * fresh + (1 - o.smoothF) * last
        history.lr.push(learningRate)
        history.loss.push(loss)
        least = Math.min(least, loss)
        if (step === o.numIter || !(loss <= o.divergeTh * least)) return
      }
    },
    getSteepestGradient(skipStart = 0, skipEnd = 0) {
      for (const [name, n] of Object.entries({ skipStart, skipEnd }))
        if (!(n >= 0)) throw new OptionError(`LearningRateFinder.${name}`, `${n} does not fit; give 0 or more`)
      const losses = history.loss.slice(skipStart, Math.max(0, history.loss.length - skipEnd - 1))
      if (losses.length < 2) return null
      const slopes = losses.map((_, i) => {
        const [from, to] = [Math.max(0, i - 1), Math.min(losses.length - 1, i + 1)]
        return (losses[to] - losses[from]) / (to - from)
      })
      const at = slopes.indexOf(Math.min(...slopes))
      return { lr: history.lr[skipStart + at], loss: losses[at] }
    },
    async reset() {
      if (before) await learner.write(before)
    },
  }
}

async function* repeated(batches: Iterable<SampleBatch> | AsyncIterable<SampleBatch>): AsyncGenerator<SampleBatch> {
  for (;;) {
    let any = false
    for await (const batch of batches) {
      any = true
      yield batch
    }
    if (!any) throw new DataError('LearningRateFinder.rangeTest', 'got no batches; give a loader with at least one')
  }
}

/** Copies, of the same types: an executor may go on in the tensors that it gave. */
function copied(tensors: Awaited<ReturnType<Learner['read']>>): typeof tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() } as typeof tensor]),
  )
}

import { sizeOf, type Tensor } from '../core/tensor.ts'
import { nameOf, type Program, type Value } from '../graph/ir.ts'
import type { RandomState } from '../rng/index.ts'
import type { RandomFeed } from './pass.ts'

/** What an input wants drawn; null for inputs that the caller feeds. */
export function randomFeedOf(input: Value): RandomFeed | null {
  const random = input.node.attrs.random
  return random === undefined ? null : (random as RandomFeed) // only randomInput() sets it
}

/**
 * Values for the inputs of `program` that are random (dropout masks), drawn in the program's order. Hand in a generator
 * seeded from the step number, and a resumed run draws what the interrupted one would have drawn.
 */
export function fillRandomInputs(program: Program, rng: RandomState): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {}
  for (const input of program.inputs) {
    const random = randomFeedOf(input)
    if (random) feeds[nameOf(input)] = dropoutMask(input.shape, random.p, rng)
  }
  return feeds
}

function dropoutMask(shape: readonly number[], p: number, rng: RandomState): Tensor {
  const data = new Float32Array(sizeOf(shape))
  const kept = 1 / (1 - p)
  if (p < 1) for (let i = 0; i < data.length; i++) data[i] = rng.randomSample() < p ? 0 : kept
  return { dtype: 'float32', shape, data }
}

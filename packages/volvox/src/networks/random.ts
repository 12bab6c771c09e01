import { sizeOf, type Tensor } from '../core/tensor.ts'
import { nameOf, type Value } from '../graph/ir.ts'
import type { TorchGenerator } from '../rng/index.ts'
import type { RandomFeed } from './pass.ts'

/** What an input wants drawn; null for inputs that the caller feeds. */
export function randomFeedOf(input: Value): RandomFeed | null {
  const random = input.node.attrs.random
  return random === undefined ? null : (random as RandomFeed) // only randomInput() sets it
}

/**
 * Values for those inputs of a program that are random (dropout masks, noise), as torch would draw them. Hand in a generator
 * seeded from the step number, and a resumed run draws what the interrupted one would have drawn.
 */
export function fillRandomInputs(
  { inputs }: { readonly inputs: readonly Value[] },
  rng: TorchGenerator,
): Record<string, Tensor> {
  const wanted = inputs.flatMap((input) => {
    const feed = randomFeedOf(input)
    return feed ? [{ input, feed }] : []
  })
  wanted.sort((a, b) => a.feed.order - b.feed.order)
  return Object.fromEntries(
    wanted.map(({ input, feed }) => {
      const size = sizeOf(input.shape)
      const data = draw(feed, size, rng)
      return [nameOf(input), { dtype: 'float32', shape: input.shape, data }]
    }),
  )
}

function draw(feed: RandomFeed, size: number, rng: TorchGenerator): Float32Array {
  switch (feed.kind) {
    case 'normal':
      return rng.randn(size)
    case 'scatteredNormal':
      return rng.randnScattered(size)
    case 'dropout':
      return rng.dropoutMask(feed.p, size)
    case 'permutation':
      return Float32Array.from(rng.randperm(feed.of).slice(0, size))
    case 'drop':
      return rng.rand(size).map((u) => Math.floor(Math.fround(u + Math.fround(1 - feed.p))) / (1 - feed.p))
  }
}

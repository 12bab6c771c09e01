import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RandomState } from './randomState.ts'
import { TorchGenerator } from './torch.ts'

test("the first draws of seeds 0 and [1, 2, 3, 4] are NumPy's", () => {
  expect([...new RandomState(0).randomSample(3)]).toEqual([0.5488135039273248, 0.7151893663724195, 0.6027633760716439])
  expect([...new RandomState([1, 2, 3, 4]).randomSample(2)]).toEqual([0.6788657548888402, 0.07791415735404539])
  expect(new RandomState(0).randint(10, null, 4)).toEqual([5, 0, 3, 3])
})

// One of each kind of draw, including those that leave a Gaussian waiting.
const draws: readonly ((rng: RandomState) => unknown)[] = [
  (rng) => rng.uniform(-1, 1),
  (rng) => rng.normal(),
  (rng) => rng.randint(0, 7, 3, 'uint8'),
  (rng) => rng.permutation(5),
  (rng) => rng.beta(0.5, 2),
  (rng) => rng.choice(4, 2, { replace: false, p: [0.1, 0.2, 0.3, 0.4] }),
]

test('a state that went through JSON continues as if nothing had happened', () => {
  fc.assert(
    fc.property(
      fc.nat(0xffffffff),
      fc.array(fc.constantFrom(...draws)),
      fc.array(fc.constantFrom(...draws)),
      (seed, before, after) => {
        const rng = new RandomState(seed)
        for (const draw of before) draw(rng)
        const copy = RandomState.fromState(JSON.parse(JSON.stringify(rng.getState())))
        expect(after.map((draw) => draw(copy))).toEqual(after.map((draw) => draw(rng)))
      },
    ),
    { numRuns: 50 },
  )
})

test('whole numbers stay in their range and reach both ends', () => {
  for (const [low, high] of [
    [0, 3],
    [-5, 4],
    [0, 2 ** 40],
    [7, 8],
  ]) {
    const values = new RandomState(1).randint(low, high, 200)
    expect(values.every((value) => Number.isInteger(value) && value >= low && value < high)).toBe(true)
    if (high - low < 10) expect([Math.min(...values), Math.max(...values)]).toEqual([low, high - 1])
  }
})

test('moments are those of the distributions', () => {
  const rng = new RandomState(3)
  const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length
  expect(mean(rng.gamma(2.5, 2, 20000))).toBeCloseTo(5, 0)
  expect(mean(rng.poisson(42, 5000))).toBeCloseTo(42, 0)
  expect(mean(rng.binomial(500, 0.7, 5000))).toBeCloseTo(350, -1)
  expect(mean(rng.beta(2, 6, 20000))).toBeCloseTo(0.25, 1)
  expect(rng.multinomial(100, [0.2, 0.3, 0.5]).reduce((a, b) => a + b)).toBe(100)
})

test('bad arguments are refused in one sentence', () => {
  expect(() => new RandomState(-1)).toThrow(
    'RandomState.seed: -1 is not a seed; give whole numbers from 0 to 4294967295',
  )
  expect(() => new RandomState(0).randint(3, 3)).toThrow(/RandomState\.randint: no whole numbers/)
  expect(() => new RandomState(0).choice(3, 4, { replace: false })).toThrow(/4 different items cannot be taken from 3/)
  expect(() => new RandomState(0).setState({ key: [1], position: 0, gauss: null })).toThrow(/has 1 words/)
})

test('torch: the first draws of seed 0, and states that continue', () => {
  expect([...new TorchGenerator(0).rand(2)]).toEqual([0.49625658988952637, 0.7682217955589294])
  const generator = new TorchGenerator(5)
  generator.randn(3)
  const copy = new TorchGenerator(0)
  copy.setState(JSON.parse(JSON.stringify(generator.getState())))
  expect(copy.randn(5)).toEqual(generator.randn(5))
  expect(copy.randperm(9).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
})

test('many draws at once are the same as one by one, across refills and with half a pair waiting', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 5 }),
      (seed, sizes) => {
        const [many, single] = [new RandomState(seed), new RandomState(seed)]
        many.randint(7) // an odd number of words
        single.randint(7)
        for (const size of sizes) {
          expect(many.rand(size)).toEqual(Float64Array.from({ length: size }, () => single.rand()))
          expect(many.normal(2, 3, size)).toEqual(Float64Array.from({ length: size }, () => single.normal(2, 3)))
          expect(many.uniform(-1, 2, size)).toEqual(Float64Array.from({ length: size }, () => single.uniform(-1, 2)))
        }
        expect(many.getState()).toEqual(single.getState())
      },
    ),
    { numRuns: 30 },
  )
})

import { OptionError, shown } from '../core/errors.ts'
import { binomial } from './binomial.ts'
import { choiceByWeight, distinctByWeight, shuffleInPlace } from './choice.ts'
import {
  beta,
  fillGaussPairs,
  gaussPair,
  poisson,
  standardExponential,
  standardGamma,
  type Draws,
} from './distributions.ts'
import { boundedIntegers, type IntegerType } from './integers.ts'
import { MersenneTwister, type TwisterState } from './mt19937.ts'

/** Everything that the next draws depend on; plain data that survives JSON, for resumable runs. */
export interface RandomStateSnapshot extends TwisterState {
  /** The second Gaussian of the last pair, when it was not handed out yet. */
  readonly gauss: number | null
}

export interface ChoiceOptions {
  /** Whether an item may come twice; true unless given. */
  readonly replace?: boolean
  /** Probability of each item; equal ones unless given. */
  readonly p?: readonly number[] | null
}

/**
 * numpy.random.RandomState: for one seed the same numbers in the same order. Without `size` a method draws one value,
 * with it a flat list of so many (NumPy's shape, multiplied out).
 */
export class RandomState {
  private readonly bits: MersenneTwister
  private readonly draws: Draws
  private waiting: number | null = null

  /** A whole number from 0 to 2³²-1, or a list of them. */
  constructor(seed: number | readonly number[]) {
    this.bits = new MersenneTwister(seed)
    this.draws = { bits: this.bits, gauss: () => this.standardNormal() }
  }

  static fromState(snapshot: RandomStateSnapshot): RandomState {
    const rng = new RandomState(0)
    rng.setState(snapshot)
    return rng
  }

  getState(): RandomStateSnapshot {
    return { ...this.bits.getState(), gauss: this.waiting }
  }

  setState(snapshot: RandomStateSnapshot): void {
    this.bits.setState(snapshot)
    this.waiting = snapshot.gauss
  }

  /** Uniform in [0, 1). */
  randomSample(): number
  randomSample(size: number): Float64Array
  randomSample(size?: number): number | Float64Array {
    return size === undefined ? this.bits.nextDouble() : this.doubles(size)
  }

  /** Uniform in [0, 1); NumPy's other name for `randomSample`. */
  rand(): number
  rand(size: number): Float64Array
  rand(size?: number): number | Float64Array {
    return size === undefined ? this.bits.nextDouble() : this.doubles(size)
  }

  /** Uniform in [low, high); with lists, one value for each pair of bounds. */
  uniform(low?: number, high?: number): number
  uniform(low: number, high: number, size: number): Float64Array
  uniform(low: readonly number[], high: readonly number[]): Float64Array
  uniform(
    low: number | readonly number[] = 0,
    high: number | readonly number[] = 1,
    size?: number,
  ): number | Float64Array {
    if (typeof low === 'number' && typeof high === 'number') {
      const range = high - low
      if (size === undefined) return low + range * this.bits.nextDouble()
      const out = this.doubles(size)
      for (let i = 0; i < size; i++) out[i] = low + range * out[i]
      return out
    }
    if (typeof low === 'number' || typeof high === 'number' || low.length !== high.length)
      throw new OptionError(
        'RandomState.uniform',
        `bounds ${shown(low)} and ${shown(high)} do not pair up; give lists of one length`,
      )
    return Float64Array.from(low, (from, i) => from + (high[i] - from) * this.bits.nextDouble())
  }

  /** Uniform whole number in [low, high), or in [0, low) without `high`. `type` decides how many bits a draw uses up. */
  randint(low: number, high?: number | null): number
  randint(low: number, high: number | null, size: number, type?: IntegerType): number[]
  randint(low: number, high: number | null, size: null, type: IntegerType): number
  randint(
    low: number,
    high: number | null = null,
    size?: number | null,
    type: IntegerType = 'int64',
  ): number | number[] {
    const [from, to] = high === null ? [0, low] : [low, high]
    const draw = boundedIntegers(this.bits, from, to - 1 - from, type)
    return this.whole(size, draw)
  }

  /** Gaussian of mean 0 and deviation 1. */
  standardNormal(): number
  standardNormal(size: number): Float64Array
  standardNormal(size?: number): number | Float64Array {
    return size === undefined ? this.gauss() : this.gaussians(size)
  }

  /** Gaussian of mean 0 and deviation 1; NumPy's other name for `standardNormal`. */
  randn(): number
  randn(size: number): Float64Array
  randn(size?: number): number | Float64Array {
    return size === undefined ? this.gauss() : this.gaussians(size)
  }

  normal(mean?: number, deviation?: number): number
  normal(mean: number, deviation: number, size: number): Float64Array
  normal(mean = 0, deviation = 1, size?: number): number | Float64Array {
    if (size === undefined) return mean + deviation * this.gauss()
    const out = this.gaussians(size)
    for (let i = 0; i < size; i++) out[i] = mean + deviation * out[i]
    return out
  }

  lognormal(mean?: number, deviation?: number): number
  lognormal(mean: number, deviation: number, size: number): Float64Array
  lognormal(mean = 0, deviation = 1, size?: number): number | Float64Array {
    return this.reals(size, () => Math.exp(mean + deviation * this.gauss()))
  }

  standardExponential(): number
  standardExponential(size: number): Float64Array
  standardExponential(size?: number): number | Float64Array {
    return this.reals(size, () => standardExponential(this.draws))
  }

  exponential(scale?: number): number
  exponential(scale: number, size: number): Float64Array
  exponential(scale = 1, size?: number): number | Float64Array {
    return this.reals(size, () => scale * standardExponential(this.draws))
  }

  standardGamma(shape: number): number
  standardGamma(shape: number, size: number): Float64Array
  standardGamma(shape: number, size?: number): number | Float64Array {
    return this.reals(size, () => standardGamma(this.draws, shape))
  }

  gamma(shape: number, scale?: number): number
  gamma(shape: number, scale: number, size: number): Float64Array
  gamma(shape: number, scale = 1, size?: number): number | Float64Array {
    return this.reals(size, () => scale * standardGamma(this.draws, shape))
  }

  beta(a: number, b: number): number
  beta(a: number, b: number, size: number): Float64Array
  beta(a: number, b: number, size?: number): number | Float64Array {
    return this.reals(size, () => beta(this.draws, a, b))
  }

  poisson(mean?: number): number
  poisson(mean: number, size: number): number[]
  poisson(mean = 1, size?: number): number | number[] {
    return this.whole(size, () => poisson(this.draws, mean))
  }

  binomial(n: number, p: number): number
  binomial(n: number, p: number, size: number): number[]
  binomial(n: number, p: number, size?: number): number | number[] {
    return this.whole(size, () => binomial(this.draws, n, p))
  }

  /** How often each outcome comes in `n` trials. */
  multinomial(n: number, p: readonly number[]): number[] {
    const counts = new Array<number>(p.length).fill(0)
    let left = n
    let chance = 1
    for (let j = 0; j < p.length - 1 && left > 0; j++) {
      counts[j] = binomial(this.draws, left, p[j] / chance)
      left -= counts[j]
      chance -= p[j]
    }
    if (left > 0) counts[p.length - 1] += left
    return counts
  }

  /** One of 0 to n-1, or one item of a list; with `size` a list of such draws. */
  choice(from: number, size?: null, options?: ChoiceOptions): number
  choice(from: number, size: number, options?: ChoiceOptions): number[]
  choice<T>(from: readonly T[], size?: null, options?: ChoiceOptions): T
  choice<T>(from: readonly T[], size: number, options?: ChoiceOptions): T[]
  choice<T>(
    from: number | readonly T[],
    size: number | null = null,
    options: ChoiceOptions = {},
  ): number | T | (number | T)[] {
    const count = typeof from === 'number' ? from : from.length
    const indices = this.choiceIndices(count, size ?? 1, options)
    const items = typeof from === 'number' ? indices : indices.map((i) => from[i])
    return size === null ? items[0] : items
  }

  /** The numbers 0 to n-1, or the items of a list, in random order. */
  permutation(from: number): number[]
  permutation<T>(from: readonly T[]): T[]
  permutation<T>(from: number | readonly T[]): (number | T)[] {
    const items = typeof from === 'number' ? Array.from({ length: from }, (_, i) => i) : [...from]
    shuffleInPlace(this.bits, items)
    return items
  }

  /** Reorders the list itself. */
  shuffle(items: unknown[]): void {
    shuffleInPlace(this.bits, items)
  }

  bytes(length: number): Uint8Array {
    const words = Uint32Array.from({ length: Math.ceil(length / 4) }, () => this.bits.nextUint32())
    const out = new Uint8Array(words.length * 4)
    const view = new DataView(out.buffer)
    words.forEach((word, i) => view.setUint32(4 * i, word, true))
    return out.slice(0, length)
  }

  private choiceIndices(count: number, size: number, { replace = true, p = null }: ChoiceOptions): number[] {
    if (count < 1)
      throw new OptionError('RandomState.choice', 'there is nothing to choose from; give at least one item')
    if (p && p.length !== count)
      throw new OptionError('RandomState.choice', `${p.length} probabilities do not fit ${count} items`)
    if (!replace && size > count)
      throw new OptionError('RandomState.choice', `${size} different items cannot be taken from ${count}; set replace`)
    if (p) return replace ? choiceByWeight(this.bits, p, size) : distinctByWeight(this.bits, p, size)
    return replace ? this.randint(0, count, size) : this.permutation(count).slice(0, size)
  }

  private gauss(): number {
    if (this.waiting !== null) {
      const second = this.waiting
      this.waiting = null
      return second
    }
    const [first, second] = gaussPair(this.bits)
    this.waiting = second
    return first
  }

  private doubles(size: number): Float64Array {
    const out = new Float64Array(size)
    this.bits.fillDoubles(out)
    return out
  }

  private gaussians(size: number): Float64Array {
    const out = new Float64Array(size)
    const first = this.waiting !== null && size > 0 ? 1 : 0
    if (first === 1) out[0] = this.gauss()
    const even = size - first - ((size - first) % 2)
    fillGaussPairs(this.bits, out.subarray(first, first + even))
    if (first + even < size) out[size - 1] = this.gauss()
    return out
  }

  private reals(size: number | undefined, draw: () => number): number | Float64Array {
    if (size === undefined) return draw()
    const out = new Float64Array(size)
    for (let i = 0; i < size; i++) out[i] = draw()
    return out
  }

  private whole(size: number | null | undefined, draw: () => number): number | number[] {
    return size === undefined || size === null ? draw() : Array.from({ length: size }, draw)
  }
}

import { OptionError, shown } from '../core/errors.ts'

const words = 624
const shift = 397

/** The state of a Mersenne Twister: 624 words and how many of them were used. Survives JSON. */
export interface TwisterState {
  readonly key: readonly number[]
  readonly position: number
}

/** The Mersenne Twister MT19937 (Matsumoto and Nishimura 1998), the generator under NumPy's RandomState and torch's CPU generator. */
export class MersenneTwister {
  private readonly key = new Uint32Array(words)
  /** The words of the key as they are given out. */
  private readonly tempered = new Uint32Array(words)
  private position = words

  /** A whole number from 0 to 2³²-1 seeds as `init_genrand` does, a list of them as `init_by_array`. */
  constructor(seed: number | readonly number[]) {
    for (const value of typeof seed === 'number' ? [seed] : seed) checkWord(value)
    if (typeof seed === 'number') this.seedByWord(seed)
    else this.seedByList(seed)
  }

  /** The next 32 random bits, as a number from 0 to 2³²-1. */
  nextUint32(): number {
    if (this.position === words) this.refill()
    return this.tempered[this.position++]
  }

  /** A number in [0, 1) with 53 random bits, from two words. */
  nextDouble(): number {
    return real(this.nextUint32(), this.nextUint32())
  }

  /** Fills `out` with what so many calls of `nextDouble` give, several times faster. */
  fillDoubles(out: Float64Array): void {
    const { tempered } = this
    let i = 0
    while (i < out.length) {
      const end = Math.min(out.length, i + ((words - this.position) >>> 1))
      for (; i < end; i++, this.position += 2) out[i] = real(tempered[this.position], tempered[this.position + 1])
      if (i < out.length) out[i++] = this.nextDouble() // across the end of the key
    }
  }

  getState(): TwisterState {
    return { key: Array.from(this.key), position: this.position }
  }

  setState({ key, position }: TwisterState): void {
    if (key.length !== words) throw new OptionError('RandomState.key', `has ${key.length} words; MT19937 has ${words}`)
    if (!Number.isInteger(position) || position < 0 || position > words)
      throw new OptionError(
        'RandomState.position',
        `${shown(position)} is not a place in the state; give 0 to ${words}`,
      )
    for (const word of key) checkWord(word)
    this.key.set(key)
    this.position = position
    this.temper()
  }

  private seedByWord(seed: number): void {
    this.key[0] = seed
    for (let i = 1; i < words; i++) this.key[i] = Math.imul(1812433253, scrambled(this.key[i - 1])) + i
    this.position = words
  }

  private seedByList(seeds: readonly number[]): void {
    if (seeds.length === 0) throw new OptionError('RandomState.seed', 'the list is empty; give at least one number')
    this.seedByWord(19650218)
    const { key } = this
    let i = 1
    const step = () => {
      if (++i < words) return
      key[0] = key[words - 1]
      i = 1
    }
    for (let k = 0; k < Math.max(words, seeds.length); k++) {
      const j = k % seeds.length
      key[i] = (key[i] ^ Math.imul(scrambled(key[i - 1]), 1664525)) + seeds[j] + j
      step()
    }
    for (let k = 0; k < words - 1; k++) {
      key[i] = (key[i] ^ Math.imul(scrambled(key[i - 1]), 1566083941)) - i
      step()
    }
    key[0] = 0x80000000 // so that the state is never all zeros
  }

  private refill(): void {
    const { key } = this
    const left = words - shift
    for (let i = 0; i < left; i++) key[i] = key[i + shift] ^ twist(key[i], key[i + 1])
    for (let i = left; i < words - 1; i++) key[i] = key[i - left] ^ twist(key[i], key[i + 1])
    key[words - 1] = key[shift - 1] ^ twist(key[words - 1], key[0])
    this.position = 0
    this.temper()
  }

  private temper(): void {
    const { key, tempered } = this
    for (let i = 0; i < words; i++) {
      let y = key[i]
      y ^= y >>> 11
      y ^= (y << 7) & 0x9d2c5680
      y ^= (y << 15) & 0xefc60000
      tempered[i] = y ^ (y >>> 18)
    }
  }
}

function twist(word: number, next: number): number {
  const y = (word & 0x80000000) | (next & 0x7fffffff)
  return (y >>> 1) ^ (-(y & 1) & 0x9908b0df)
}

/** 53 random bits as a number in [0, 1). */
function real(first: number, second: number): number {
  return ((first >>> 5) * 67108864 + (second >>> 6)) * 2 ** -53
}

function scrambled(word: number): number {
  return word ^ (word >>> 30)
}

function checkWord(value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff)
    throw new OptionError('RandomState.seed', `${shown(value)} is not a seed; give whole numbers from 0 to 4294967295`)
}

import { OptionError } from '../core/errors.ts'
import { MersenneTwister, type TwisterState } from './mt19937.ts'

/** Everything that the next draws depend on; plain data that survives JSON. */
export interface TorchGeneratorSnapshot extends TwisterState {
  /** The second Gaussian of the last pair of a small draw. */
  readonly gauss: number | null
}

/** From so many values on, torch draws Gaussians in blocks of 16. */
const block = 16

/** torch's CPU generator: the values that `torch.manual_seed(seed)` and then these draws give, up to the last float32 bit. */
export class TorchGenerator {
  private readonly bits: MersenneTwister
  private waiting: number | null = null

  /** Only the low 32 bits of a seed count, as in torch. */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed))
      throw new OptionError('TorchGenerator.seed', `${seed} is not a seed; give a whole number`)
    this.bits = new MersenneTwister(((seed % 2 ** 32) + 2 ** 32) % 2 ** 32)
  }

  getState(): TorchGeneratorSnapshot {
    return { ...this.bits.getState(), gauss: this.waiting }
  }

  setState(snapshot: TorchGeneratorSnapshot): void {
    this.bits.setState(snapshot)
    this.waiting = snapshot.gauss
  }

  /** float32, uniform in [0, 1): `torch.rand`. */
  rand(size: number): Float32Array {
    return this.uniform(0, 1, size)
  }

  /** float64, uniform in [0, 1): `torch.rand(dtype=torch.double)`. */
  randDouble(size: number): Float64Array {
    return Float64Array.from({ length: size }, () => this.unitDouble())
  }

  /** float32, uniform in [low, high): `Tensor.uniform_`, which initialises convolutions and linear layers. */
  uniform(low: number, high: number, size: number): Float32Array {
    const out = new Float32Array(size)
    const span = Math.fround(high - low)
    for (let i = 0; i < size; i++) out[i] = Math.fround(this.unitFloat() * span) + Math.fround(low)
    return out
  }

  /** float32 Gaussians of mean 0 and deviation 1: `torch.randn`. */
  randn(size: number): Float32Array {
    return this.normal(0, 1, size)
  }

  /** float32 Gaussians as torch draws them for a tensor whose elements do not lie in memory in their order. */
  randnScattered(size: number): Float32Array {
    return Float32Array.from({ length: size }, () => this.gauss())
  }

  /** float32 Gaussians: `Tensor.normal_`. */
  normal(mean: number, deviation: number, size: number): Float32Array {
    const out = new Float32Array(size)
    this.fillNormal(out, () => this.unitFloat(), mean, deviation)
    return out
  }

  /** float64 Gaussians: `torch.randn(dtype=torch.double)`. */
  randnDouble(size: number): Float64Array {
    const out = new Float64Array(size)
    this.fillNormal(out, () => this.unitDouble(), 0, 1)
    return out
  }

  /** Whole numbers in [low, high), for spans up to 2³²: `torch.randint`. */
  randint(low: number, high: number, size: number): number[] {
    const span = high - low
    if (!Number.isInteger(low) || !(span >= 1 && span < 2 ** 32))
      throw new OptionError(
        'TorchGenerator.randint',
        `cannot draw from ${low} up to ${high}; give whole numbers less than 2^32 apart`,
      )
    return Array.from({ length: size }, () => low + (this.bits.nextUint32() % span))
  }

  /** The numbers 0 to n-1 in random order: `torch.randperm`. */
  randperm(n: number): number[] {
    const items = Array.from({ length: n }, (_, i) => i)
    for (let i = 0; i < n - 1; i++) {
      const j = i + (this.bits.nextUint32() % (n - i))
      ;[items[i], items[j]] = [items[j], items[i]]
    }
    return items
  }

  /** 1 with the probability given for each value, else 0: `torch.bernoulli` of a float32 tensor. */
  bernoulli(p: ArrayLike<number>): Float32Array {
    return Float32Array.from(p, (chance) => (this.unitFloat() < chance ? 1 : 0))
  }

  /** 0 with probability `p`, else 1 / (1 - p): what `torch.nn.Dropout` multiplies with. */
  dropoutMask(p: number, size: number): Float32Array {
    return Float32Array.from({ length: size }, () => (this.unitDouble() < 1 - p ? 1 / (1 - p) : 0))
  }

  /** `size` indices drawn with the given weights, with replacement: `torch.multinomial`. */
  multinomial(weights: readonly number[], size: number): number[] {
    let sum = 0
    const sums = weights.map((weight) => (sum += weight))
    return Array.from({ length: size }, () => {
      const u = this.unitDouble() * sum
      return sums.findIndex((step) => u < step)
    })
  }

  /** One index drawn by float32 weights: `torch.multinomial` of one sample. */
  pick(weights: Float32Array): number {
    let [best, largest] = [0, -1]
    weights.forEach((weight, i) => {
      const waiting = Math.fround(-Math.log1p(-this.unitDouble()))
      const rank = Math.fround(weight / waiting)
      if (rank > largest) [best, largest] = [i, rank]
    })
    return best
  }

  private unitFloat(): number {
    return (this.bits.nextUint32() & 0xffffff) / 2 ** 24
  }

  private unitDouble(): number {
    const high = this.bits.nextUint32() & 0x1fffff
    return (high * 2 ** 32 + this.bits.nextUint32()) / 2 ** 53
  }

  private fillNormal(out: Float32Array | Float64Array, unit: () => number, mean: number, deviation: number): void {
    if (out.length < block) {
      for (let i = 0; i < out.length; i++) out[i] = mean + deviation * this.gauss()
      return
    }
    for (let i = 0; i < out.length; i++) out[i] = unit()
    const whole = out.length - (out.length % block)
    for (let i = 0; i < whole; i += block) boxMuller(out.subarray(i, i + block), mean, deviation)
    if (whole === out.length) return
    const last = out.subarray(-block) // overlaps the block before, and is drawn anew
    for (let i = 0; i < block; i++) last[i] = unit()
    boxMuller(last, mean, deviation)
  }

  /** One Gaussian by Box-Muller; the sine half waits for the next call. */
  private gauss(): number {
    if (this.waiting !== null) {
      const second = this.waiting
      this.waiting = null
      return second
    }
    const angle = 2 * Math.PI * this.unitDouble()
    const radius = Math.sqrt(-2 * Math.log1p(-this.unitDouble()))
    this.waiting = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
}

/** Turns 16 uniform values into Gaussians in place: value j and value j + 8 make a pair. */
function boxMuller(values: Float32Array | Float64Array, mean: number, deviation: number): void {
  const half = block / 2
  for (let j = 0; j < half; j++) {
    const radius = Math.sqrt(-2 * Math.log(1 - values[j]))
    const angle = 2 * Math.PI * values[j + half]
    values[j] = radius * Math.cos(angle) * deviation + mean
    values[j + half] = radius * Math.sin(angle) * deviation + mean
  }
}

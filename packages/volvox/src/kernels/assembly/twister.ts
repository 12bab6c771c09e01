import { logarithm } from './logarithm'
import { low64 } from './shuffles'

// Uniform and normal numbers of a Mersenne Twister (MT19937) as float32: the same draws as rng/mt19937.ts, four words at a time.

const words: i32 = 624
const shift: i32 = 397
const upper: u32 = 0x80000000
const lower: u32 = 0x7fffffff
const polynomial: u32 = 0x9908b0df

/** Continues the 624 untempered words at `raw` by `count` more, a multiple of four. */
export function twistWords(raw: usize, count: i32): void {
  const first = raw + (<usize>words << 2)
  const stop = first + (<usize>count << 2)
  for (let at = first; at < stop; at += 16) {
    const before = at - (<usize>words << 2)
    v128.store(at, twisted(v128.load(before), v128.load(before, 4), v128.load(before + (<usize>shift << 2))))
  }
}

/**
 * Numbers begin..end of those that start with word 0 of `raw`, untempered ones, two for each: low + range·u, u in [0, 1) of 53
 * bits, computed in float64 and rounded to float32, to `out`.
 */
export function uniformFloats(raw: usize, out: usize, low: f64, range: f64, begin: i32, end: i32): void {
  const base = f64x2.splat(low), scale = f64x2.splat(range * 1.1102230246251565e-16)
  let i = begin
  for (; i + 4 <= end; i += 4) {
    const from = raw + (<usize>i << 3)
    const a = uniformTwo(v128.load(from), base, scale), b = uniformTwo(v128.load(from, 16), base, scale)
    v128.store(out + (<usize>i << 2), low64(a, b))
  }
  for (; i < end; i++) v128.store32_lane(out + (<usize>i << 2), uniformTwo(v128.load64_zero(raw + (<usize>i << 3)), base, scale), 0)
}

/** Two numbers of four words. */
// @ts-ignore: decorator
@inline
function uniformTwo(four: v128, base: v128, scale: v128): v128 {
  return f32x4.demote_f64x2_zero(f64x2.add(base, f64x2.mul(wholeTwo(temperedFour(four)), scale)))
}

/** Two whole numbers of 53 bits, as float64, of four tempered words. */
// @ts-ignore: decorator
@inline
function wholeTwo(four: v128): v128 {
  // Of 27 and 26 bits: never negative, and signed numbers are converted by one instruction.
  const high = i32x4.shr_u(four, 5), rest = i32x4.shr_u(four, 6)
  const a = f64x2.convert_low_i32x4_s(i8x16.shuffle(high, high, 0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11))
  const b = f64x2.convert_low_i32x4_s(i8x16.shuffle(rest, rest, 4, 5, 6, 7, 12, 13, 14, 15, 4, 5, 6, 7, 12, 13, 14, 15))
  return f64x2.add(f64x2.mul(a, f64x2.splat(67108864.0)), b)
}

/**
 * Draws `pairs` points of the unit circle but its centre, as float64 x, y and x² + y², 24 bytes each, to `out`: what
 * `normalPairs` makes normal numbers of. `key` holds the 624 words of the generator, of which `position` are used; both change, the
 * new position is returned. `tempered` is scratch for 624 words.
 */
export function circlePoints(key: usize, position: i32, tempered: usize, out: usize, pairs: i32): i32 {
  temper(key, tempered)
  const stop = out + <usize>pairs * 24
  while (out < stop) {
    let four: v128
    if (position + 4 <= words) {
      four = v128.load(tempered + (<usize>position << 2))
      position += 4
    } else {
      four = i32x4.splat(0)
      for (let i = 0; i < 4; i++) {
        if (position == words) position = refill(key, tempered)
        four = i8x16.shuffle(four, v128.load32_zero(tempered + (<usize>position << 2)), 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)
        position += 1
      }
    }
    const uniform = f64x2.mul(wholeTwo(four), f64x2.splat(2.0 * 1.1102230246251565e-16))
    const x = f64x2.sub(uniform, f64x2.splat(1.0))
    const squares = f64x2.mul(x, x)
    const square = f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1)
    // Written in any case: the next one takes the place of what is not kept.
    v128.store(out, x)
    store<f64>(out, square, 16)
    out += <usize>(square < 1.0 && square != 0.0) * 24
  }
  return position
}

/**
 * Standard normal numbers times `deviation` plus `mean`, as float32, of points begin..end of the unit circle, by Marsaglia's
 * polar method in the order of rng/distributions.ts: two each, into `out`, where those of point 0 would come first.
 */
export function normalPairs(points: usize, out: usize, mean: f64, deviation: f64, begin: i32, end: i32): void {
  for (let i = begin; i < end; i += 2) {
    const at = points + <usize>i * 24, to = out + (<usize>i << 3)
    const two = i + 2 <= end
    const r2 = two ? v128.load64_lane(at + 40, v128.load64_zero(at + 16), 1) : v128.load64_splat(at, 16)
    const factors = f64x2.mul(f64x2.sqrt(f64x2.div(f64x2.mul(f64x2.splat(-2.0), logarithm(r2)), r2)), f64x2.splat(deviation))
    store64(to, v128.load(at), f64x2.splat(f64x2.extract_lane(factors, 0)), mean)
    if (two) store64(to + 8, v128.load(at, 24), f64x2.splat(f64x2.extract_lane(factors, 1)), mean)
  }
}

/** The second number of a pair and then the first, scaled. */
// @ts-ignore: decorator
@inline
function store64(out: usize, pair: v128, factor: v128, mean: f64): void {
  const turned = i8x16.shuffle(pair, pair, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)
  v128.store64_lane(out, f32x4.demote_f64x2_zero(f64x2.add(f64x2.mul(turned, factor), f64x2.splat(mean))), 0)
}

function refill(key: usize, tempered: usize): i32 {
  const left = words - shift
  let i = 0
  for (; i + 4 <= left; i += 4) twist(key + (<usize>i << 2), key + (<usize>(i + shift) << 2))
  for (; i < left; i++) twistOne(key, i, i + 1, i + shift)
  for (; i + 4 < words; i += 4) twist(key + (<usize>i << 2), key + (<usize>(i - left) << 2))
  for (; i < words; i++) twistOne(key, i, i + 1 == words ? 0 : i + 1, i - left)
  temper(key, tempered)
  return 0
}

/** Four new words from those at `at`, the one after them, and four at `far`. */
// @ts-ignore: decorator
@inline
function twist(at: usize, far: usize): void {
  v128.store(at, twisted(v128.load(at), v128.load(at, 4), v128.load(far)))
}

/** New words from those 624 before them, the ones after those, and far ones. */
// @ts-ignore: decorator
@inline
function twisted(own: v128, next: v128, far: v128): v128 {
  const y = v128.or(v128.and(own, i32x4.splat(upper)), v128.and(next, i32x4.splat(lower)))
  const odd = v128.and(i32x4.neg(v128.and(y, i32x4.splat(1))), i32x4.splat(polynomial))
  return v128.xor(v128.xor(far, i32x4.shr_u(y, 1)), odd)
}

function twistOne(key: usize, i: i32, next: i32, far: i32): void {
  const y = (load<u32>(key + (<usize>i << 2)) & upper) | (load<u32>(key + (<usize>next << 2)) & lower)
  store<u32>(key + (<usize>i << 2), load<u32>(key + (<usize>far << 2)) ^ (y >> 1) ^ (y & 1 ? polynomial : 0))
}

function temper(key: usize, tempered: usize): void {
  for (let at: usize = 0; at < <usize>words << 2; at += 16) v128.store(tempered + at, temperedFour(v128.load(key + at)))
}

// @ts-ignore: decorator
@inline
function temperedFour(four: v128): v128 {
  let y = v128.xor(four, i32x4.shr_u(four, 11))
  y = v128.xor(y, v128.and(i32x4.shl(y, 7), i32x4.splat(<i32>0x9d2c5680)))
  y = v128.xor(y, v128.and(i32x4.shl(y, 15), i32x4.splat(<i32>0xefc60000)))
  return v128.xor(y, i32x4.shr_u(y, 18))
}

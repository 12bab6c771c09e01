import { exponential4 } from './exponential4'

// Sigmoid and softmax of float32 values, in float32.

/** 1 / (1 + e^-x) in place, for elements begin..end. */
export function sigmoid(data: usize, begin: i32, end: i32): void {
  let at = data + (<usize>begin << 2)
  const stop = data + (<usize>end << 2)
  for (; at + 32 <= stop; at += 32) {
    v128.store(at, logistic(v128.load(at)))
    v128.store(at, logistic(v128.load(at, 16)), 16)
  }
  for (; at < stop; at += 4) v128.store32_lane(at, logistic(v128.load32_zero(at)), 0)
}

// @ts-ignore: decorator
@inline
function logistic(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exponential4(f32x4.neg(x))))
}

/** e^(x - max) / sum along the middle axis of [.., count, step], in place, for begin..end of the other elements, in their order. */
export function softmax(data: usize, count: i32, step: i32, begin: i32, end: i32): void {
  const apart = <usize>step << 2
  for (let i = begin; i < end; ) {
    const place = i % step
    const at = data + (<usize>((i / step) * count * step + place) << 2)
    if (i + 4 <= end && place + 4 <= step) {
      softmaxOf(at, count, apart, true)
      i += 4
    } else {
      softmaxOf(at, count, apart, false)
      i += 1
    }
  }
}

// @ts-ignore: decorator
@inline
function softmaxOf(at: usize, count: i32, apart: usize, four: bool): void {
  const stop = at + <usize>count * apart
  let top = f32x4.splat(-Infinity)
  for (let from = at; from < stop; from += apart) top = f32x4.max(top, four ? v128.load(from) : v128.load32_zero(from))
  let sum = f32x4.splat(0)
  for (let from = at; from < stop; from += apart) {
    const away = f32x4.sub(four ? v128.load(from) : v128.load32_zero(from), top)
    const power = v128.andnot(exponential4(away), f32x4.lt(away, f32x4.splat(-87.3))) // nothing at all of -infinity
    sum = f32x4.add(sum, power)
    if (four) v128.store(from, power)
    else v128.store32_lane(from, power, 0)
  }
  for (let from = at; from < stop; from += apart)
    if (four) v128.store(from, f32x4.div(v128.load(from), sum))
    else v128.store32_lane(from, f32x4.div(v128.load32_zero(from), sum), 0)
}

// The exact squared Euclidean distance transform, one axis after the other, and the surfaces that distances are measured
// between. Volumes hold d0·d1·d2 elements; masks are bytes of 0 and 1, distances float32.

/** The squared distance to the nearest voxel of `object` along rows begin..end of `length`; infinite where there is none. */
export function distancesAlong(object: usize, squared: usize, length: i32, spacing: f32, begin: i32, end: i32): void {
  for (let row = begin; row < end; row++) {
    const mask = object + <usize>row * <usize>length
    const out = squared + ((<usize>row * <usize>length) << 2)
    let gap: f32 = Infinity
    for (let i: usize = 0; i < <usize>length; i++) {
      gap = load<u8>(mask + i) ? 0.0 : gap + 1.0
      const d = gap * spacing
      store<f32>(out + (i << 2), d * d)
    }
    gap = Infinity
    for (let i = length - 1; i >= 0; i--) {
      gap = load<u8>(mask + <usize>i) ? 0.0 : gap + 1.0
      const d = gap * spacing
      const place = out + (<usize>i << 2)
      store<f32>(place, min(load<f32>(place), d * d))
    }
  }
}

/**
 * One more axis: target[i] is the least of source[j] + ((i - j)·spacing)², for arrays [outer, length, inner] with rows
 * counting outer · length. The search goes outwards and ends where no voxel further out can be nearer.
 */
export function distancesAcross(
  source: usize, target: usize, length: i32, inner: i32, spacing: f32, begin: i32, end: i32,
): void {
  const rowBytes = <usize>inner << 2
  for (let row = begin; row < end; row++) {
    const i = row % length
    const from = source + <usize>row * rowBytes
    const to = target + <usize>row * rowBytes
    let at: usize = 0
    for (; at + 64 <= rowBytes; at += 64) nearestOfSixteen(from + at, to + at, i, length, rowBytes, spacing)
    for (; at + 16 <= rowBytes; at += 16) v128.store(to + at, nearestOfFour(from + at, i, length, rowBytes, spacing))
    for (; at < rowBytes; at += 4) store<f32>(to + at, nearest(from + at, i, length, rowBytes, spacing))
  }
}

/** Side by side, so that the search costs less for each: neighbours have to look about as far. */
// @ts-ignore: decorator
@inline
function nearestOfSixteen(place: usize, target: usize, i: i32, length: i32, step: usize, spacing: f32): void {
  let a = v128.load(place), b = v128.load(place, 16), c = v128.load(place, 32), e = v128.load(place, 48)
  let up = place, down = place
  const reach = max(i, length - 1 - i)
  for (let d = 1; d <= reach; d++) {
    const gap = <f32>d * spacing
    const cost = f32x4.splat(gap * gap)
    const most = f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, e))
    if (!v128.any_true(f32x4.gt(most, cost))) break
    up -= step
    down += step
    if (d <= i) {
      a = f32x4.pmin(a, f32x4.add(v128.load(up), cost))
      b = f32x4.pmin(b, f32x4.add(v128.load(up, 16), cost))
      c = f32x4.pmin(c, f32x4.add(v128.load(up, 32), cost))
      e = f32x4.pmin(e, f32x4.add(v128.load(up, 48), cost))
    }
    if (i + d < length) {
      a = f32x4.pmin(a, f32x4.add(v128.load(down), cost))
      b = f32x4.pmin(b, f32x4.add(v128.load(down, 16), cost))
      c = f32x4.pmin(c, f32x4.add(v128.load(down, 32), cost))
      e = f32x4.pmin(e, f32x4.add(v128.load(down, 48), cost))
    }
  }
  v128.store(target, a)
  v128.store(target, b, 16)
  v128.store(target, c, 32)
  v128.store(target, e, 48)
}

// @ts-ignore: decorator
@inline
function nearestOfFour(place: usize, i: i32, length: i32, step: usize, spacing: f32): v128 {
  let best = v128.load(place)
  let up = place, down = place
  const reach = max(i, length - 1 - i)
  for (let d = 1; d <= reach; d++) {
    const gap = <f32>d * spacing
    const cost = f32x4.splat(gap * gap)
    if (!v128.any_true(f32x4.gt(best, cost))) break
    up -= step
    down += step
    if (d <= i) best = f32x4.pmin(best, f32x4.add(v128.load(up), cost))
    if (i + d < length) best = f32x4.pmin(best, f32x4.add(v128.load(down), cost))
  }
  return best
}

function nearest(place: usize, i: i32, length: i32, step: usize, spacing: f32): f32 {
  let best = load<f32>(place)
  let up = place, down = place
  const reach = max(i, length - 1 - i)
  for (let d = 1; d <= reach; d++) {
    const gap = <f32>d * spacing
    const cost = gap * gap
    if (!(best > cost)) break
    up -= step
    down += step
    if (d <= i) best = min(best, load<f32>(up) + cost)
    if (i + d < length) best = min(best, load<f32>(down) + cost)
  }
  return best
}

/** Writes how many elements of a mask lie before each of `rows` rows of `length`, int32; returns how many there are. */
export function countRows(mask: usize, firsts: usize, rows: i32, length: i32): i32 {
  let count = 0
  for (let row = 0; row < rows; row++, mask += length) {
    store<i32>(firsts + (<usize>row << 2), count)
    let at: usize = 0
    for (; at + 16 <= <usize>length; at += 16) count += popcnt(i8x16.bitmask(i8x16.ne(v128.load(mask + at), i8x16.splat(0))))
    for (; at < <usize>length; at++) count += load<u8>(mask + at) ? 1 : 0
  }
  return count
}

/**
 * The last axis, only where it is asked for: the distances (not squared) of the voxels in `wanted` [length, inner], rows
 * begin..end, in row-major order; those of a row begin at the place that `firsts` has for it.
 */
export function distancesAt(
  source: usize, wanted: usize, firsts: usize, out: usize, length: i32, inner: i32, spacing: f32, begin: i32, end: i32,
): void {
  const step = <usize>inner << 2
  for (let i = begin; i < end; i++) {
    const row = <usize>i * <usize>inner
    let to = out + (<usize>load<i32>(firsts + (<usize>i << 2)) << 2)
    for (let at: usize = 0; at < <usize>inner; at++) {
      if (at + 16 <= <usize>inner && !v128.any_true(v128.load(wanted + row + at))) {
        at += 15
        continue
      }
      if (!load<u8>(wanted + row + at)) continue
      store<f32>(to, sqrt<f32>(nearest(source + ((row + at) << 2), i, length, step, spacing)))
      to += 4
    }
  }
}

/** Copies the block of size b0·b1·b2 at (s0, s1, s2) of a mask of row length d2 and d1 rows a slice into `target`, rows `row` apart and slices `slice`. */
export function copyBlock(
  mask: usize, target: usize, d1: i32, d2: i32, s0: i32, s1: i32, s2: i32, b0: i32, b1: i32, b2: i32, row: i32, slice: i32,
): void {
  for (let a = 0; a < b0; a++)
    for (let b = 0; b < b1; b++)
      memory.copy(
        target + <usize>a * <usize>slice + <usize>b * <usize>row,
        mask + (<usize>(s0 + a) * <usize>d1 + <usize>(s1 + b)) * <usize>d2 + <usize>s2,
        <usize>b2,
      )
}

/**
 * Keeps of a mask only the voxels with a neighbour outside along one of the last `axes` axes. The mask lies in zeros, one
 * element on either side of each of these axes; so it may be read `slice` + 16 bytes before its begin and after its end.
 */
export function edges(mask: usize, out: usize, length: i32, row: i32, slice: i32, axes: i32): void {
  for (let at: usize = 0; at < <usize>length; at += 16) {
    const place = mask + at
    const own = v128.load(place)
    if (!v128.any_true(own)) {
      v128.store(out + at, own)
      continue
    }
    let within = v128.and(v128.load(place - 1), v128.load(place + 1))
    if (axes > 1) within = v128.and(within, v128.and(v128.load(place - row), v128.load(place + row)))
    if (axes > 2) within = v128.and(within, v128.and(v128.load(place - slice), v128.load(place + slice)))
    v128.store(out + at, v128.andnot(own, within))
  }
}

/** Writes first and last index along each axis of the voxels in either mask to `out`, six int32; none: first after last. */
export function unionBox(a: usize, b: usize, out: usize, d0: i32, d1: i32, d2: i32): void {
  let low0 = d0, low1 = d1, low2 = d2, high0 = -1, high1 = -1, high2 = -1
  let row: usize = 0
  for (let i = 0; i < d0; i++)
    for (let j = 0; j < d1; j++, row += d2) {
      let first = 0
      while (first < d2 && !(load<u8>(a + row + first) | load<u8>(b + row + first))) {
        if (first + 16 <= d2 && !v128.any_true(v128.or(v128.load(a + row + first), v128.load(b + row + first)))) first += 16
        else first++
      }
      if (first == d2) continue
      let last = d2 - 1
      while (!(load<u8>(a + row + last) | load<u8>(b + row + last))) last--
      low0 = min(low0, i)
      high0 = i
      low1 = min(low1, j)
      high1 = max(high1, j)
      low2 = min(low2, first)
      high2 = max(high2, last)
    }
  store<i32>(out, low0)
  store<i32>(out, low1, 4)
  store<i32>(out, low2, 8)
  store<i32>(out, high0, 12)
  store<i32>(out, high1, 16)
  store<i32>(out, high2, 20)
}

// Connected components of the runs of a mask: stretches of voxels along the last axis. Runs of neighbouring rows that touch
// are joined by union-find, then numbered in the order of their first voxels.

/**
 * Writes the runs above 0 in `rows` rows of `length` elements, bytes or float32 (`width` 1 or 4), as pairs of int32, begin
 * and end within their row, and the number of runs before each row to `firsts` (rows + 1 int32). Returns the number of
 * runs. Reads up to 15 elements beyond the mask.
 */
export function findRuns(mask: usize, width: i32, firsts: usize, runs: usize, rows: i32, length: i32): i32 {
  let count = 0
  for (let row = 0; row < rows; row++) {
    store<i32>(firsts + (<usize>row << 2), count)
    const line = mask + <usize>row * <usize>length * <usize>width
    let before = 0, begin = 0
    for (let base = 0; base < length; base += 16) {
      let bits = width == 1 ? bytesAbove(line + <usize>base) : floatsAbove(line + (<usize>base << 2))
      if (length - base < 16) bits &= (1 << (length - base)) - 1
      // Set where a voxel differs from the one before it.
      for (let changes = (bits ^ ((bits << 1) | before)) & 0xffff; changes; changes &= changes - 1) {
        const place = ctz(changes)
        if ((bits >> place) & 1) begin = base + place
        else count = addRun(runs, count, begin, base + place)
      }
      before = bits >> 15
    }
    if (before) count = addRun(runs, count, begin, length)
  }
  store<i32>(firsts + (<usize>rows << 2), count)
  return count
}

/** Which of 16 elements are above 0, the first in the lowest bit. */
// @ts-ignore: decorator
@inline
function bytesAbove(place: usize): i32 {
  return i8x16.bitmask(i8x16.ne(v128.load(place), i8x16.splat(0)))
}

// @ts-ignore: decorator
@inline
function floatsAbove(place: usize): i32 {
  const zero = f32x4.splat(0)
  return i32x4.bitmask(f32x4.gt(v128.load(place), zero)) | (i32x4.bitmask(f32x4.gt(v128.load(place, 16), zero)) << 4) |
    (i32x4.bitmask(f32x4.gt(v128.load(place, 32), zero)) << 8) | (i32x4.bitmask(f32x4.gt(v128.load(place, 48), zero)) << 12)
}

// @ts-ignore: decorator
@inline
function addRun(runs: usize, count: i32, begin: i32, end: i32): i32 {
  const place = runs + (<usize>count << 3)
  store<i32>(place, begin)
  store<i32>(place, end, 4)
  return count + 1
}

/**
 * Links every run to the first of its component. Rows lie in d0·d1·d2; `steps` lists `count` rows that precede a row and are
 * its neighbours, four int32 each: steps along the three axes, and 1 where runs that only touch by a corner are joined too.
 */
export function joinRuns(
  firsts: usize, runs: usize, links: usize, d0: i32, d1: i32, d2: i32, steps: usize, count: i32,
): void {
  let row = 0
  for (let a = 0; a < d0; a++)
    for (let b = 0; b < d1; b++)
      for (let c = 0; c < d2; c++, row++) {
        const first = load<i32>(firsts + (<usize>row << 2)), last = load<i32>(firsts + (<usize>row << 2), 4)
        for (let run = first; run < last; run++) store<i32>(links + (<usize>run << 2), run)
        if (first == last) continue
        for (let k = 0; k < count; k++) {
          const step = steps + (<usize>k << 4)
          const na = a + load<i32>(step), nb = b + load<i32>(step, 4), nc = c + load<i32>(step, 8)
          // Unsigned comparison: negative places become very large.
          if (<u32>na >= <u32>d0 || <u32>nb >= <u32>d1 || <u32>nc >= <u32>d2) continue
          const other = firsts + (<usize>((na * d1 + nb) * d2 + nc) << 2)
          joinRows(runs, links, first, last, load<i32>(other), load<i32>(other, 4), load<i32>(step, 12))
        }
      }
}

/** Joins the runs of two rows that overlap, or come as near as `slack`. */
function joinRows(runs: usize, links: usize, run: i32, last: i32, other: i32, otherLast: i32, slack: i32): void {
  while (run < last && other < otherLast) {
    const own = runs + (<usize>run << 3), there = runs + (<usize>other << 3)
    const begin = load<i32>(own), end = load<i32>(own, 4), otherBegin = load<i32>(there), otherEnd = load<i32>(there, 4)
    if (otherBegin < end + slack && begin < otherEnd + slack) join(links, run, other)
    if (end < otherEnd) run++
    else other++
  }
}

function join(links: usize, a: i32, b: i32): void {
  const first = rootOf(links, a), second = rootOf(links, b)
  if (first < second) store<i32>(links + (<usize>second << 2), first)
  else store<i32>(links + (<usize>first << 2), second)
}

/** The first run of the component, halving the path on the way. */
function rootOf(links: usize, run: i32): i32 {
  let up = load<i32>(links + (<usize>run << 2))
  while (up != run) {
    const upper = load<i32>(links + (<usize>up << 2))
    store<i32>(links + (<usize>run << 2), upper)
    run = upper
    up = load<i32>(links + (<usize>run << 2))
  }
  return run
}

/**
 * Turns the links of `count` runs into numbers of components from 1, and writes their voxel counts to `sizes`. Links lead
 * backwards, so what a run is linked to is numbered already. Returns the number of components.
 */
export function numberRuns(runs: usize, links: usize, sizes: usize, count: i32): i32 {
  let components = 0
  for (let run = 0; run < count; run++) {
    const place = links + (<usize>run << 2)
    const link = load<i32>(place)
    const length = load<i32>(runs + (<usize>run << 3), 4) - load<i32>(runs + (<usize>run << 3))
    if (link == run) {
      store<i32>(sizes + (<usize>components << 2), length)
      store<i32>(place, ++components)
    } else {
      const label = load<i32>(links + (<usize>link << 2))
      const size = sizes + (<usize>(label - 1) << 2)
      store<i32>(size, load<i32>(size) + length)
      store<i32>(place, label)
    }
  }
  return components
}

/** Sets the elements, of `width` bytes, to 0 of all runs whose component has anything but 0 in the bytes `cleared`, from component 1 on. */
export function clearRuns(
  data: usize, width: i32, firsts: usize, runs: usize, links: usize, cleared: usize, rows: i32, length: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const line = data + <usize>row * <usize>length * <usize>width
    const last = load<i32>(firsts + (<usize>row << 2), 4)
    for (let run = load<i32>(firsts + (<usize>row << 2)); run < last; run++) {
      if (!load<u8>(cleared + <usize>(load<i32>(links + (<usize>run << 2)) - 1))) continue
      const place = runs + (<usize>run << 3)
      let at = line + <usize>(load<i32>(place) * width)
      const stop = line + <usize>(load<i32>(place, 4) * width)
      for (; at + 16 <= stop; at += 16) v128.store(at, i8x16.splat(0))
      for (; at < stop; at++) store<u8>(at, 0)
    }
  }
}

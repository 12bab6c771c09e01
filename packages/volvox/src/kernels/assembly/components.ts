// Connected components of the runs of a mask: stretches of voxels along the last axis. Runs of neighbouring rows that touch
// are joined by union-find, then numbered in the order of their first voxels.

/**
 * Finds the runs above 0 in rows of `length` elements, bytes or float32 (`width` 1 or 4), and links every one to the first of its
 * component, as far as it lies in the same slab: slabs begin..end of `slab` rows each, of `rows` in all. Runs are pairs of int32,
 * begin and end within their row; a row has room for ceil(length / 2) of them, and those of a slab follow each other from the
 * room of its first row on. `firsts` takes, for each row, its first run and the one after its last. Rows lie in d0·d1·d2; `steps`
 * lists `count` rows that precede a row and are its neighbours, four int32 each: steps along the three axes, and 1 where runs
 * that only touch by a corner are joined too. Reads up to 15 elements beyond the mask.
 */
export function findRuns(
  mask: usize, width: i32, length: i32, firsts: usize, runs: usize, links: usize, rows: i32, slab: i32,
  d0: i32, d1: i32, d2: i32, steps: usize, count: i32, begin: i32, end: i32,
): void {
  for (let i = begin; i < end; i++) {
    const first = i * slab, last = min(rows, first + slab)
    runsOfRows(mask, width, length, firsts, runs, links, first, last)
    joinBefore(firsts, runs, links, d0, d1, d2, steps, count, first, last, first, rows)
  }
}

/** Joins what lies in different slabs; no row's neighbours are more than `reach` rows before it. */
export function joinSlabs(
  firsts: usize, runs: usize, links: usize, rows: i32, slab: i32, d0: i32, d1: i32, d2: i32, steps: usize, count: i32, reach: i32,
): void {
  for (let first = slab; first < rows; first += slab)
    joinBefore(firsts, runs, links, d0, d1, d2, steps, count, first, min(rows, first + min(slab, reach)), 0, first)
}

function runsOfRows(mask: usize, width: i32, length: i32, firsts: usize, runs: usize, links: usize, first: i32, last: i32): void {
  let count = first * ((length + 1) >> 1)
  for (let row = first; row < last; row++) {
    store<i32>(firsts + (<usize>row << 3), count)
    const line = mask + <usize>row * <usize>length * <usize>width
    let before = 0, begin = 0
    for (let base = 0; base < length; base += 16) {
      let bits = width == 1 ? bytesAbove(line + <usize>base) : floatsAbove(line + (<usize>base << 2))
      if (length - base < 16) bits &= (1 << (length - base)) - 1
      // Set where a voxel differs from the one before it.
      for (let changes = (bits ^ ((bits << 1) | before)) & 0xffff; changes; changes &= changes - 1) {
        const place = ctz(changes)
        if ((bits >> place) & 1) begin = base + place
        else count = addRun(runs, links, count, begin, base + place)
      }
      before = bits >> 15
    }
    if (before) count = addRun(runs, links, count, begin, length)
    store<i32>(firsts + (<usize>row << 3), count, 4)
  }
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
function addRun(runs: usize, links: usize, count: i32, begin: i32, end: i32): i32 {
  const place = runs + (<usize>count << 3)
  store<i32>(place, begin)
  store<i32>(place, end, 4)
  store<i32>(links + (<usize>count << 2), count)
  return count + 1
}

/** Joins the runs of rows first..last with those of neighbours from row `least` on, before row `most`. */
function joinBefore(
  firsts: usize, runs: usize, links: usize, d0: i32, d1: i32, d2: i32, steps: usize, count: i32,
  first: i32, last: i32, least: i32, most: i32,
): void {
  let c = first % d2, b = (first / d2) % d1, a = first / d2 / d1
  for (let row = first; row < last; row++) {
    const run = load<i32>(firsts + (<usize>row << 3)), stop = load<i32>(firsts + (<usize>row << 3), 4)
    for (let k = 0; k < count && run < stop; k++) {
      const step = steps + (<usize>k << 4)
      const na = a + load<i32>(step), nb = b + load<i32>(step, 4), nc = c + load<i32>(step, 8)
      // Unsigned comparison: negative places become very large.
      if (<u32>na >= <u32>d0 || <u32>nb >= <u32>d1 || <u32>nc >= <u32>d2) continue
      const there = (na * d1 + nb) * d2 + nc
      if (there < least || there >= most) continue
      const other = firsts + (<usize>there << 3)
      joinRows(runs, links, run, stop, load<i32>(other), load<i32>(other, 4), load<i32>(step, 12))
    }
    if (++c < d2) continue
    c = 0
    if (++b < d1) continue
    b = 0
    a++
  }
}

/** Joins the runs of two rows that overlap, or come as near as `slack`. */
// @ts-ignore: decorator
@inline
function joinRows(runs: usize, links: usize, run: i32, last: i32, other: i32, otherLast: i32, slack: i32): void {
  while (run < last && other < otherLast) {
    const own = runs + (<usize>run << 3), there = runs + (<usize>other << 3)
    const begin = load<i32>(own), end = load<i32>(own, 4), otherBegin = load<i32>(there), otherEnd = load<i32>(there, 4)
    if (<i32>(otherBegin < end + slack) & <i32>(begin < otherEnd + slack)) join(links, run, other)
    // The one that ends first is done; a branch here would be taken at random.
    const ends = <i32>(end < otherEnd)
    run += ends
    other += 1 - ends
  }
}

function join(links: usize, a: i32, b: i32): void {
  const up = load<i32>(links + (<usize>a << 2))
  // Mostly they have been joined before.
  if (up == load<i32>(links + (<usize>b << 2))) return
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
 * Turns the links of runs into numbers of components from 1, and writes their voxel counts to `sizes`. Links lead
 * backwards, so what a run is linked to is numbered already. Returns the number of components.
 */
export function numberRuns(firsts: usize, runs: usize, links: usize, sizes: usize, rows: i32): i32 {
  let components = 0
  for (let row = 0; row < rows; row++) {
    const last = load<i32>(firsts + (<usize>row << 3), 4)
    for (let run = load<i32>(firsts + (<usize>row << 3)); run < last; run++) {
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
  }
  return components
}

/**
 * Sets the elements, of `width` bytes, of rows begin..end to 0 in all runs whose component has anything but 0 in the bytes
 * `cleared`, from component 1 on.
 */
export function clearRuns(
  data: usize, width: i32, firsts: usize, runs: usize, links: usize, cleared: usize, length: i32, begin: i32, end: i32,
): void {
  for (let row = begin; row < end; row++) {
    const line = data + <usize>row * <usize>length * <usize>width
    const last = load<i32>(firsts + (<usize>row << 3), 4)
    for (let run = load<i32>(firsts + (<usize>row << 3)); run < last; run++) {
      if (!load<u8>(cleared + <usize>(load<i32>(links + (<usize>run << 2)) - 1))) continue
      const place = runs + (<usize>run << 3)
      let at = line + <usize>(load<i32>(place) * width)
      const stop = line + <usize>(load<i32>(place, 4) * width)
      for (; at + 16 <= stop; at += 16) v128.store(at, i8x16.splat(0))
      for (; at < stop; at++) store<u8>(at, 0)
    }
  }
}

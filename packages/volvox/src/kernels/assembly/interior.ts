// The part of a row whose positions all lie in given intervals. Positions start + o·step only grow or only fall along
// a row, also after rounding, so the part is one range of o.

export let interiorBegin: i32 = 0
export let interiorEnd: i32 = 0
let rowLength: i32 = 0

export function startRow(length: i32): void {
  rowLength = length
  interiorBegin = 0
  interiorEnd = length
}

/** Keeps the o with low <= start + o·step < high. */
export function restrict(start: f64, step: f64, low: f64, high: f64): void {
  if (step == 0.0) {
    if (!(start >= low && start < high)) interiorEnd = interiorBegin
    return
  }
  const from = step > 0.0 ? firstWhere(start, step, low) : firstWhere(-start, -step, -high, true)
  const to = step > 0.0 ? firstWhere(start, step, high) : firstWhere(-start, -step, -low, true)
  interiorBegin = max(interiorBegin, from)
  interiorEnd = max(interiorBegin, min(interiorEnd, to))
}

/** The first o with start + o·step >= bound (or > bound), for a positive step; the row's length if there is none. */
function firstWhere(start: f64, step: f64, bound: f64, strictly: bool = false): i32 {
  const estimate = (bound - start) / step
  let o: i32 = estimate > 0.0 ? (estimate < <f64>rowLength ? <i32>estimate : rowLength) : 0
  while (o > 0 && reached(start + <f64>(o - 1) * step, bound, strictly)) o--
  while (o < rowLength && !reached(start + <f64>o * step, bound, strictly)) o++
  return o
}

// @ts-ignore: decorator
@inline
function reached(position: f64, bound: f64, strictly: bool): bool {
  return strictly ? position > bound : position >= bound
}

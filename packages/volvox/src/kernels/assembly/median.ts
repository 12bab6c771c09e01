// Medians under a window, four neighbours of a row at a time: the values of the window become wires of a sorting network, of
// which only the steps are taken that the middle one depends on.

/**
 * `rows` holds the offset in `padded` of the window's first value for each row of the result, `window` those of its values
 * from there. A step is the offsets of two wires, and what is needed of them: 1 the lesser, 2 the greater, 3 both. Rows of the
 * result are `width` long, rounded up to four.
 */
export function medianRows(
  padded: usize, target: usize, width: i32, rows: usize, window: usize, count: i32,
  steps: usize, stepCount: i32, wires: usize, middle: i32, begin: i32, end: i32,
): void {
  const bytes = (<usize>(width + 3) & ~3) << 2
  const stop = steps + <usize>stepCount * 12
  for (let row = begin; row < end; row++) {
    const first = padded + <usize>load<i32>(rows + (<usize>row << 2))
    const out = target + <usize>row * bytes
    for (let at: usize = 0; at < bytes; at += 16) {
      for (let k: usize = 0; k < <usize>count; k++)
        v128.store(wires + (k << 4), v128.load(first + at + <usize>load<i32>(window + (k << 2))))
      for (let step = steps; step < stop; step += 12) {
        const low = wires + <usize>load<i32>(step), high = wires + <usize>load<i32>(step, 4)
        const need = load<i32>(step, 8)
        const a = v128.load(low), b = v128.load(high)
        if (need & 1) v128.store(low, f32x4.min(a, b))
        if (need & 2) v128.store(high, f32x4.max(a, b))
      }
      v128.store(out + at, v128.load(wires + <usize>middle))
    }
  }
}

// Windows of Swin transformers (Liu et al. 2021): how a lattice of tokens `[N, ...grid, C]` is cut into them.
import { sizeOf } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'

/** How one lattice is cut: window and cyclic shift per axis, and the lattice grown to whole windows. */
export interface Windows {
  readonly grid: readonly number[]
  readonly window: readonly number[]
  readonly shift: readonly number[]
  readonly padded: readonly number[]
}

/** Where the lattice is no longer than a window, the window is the lattice, and there is no shift along that axis. */
export function windowsOf(grid: readonly number[], size: readonly number[], shift: readonly number[]): Windows {
  const window = grid.map((n, i) => Math.min(n, size[i]))
  return {
    grid,
    window,
    shift: grid.map((n, i) => (n <= size[i] ? 0 : shift[i])),
    padded: grid.map((n, i) => Math.ceil(n / window[i]) * window[i]),
  }
}

/** `[N, ...grid, C]` to `[N · windows, tokens of a window, C]`: grown with 0, shifted back, cut. */
export function intoWindows(x: Value, { grid, window, shift, padded }: Windows): Value {
  const [samples, channels] = [x.shape[0], x.shape[x.shape.length - 1]]
  const ends = [0, ...padded.map((n, i) => n - grid[i]), 0]
  const grown = ends.some((n) => n > 0) ? m.pad(x, [...ends.map(() => 0), ...ends]) : x
  const cut = m.reshape(shifted(grown, shift, -1), [
    samples,
    ...padded.flatMap((n, i) => [n / window[i], window[i]]),
    channels,
  ])
  const perm = [0, ...grid.map((_, i) => 1 + 2 * i), ...grid.map((_, i) => 2 + 2 * i), 1 + 2 * grid.length]
  return m.reshape(m.transpose(cut, perm), [-1, sizeOf(window), channels])
}

/** The inverse of `intoWindows`. */
export function fromWindows(x: Value, { grid, window, shift, padded }: Windows): Value {
  const channels = x.shape[2]
  const samples = (x.shape[0] * sizeOf(window)) / sizeOf(padded)
  const cut = m.reshape(x, [samples, ...padded.map((n, i) => n / window[i]), ...window, channels])
  const axes = grid.length
  const perm = [0, ...grid.flatMap((_, i) => [1 + i, 1 + axes + i]), 1 + 2 * axes]
  const joined = shifted(m.reshape(m.transpose(cut, perm), [samples, ...padded, channels]), shift, 1)
  const all = [samples, ...grid, channels]
  return m.slice(
    joined,
    all.map(() => 0),
    all,
  )
}

function shifted(x: Value, shift: readonly number[], sign: 1 | -1): Value {
  const axes = shift.flatMap((n, i) => (n > 0 ? [i] : []))
  if (axes.length === 0) return x
  return m.roll(
    x,
    axes.map((i) => sign * shift[i]),
    axes.map((i) => i + 1),
  )
}

/**
 * For each window and token, `[windows, tokens]`, a number that neighbours share: tokens that only the cyclic shift
 * brought together have different ones. Null where nothing is shifted.
 */
export function regionsOf({ window, shift, padded }: Windows): Int32Array | null {
  if (shift.every((n) => n === 0)) return null
  const regions = new Int32Array(sizeOf(padded))
  const counts = padded.map((n, i) => n / window[i])
  for (let i = 0; i < regions.length; i++) {
    const place = placeIn([...counts, ...window], i)
    regions[i] = padded.reduce((region, n, axis) => {
      const at = place[axis] * window[axis] + place[padded.length + axis]
      const part = shift[axis] === 0 || at < n - window[axis] ? 0 : at < n - shift[axis] ? 1 : 2
      return 3 * region + part
    }, 0)
  }
  return regions
}

/**
 * For two tokens of a window, `[tokens, tokens]`, which row of a table holds the bias of their relative position; the
 * table has a row for each of the `2 · size - 1` differences per axis.
 */
export function relativePositions(size: readonly number[]): Int32Array {
  const tokens = sizeOf(size)
  const places = Array.from({ length: tokens }, (_, i) => placeIn(size, i))
  const index = new Int32Array(tokens * tokens)
  for (let i = 0; i < tokens; i++)
    for (let j = 0; j < tokens; j++)
      index[i * tokens + j] = size.reduce(
        (row, n, axis) => row * (2 * n - 1) + places[i][axis] - places[j][axis] + n - 1,
        0,
      )
  return index
}

function placeIn(shape: readonly number[], index: number): number[] {
  const place = new Array<number>(shape.length)
  let left = index
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place[axis] = left % shape[axis]
    left = Math.floor(left / shape[axis])
  }
  return place
}

import type { WindowAttrs } from '../ops/index.ts'
import { threeAxes } from './array.ts'

/** Outputs `y`, `y + 1`, ... (`count` of them) meet inputs `x`, `x + step`, ... at one place `k` of the kernel. */
export interface Run {
  readonly y: number
  readonly x: number
  readonly k: number
  readonly count: number
  readonly step: number
}

/**
 * Every pair of an output and an input voxel that a moving window joins, as runs along the last axis; kernel places
 * are in row-major order, and those on padding are left out. One enumeration serves an operation and its gradients.
 */
export function windowRuns(
  x: readonly number[],
  kernel: readonly number[],
  y: readonly number[],
  attrs: WindowAttrs,
): Run[] {
  const input = threeAxes(x, 1)
  const output = threeAxes(y, 1)
  const size = threeAxes(kernel, 1)
  const strides = threeAxes(attrs.strides, 1)
  const begins = threeAxes(attrs.pads.slice(0, kernel.length), 0)
  const dilations = threeAxes(attrs.dilations, 1)
  /** The input place under place k of the window of output o, along one axis. */
  const place = (axis: number, o: number, k: number) => o * strides[axis] - begins[axis] + k * dilations[axis]
  /** Outputs whose window has place k inside the input. */
  const reached = (axis: number, k: number) =>
    range(output[axis]).filter((o) => place(axis, o, k) >= 0 && place(axis, o, k) < input[axis])
  const runs: Run[] = []
  for (const kd of range(size[0]))
    for (const kh of range(size[1]))
      for (const kw of range(size[2])) {
        const line = reached(2, kw)
        if (line.length === 0) continue
        for (const d of reached(0, kd))
          for (const h of reached(1, kh))
            runs.push({
              y: (d * output[1] + h) * output[2] + line[0],
              x: (place(0, d, kd) * input[1] + place(1, h, kh)) * input[2] + place(2, line[0], kw),
              k: (kd * size[1] + kh) * size[2] + kw,
              count: line.length,
              step: strides[2],
            })
      }
  return runs
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i)
}

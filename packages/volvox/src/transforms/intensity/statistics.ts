export interface Statistics {
  readonly count: number
  readonly min: number
  readonly max: number
  readonly mean: number
  /** Sum of squared distances from the mean. */
  readonly squares: number
}

/** Extremes, mean and spread in float64; with `nonzero` only of the voxels that are not 0. NaN spreads to all of them. */
export function statistics(voxels: Float32Array, nonzero = false): Statistics {
  let count = 0
  let sum = 0
  let min = Infinity
  let max = -Infinity
  for (let i = 0; i < voxels.length; i++) {
    const x = voxels[i]
    if (nonzero && x === 0) continue
    count++
    sum += x
    if (!(x >= min)) min = x
    if (!(x <= max)) max = x
  }
  const mean = sum / count
  let squares = 0
  for (let i = 0; i < voxels.length; i++) {
    const x = voxels[i]
    if (!(nonzero && x === 0)) squares += (x - mean) * (x - mean)
  }
  return { count, min, max, mean, squares }
}

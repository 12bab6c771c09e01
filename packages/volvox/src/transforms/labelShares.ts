import { DataError } from '../core/errors.ts'
import type { Image } from '../core/image.ts'
import { checkSound } from './checks.ts'
import { distinctValues, floatsOf } from './shared.ts'

/** More different values than this are no classes; each is scaled by itself. */
const mostClasses = 1024

interface Best {
  labels: Float32Array
  shares: Float32Array
}

/**
 * A label map scaled by what scales numbers: for each class its voxels as 1 among 0 are scaled, and a voxel belongs to the class with
 * the largest share, of equal ones to the lowest number. Labels stay what they are and their borders smooth, as in nnU-Net's
 * resampling of segmentations, where however a class needs half of a voxel, so that narrow ones between others are lost.
 */
export function byShares(img: Image, scaled: (values: Float32Array) => Float32Array): Float32Array {
  const labels = floatsOf(img)
  const classes = distinctValues(labels)
  checkSound('labels', img, ...classes)
  if (classes.length > mostClasses)
    throw new DataError(
      'labels',
      `the image has ${classes.length} different values, too many for classes; scale images without this option`,
    )
  const members = new Float32Array(labels.length)
  const best: Best = { labels, shares: members }
  for (const label of classes) {
    for (let i = 0; i < members.length; i++) members[i] = labels[i] === label ? 1 : 0
    const shares = scaled(members)
    if (shares === members) return labels // of the same size
    if (label === classes[0]) {
      best.labels = new Float32Array(shares.length).fill(label)
      best.shares = shares
    } else takeLarger(best, shares, label)
  }
  return best.labels
}

function takeLarger(best: Best, shares: Float32Array, label: number): void {
  for (let i = 0; i < shares.length; i++) {
    if (shares[i] <= best.shares[i]) continue
    best.shares[i] = shares[i]
    best.labels[i] = label
  }
}

import { ShapeError, shown } from '../core/errors.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'

/**
 * Labels of scores `[N, C, ...]`: where channels exclude each other the best one, `[N, 1, ...]`, else per channel 1 where
 * the score reaches the threshold (MONAI predict_segmentation). int32.
 */
export function predictSegmentation(scores: Value, mutuallyExclusive = false, threshold = 0): Value {
  if (!mutuallyExclusive) return m.cast(m.greaterEqual(scores, threshold), 'int32')
  if (scores.shape[1] === 1)
    throw new ShapeError(
      'predictSegmentation',
      `scores have shape ${shown(scores.shape)}; one channel excludes nothing, give two or more`,
    )
  return m.argMax(scores, 1, true)
}

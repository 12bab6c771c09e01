import { bool, count, instance, number, type Kind, type Schema } from '../core/options.ts'
import {
  boxCenters,
  boxIou,
  boxesAt,
  boxesCenterDistance,
  centersInBoxes,
  type BoxOverlap,
  type Boxes,
} from '../boxes/index.ts'
import { component } from './component.ts'

/** The anchor belongs to no box. */
export const belowLowThreshold = -1
/** The anchor is neither near a box nor far from all; it does not learn. */
export const betweenThresholds = -2

/** Tells to which true box each anchor belongs. */
export interface AnchorMatcher {
  /** For each anchor the row of its box, or -1 or -2; `places` are the places on each map, `perPlace` the anchors at each. */
  match(boxes: Boxes, anchors: Boxes, places: readonly number[], perPlace: number): Int32Array
}

/** How much two boxes are alike, as an option. */
export const overlapOption: Kind<BoxOverlap> = instance(
  'a function of two lists of boxes',
  (f) => typeof f === 'function',
)

const atssOptions = {
  numCandidates: count.opt('Places of each map that are looked at for a box.', 4),
  similarityFn: overlapOption.opt('How much boxes are alike; their intersection over union when null.', null),
  centerInGt: bool.opt('Whether the centre of an anchor must lie in its box.', true),
  debug: bool.opt('No effect: nothing is printed.', false),
} satisfies Schema

/**
 * Adaptive training sample selection (Zhang et al. 2020; MONAI ATSSMatcher): of the anchors nearest to a box, those that
 * are as much like it as the mean of them and a deviation more. Of equally near ones the first are taken.
 */
export const ATSSMatcher = component('ATSSMatcher', atssOptions, (o): AnchorMatcher => ({
  match(boxes, anchors, places, perPlace) {
    const matches = new Int32Array(anchors.shape[0]).fill(belowLowThreshold)
    if (boxes.shape[0] === 0) return matches
    const total = anchors.shape[0]
    const distances = boxesCenterDistance(boxes, anchors).data
    const quality = (o.similarityFn ?? boxIou)(boxes, anchors).data
    const centers = boxCenters(anchors)
    const best = new Float32Array(total).fill(-Infinity)
    for (let row = 0; row < boxes.shape[0]; row++) {
      const near = nearest(distances.subarray(row * total, (row + 1) * total), places, perPlace, o.numCandidates)
      if (near.length <= 1) {
        for (const anchor of near) matches[anchor] = 0
        continue
      }
      const likeness = near.map((anchor) => quality[row * total + anchor])
      const threshold = Math.fround(mean(likeness) + deviation(likeness))
      const inside = o.centerInGt ? centreIn(near, centers.data, boxes, row) : near.map(() => true)
      near.forEach((anchor, i) => {
        if (!(likeness[i] >= threshold && inside[i] && likeness[i] > best[anchor])) return
        best[anchor] = likeness[i]
        matches[anchor] = row
      })
    }
    return matches
  },
}))

/** The nearest anchors of each map. */
function nearest(distances: Float32Array, places: readonly number[], perPlace: number, candidates: number): number[] {
  let start = 0
  return places.flatMap((count) => {
    const from = start
    start += count * perPlace
    return smallest(distances.subarray(from, start), Math.min(candidates * perPlace, count)).map((i) => i + from)
  })
}

/** Places of the few smallest values, in order; of equal ones the first. */
function smallest(values: Float32Array, wanted: number): number[] {
  const found: number[] = []
  values.forEach((value, i) => {
    if (found.length === wanted && !(value < values[found[wanted - 1]])) return
    let at = found.length
    while (at > 0 && values[found[at - 1]] > value) at--
    found.splice(at, 0, i)
    if (found.length > wanted) found.pop()
  })
  return found
}

function centreIn(near: readonly number[], centers: Float32Array, boxes: Boxes, row: number): boolean[] {
  const axes = boxes.shape[1] / 2
  const data = Float32Array.from(near.flatMap((anchor) => [...centers.subarray(anchor * axes, (anchor + 1) * axes)]))
  const same = near.map(() => row)
  return centersInBoxes({ dtype: 'float32', shape: [near.length, axes], data }, boxesAt(boxes, same))
}

function mean(values: readonly number[]): number {
  return Math.fround(values.reduce((a, b) => a + b, 0) / values.length)
}

function deviation(values: readonly number[]): number {
  const middle = values.reduce((a, b) => a + b, 0) / values.length
  return Math.fround(Math.sqrt(values.reduce((sum, x) => sum + (x - middle) ** 2, 0) / (values.length - 1)))
}

const thresholdOptions = {
  highThreshold: number.req('From this overlap on an anchor belongs to a box.'),
  lowThreshold: number.req('Below this overlap it belongs to none.'),
  allowLowQualityMatches: bool.opt('Whether each box has the anchor that is most like it in any case.', false),
  similarityFn: overlapOption.opt('How much boxes are alike; their intersection over union when null.', null),
} satisfies Schema

/** Two thresholds of overlap, as in torchvision's RetinaNet (MONAI set_regular_matcher). */
export const ThresholdMatcher = component('ThresholdMatcher', thresholdOptions, (o): AnchorMatcher => ({
  match(boxes, anchors) {
    const total = anchors.shape[0]
    const matches = new Int32Array(total).fill(belowLowThreshold)
    const rows = boxes.shape[0]
    if (rows === 0) return matches
    const quality = (o.similarityFn ?? boxIou)(boxes, anchors).data
    const of = (row: number, anchor: number) => quality[row * total + anchor]
    const most = Array.from({ length: rows }, (_, row) =>
      quality.subarray(row * total, (row + 1) * total).reduce((a, b) => Math.max(a, b), -Infinity),
    )
    for (let anchor = 0; anchor < total; anchor++) {
      let best = 0
      for (let row = 1; row < rows; row++) if (of(row, anchor) > of(best, anchor)) best = row
      const isBest = o.allowLowQualityMatches && most.some((value, row) => of(row, anchor) === value)
      const overlap = of(best, anchor)
      if (isBest || overlap >= o.highThreshold) matches[anchor] = best
      else if (overlap >= o.lowThreshold) matches[anchor] = betweenThresholds
    }
    return matches
  },
}))

import { ShapeError, shown } from '../core/errors.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { alike } from './check.ts'
import { loss } from './loss.ts'
import { reducedParts, reduction } from './reduce.ts'

/** Keeps empty boxes from dividing by 0: what float32 sees beside 1. */
const tiny = 2 ** -23

/**
 * 1 - generalised intersection over union of pairs of boxes `[N, 4 or 6]`: first corners, then last ones (Rezatofighi et
 * al. 2019; MONAI BoxGIoULoss).
 */
export const BoxGIoULoss = loss({
  name: 'BoxGIoULoss',
  options: { reduction },
  forward(input, target, o) {
    alike('BoxGIoULoss', input, target)
    if (input.shape.length !== 2 || ![4, 6].includes(input.shape[1]))
      throw new ShapeError(
        'BoxGIoULoss',
        `boxes have shape ${shown(input.shape)}; give [N, 4] or [N, 6]: low and high corners`,
      )
    const boxes = [m.cast(target, input.dtype), input].map(corners)
    const [a, b] = boxes
    const both = volume({ low: m.max(a.low, b.low), high: m.min(a.high, b.high) })
    const union = m.sub(m.add(volume(a), volume(b)), both)
    const around = volume({ low: m.min(a.low, b.low), high: m.max(a.high, b.high) })
    const iou = m.div(both, m.add(union, tiny))
    const giou = m.sub(iou, m.div(m.sub(around, union), m.add(around, tiny)))
    return reducedParts(m.sub(1, giou), o.reduction)
  },
})

interface Box {
  readonly low: Value
  readonly high: Value
}

function corners(boxes: Value): Box {
  const [low, high] = m.split(boxes, 1, [boxes.shape[1] / 2, boxes.shape[1] / 2])
  return { low, high }
}

/** The product of the sides `[N]`, 0 of a box that is inside out. */
function volume({ low, high }: Box): Value {
  const sides = m.clip(m.sub(high, low), 0)
  const product = m
    .split(sides, 1, new Array<number>(sides.shape[1]).fill(1))
    .reduce((total, side) => m.mul(total, side))
  return m.reshape(product, [sides.shape[0]])
}

import { ShapeError, shown } from '../core/errors.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { similarityConstants, similarityOptions, similarityWindow } from '../kernels/index.ts'
import { alike, spatialAxes } from './check.ts'
import { separableFilter } from './filter.ts'
import { loss } from './loss.ts'
import { reducedParts, reduction } from './reduce.ts'

/** 1 - structural similarity of each image of a batch `[N, C, ...]`, `[N, 1]` unreduced (Wang et al. 2004; MONAI SSIMLoss). */
export const SSIMLoss = loss({
  name: 'SSIMLoss',
  options: { ...similarityOptions, reduction },
  forward(input, target, { reduction, winSize, ...o }) {
    spatialAxes('SSIMLoss', input, [o.spatialDims])
    alike('SSIMLoss', input, target)
    const window = similarityWindow('SSIMLoss', 'winSize', winSize, o)
    if (window.some(({ length }, axis) => length > input.shape[axis + 2]))
      throw new ShapeError(
        'SSIMLoss',
        `prediction ${shown(input.shape)} is smaller than the window of ${window.map(({ length }) => length).join(' x ')}; lower winSize`,
      )
    const [c1, c2] = similarityConstants(o)
    const y = m.cast(target, input.dtype)
    const mean = (x: Value) => separableFilter(x, window, 'valid')
    const [meanP, meanY] = [mean(input), mean(y)]
    const [squareP, squareY, both] = [m.square(meanP), m.square(meanY), m.mul(meanP, meanY)]
    const varianceP = m.sub(mean(m.square(input)), squareP)
    const varianceY = m.sub(mean(m.square(y)), squareY)
    const covariance = m.sub(mean(m.mul(input, y)), both)
    const contrast = m.div(m.add(m.mul(2, covariance), c2), m.add(m.add(varianceP, varianceY), c2))
    const luminance = m.div(m.add(m.mul(2, both), c1), m.add(m.add(squareP, squareY), c1))
    const similarity = m.mean(m.reshape(m.mul(luminance, contrast), [input.shape[0], -1]), [1], true)
    return reducedParts(m.sub(1, similarity), reduction)
  },
})

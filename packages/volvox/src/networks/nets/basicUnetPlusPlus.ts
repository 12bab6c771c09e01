import { bool } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { downConv, twoConv, upCat } from '../blocks/basicUnetBlock.ts'
import { conv } from '../blocks/conv.ts'
import { layer, type Layer } from '../layer.ts'
import { network } from '../network.ts'
import { basicUnetInput, basicUnetOptions, checkFeatures } from './basicUnet.ts'

/**
 * UNet++: a U-Net whose skip connections are filled with further maps (Zhou et al. 2018; MONAI BasicUNetPlusPlus). Gives a
 * list of one result, or of the results of all four top maps with deep supervision.
 */
export const BasicUNetPlusPlus = network({
  name: 'BasicUNetPlusPlus',
  options: {
    ...basicUnetOptions,
    deepSupervision: bool.opt('Whether all top maps give a result, the deepest last.', false),
  },
  check: (o) => checkFeatures(o),
  input: (o) => basicUnetInput(o),
  build({ spatialDims, inChannels, outChannels, features, upsample: mode, deepSupervision, ...block }) {
    const children: Record<string, Layer> = { conv_0_0: twoConv(spatialDims, inChannels, features[0], block) }
    for (let level = 1; level <= depth; level++)
      children[`conv_${level}_0`] = downConv(spatialDims, features[level - 1], features[level], block)
    for (let step = 1; step <= depth; step++)
      for (let level = 0; level <= depth - step; level++) {
        const below = features[level + 1]
        const widths = {
          below,
          beside: step * features[level],
          raised: level === 0 ? below : Math.trunc(below / 2),
          out: outWidth(features, level, step),
        }
        children[`upcat_${level}_${step}`] = upCat(spatialDims, widths, mode, block)
      }
    for (let step = 1; step <= depth; step++)
      children[`final_conv_0_${step}`] = conv(spatialDims, outWidth(features, 0, step), outChannels, { kernelSize: 1 })
    return layer({
      children,
      forward(own, [x]): readonly Value[] {
        // rows[i]: the maps of level i so far; each new level adds one to all above it, from below, as MONAI goes.
        const rows: Value[][] = [[own.conv_0_0(x)]]
        for (let lowest = 1; lowest <= depth; lowest++) {
          rows.push([own[`conv_${lowest}_0`](rows[lowest - 1][0])])
          for (let level = lowest - 1; level >= 0; level--) {
            const step = lowest - level
            const beside = step === 1 ? rows[level][0] : m.concat([...rows[level]], 1)
            rows[level].push(own[`upcat_${level}_${step}`](rows[level + 1][step - 1], beside))
          }
        }
        const result = (step: number) => own[`final_conv_0_${step}`](rows[0][step])
        return deepSupervision ? [1, 2, 3, 4].map(result) : [result(depth)]
      },
    })
  },
})

const depth = 4

/** The last map of the top level has a width of its own. */
function outWidth(features: readonly number[], level: number, step: number): number {
  return level === 0 && step === depth ? features[5] : features[level]
}

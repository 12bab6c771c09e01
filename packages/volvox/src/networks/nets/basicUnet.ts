import { bool, count, ints, type Schema, type Values } from '../../core/options.ts'
import { downConv, twoConv, upCat } from '../blocks/basicUnetBlock.ts'
import { conv } from '../blocks/conv.ts'
import { upsampleMode } from '../blocks/upsample.ts'
import type { InputRule } from '../inputRule.ts'
import { layer } from '../layer.ts'
import { activation, named, namedOrNumber } from '../named.ts'
import { network, optionError } from '../network.ts'

/** The options that BasicUNet and BasicUNetPlusPlus share. */
export const basicUnetOptions = {
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').opt('Spatial axes.', 3),
  inChannels: count.opt('Channels of the image.', 1),
  outChannels: count.opt('Channels of the result.', 2),
  features: ints.opt('Width of the five levels, top first, and of the last feature map.', [32, 32, 64, 128, 256, 32]),
  act: activation.nullable().opt('Activation; none when null.', ['LeakyReLU', { negative_slope: 0.1, inplace: true }]),
  norm: named.nullable().opt('Norm; none when null.', ['instance', { affine: true }]),
  bias: bool.opt('Whether convolutions have a bias.', true),
  dropout: namedOrNumber.nullable().opt('Chance of dropout; none when null.', 0),
  upsample: upsampleMode.opt('How maps are enlarged.', 'deconv'),
} satisfies Schema

/** Widths of a BasicUNet are six. */
export function checkFeatures({ features }: { readonly features: readonly number[] }): void {
  if (features.length !== 6) optionError('features', `has ${features.length} values; give 6`)
}

/** Pooling halves four times; what it leaves over is repeated. */
export function basicUnetInput({ spatialDims, inChannels }: Values<typeof basicUnetOptions>): InputRule {
  return { channels: inChannels, spatialDims, least: 16 }
}

/** A U-Net of pairs of convolutions with max pooling (Falk et al. 2019; MONAI BasicUNet). */
export const BasicUNet = network({
  name: 'BasicUNet',
  options: basicUnetOptions,
  check: checkFeatures,
  input: basicUnetInput,
  build({ spatialDims, inChannels, outChannels, features, upsample: mode, ...block }) {
    const down = (i: number) => downConv(spatialDims, features[i - 1], features[i], block)
    const up = (i: number) => {
      const widths = {
        below: features[i],
        beside: features[i - 1],
        raised: i === 1 ? features[i] : Math.trunc(features[i] / 2),
      }
      return upCat(spatialDims, { ...widths, out: i === 1 ? features[5] : features[i - 1] }, mode, block)
    }
    return layer({
      children: {
        conv_0: twoConv(spatialDims, inChannels, features[0], block),
        down_1: down(1),
        down_2: down(2),
        down_3: down(3),
        down_4: down(4),
        upcat_4: up(4),
        upcat_3: up(3),
        upcat_2: up(2),
        upcat_1: up(1),
        final_conv: conv(spatialDims, features[5], outChannels, { kernelSize: 1 }),
      },
      forward: (own, [x]) => {
        const x0 = own.conv_0(x)
        const x1 = own.down_1(x0)
        const x2 = own.down_2(x1)
        const x3 = own.down_3(x2)
        const u3 = own.upcat_3(own.upcat_4(own.down_4(x3), x3), x2)
        return own.final_conv(own.upcat_1(own.upcat_2(u3, x1), x0))
      },
    })
  },
})

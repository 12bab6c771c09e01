import { bool, count, probability } from '../../core/options.ts'
import {
  DownTransition,
  InputTransition,
  OutputTransition,
  UpTransition,
  dropoutDim,
  dropoutPair,
  dims2or3,
} from '../blocks/vnetBlock.ts'
import { layer } from '../layer.ts'
import { activation } from '../named.ts'
import { network, optionError } from '../network.ts'

/** V-Net (Milletari et al. 2016, arXiv 1606.04797; MONAI VNet): 16 to 256 channels, 5-wide kernels, four halvings. */
export const VNet = network({
  name: 'VNet',
  options: {
    spatialDims: dims2or3.opt('Spatial axes.', 3),
    inChannels: count.opt('Channels of the image; a divisor of 16.', 1),
    outChannels: count.opt('Channels of the result.', 1),
    act: activation.opt('Activation; a bare "prelu" has one slope per channel.', ['elu', { inplace: true }]),
    dropoutProbDown: probability.nullable().opt('Chance of dropout on the way down; none when null.', 0.5),
    dropoutProbUp: dropoutPair.opt(
      'Chances of dropout on the way up: of what comes from below, of the skip connection.',
      [0.5, 0.5],
    ),
    dropoutDim: { ...dropoutDim, doc: 'Without effect, as in MONAI, whose VNet always drops as Dropout3d does.' },
    bias: bool.opt('Whether convolutions have a bias.', false),
  },
  check: ({ inChannels }) =>
    void (16 % inChannels === 0 || optionError('inChannels', `${inChannels} does not divide 16; use 1, 2, 4, 8 or 16`)),
  input: ({ spatialDims, inChannels }) => ({ channels: inChannels, spatialDims, divisor: 16 }),
  build({ spatialDims, inChannels, outChannels, act, dropoutProbDown, dropoutProbUp, bias }) {
    const shared = { spatialDims, act }
    const down = (channels: number, nconvs: number, dropoutProb: number | null = null) =>
      DownTransition.layer({ ...shared, inChannels: channels, nconvs, dropoutProb, bias })
    const up = (
      from: number,
      to: number,
      nconvs: number,
      dropoutProb: readonly [number | null, number] = [null, 0.5],
    ) => UpTransition.layer({ ...shared, inChannels: from, outChannels: to, nconvs, dropoutProb })
    return layer({
      children: {
        in_tr: InputTransition.layer({ ...shared, inChannels, outChannels: 16, bias }),
        down_tr32: down(16, 1),
        down_tr64: down(32, 2),
        down_tr128: down(64, 3, dropoutProbDown),
        down_tr256: down(128, 2, dropoutProbDown),
        up_tr256: up(256, 256, 2, dropoutProbUp),
        up_tr128: up(256, 128, 2, dropoutProbUp),
        up_tr64: up(128, 64, 1),
        up_tr32: up(64, 32, 1),
        out_tr: OutputTransition.layer({ ...shared, inChannels: 32, outChannels, bias }),
      },
      forward: (own, [x]) => {
        const out16 = own.in_tr(x)
        const out32 = own.down_tr32(out16)
        const out64 = own.down_tr64(out32)
        const out128 = own.down_tr128(out64)
        const up256 = own.up_tr256(own.down_tr256(out128), out128)
        return own.out_tr(own.up_tr32(own.up_tr64(own.up_tr128(up256, out64), out32), out16))
      },
    })
  },
})

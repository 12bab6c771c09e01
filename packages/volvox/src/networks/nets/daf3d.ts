import { bool, count, type Schema } from '../../core/options.ts'
import { resize } from '../../graph/layers.ts'
import * as m from '../../graph/math.ts'
import { withPyramid } from '../blocks/backboneFpn.ts'
import { conv } from '../blocks/conv.ts'
import {
  daf3dAspp,
  daf3dAttention,
  daf3dBackbone,
  daf3dChannels,
  daf3dConvolution,
  daf3dNorm,
  daf3dPyramid,
} from '../blocks/daf3d.ts'
import { layer, sequential, type Output } from '../layer.ts'
import { network } from '../network.ts'

const options = {
  inChannels: count.req('Channels of the image.'),
  outChannels: count.req('Channels of the result.'),
  visualOutput: bool.opt('Whether evaluation gives what training compares and the attention maps, too.', false),
} satisfies Schema

/**
 * Features of four levels, refined by attention to all of them (Wang et al. 2019; MONAI DAF3D). Takes
 * `[N, inChannels, x, y, z]`; gives logits `[N, outChannels, x, y, z]`. In training it gives nine: of the four levels before
 * and after refinement, then the result. With `visualOutput` evaluation gives the result, those eight, then the four of
 * the attention maps.
 */
export const DAF3D = network<typeof options, Output>({
  name: 'DAF3D',
  options,
  input: ({ inChannels }) => ({ channels: inChannels, spatialDims: 3 }),
  build: ({ inChannels, outChannels, visualOutput }) =>
    layer({
      children: {
        backbone_with_fpn: withPyramid(
          daf3dBackbone(inChannels),
          ['layer1', 'layer2', 'layer3', 'layer4'],
          daf3dPyramid(daf3dChannels, 128),
        ),
        predict1: conv(3, 128, outChannels, { kernelSize: 1 }),
        fuse: sequential([daf3dConvolution(512, 64, 1), daf3dConvolution(64, 64, 3), daf3dConvolution(64, 64, 3)]),
        attention: daf3dAttention(3, 192, 64),
        refine: daf3dConvolution(256, 64, 1),
        predict2: conv(3, 64, outChannels, { kernelSize: 1 }),
        aspp: daf3dAspp({
          inChannels: 64,
          width: 64,
          outChannels: 64,
          kernelSizes: [3, 3, 3, 3],
          dilations: [1, 6, 12, 18].map((n) => [1, n, n]), // within slices
          norm: daf3dNorm,
          act: null,
        }),
      },
      forward: (own, [x], { training }): Output => {
        const levels = own.backbone_with_fpn(x)
        const all = own.fuse(m.concat(levels, 1))
        const attended = levels.map((level) => own.attention(level, all))
        const refined = attended.map(([features]) => features)
        const result = own.predict2(own.aspp(own.refine(m.concat(refined, 1))))
        const supervised = () => [
          ...levels.map((level) => own.predict1(level)),
          ...refined.map((one) => own.predict2(one)),
        ]
        const whole = (logits: typeof x) => resize(logits, x.shape.slice(2), 'linear')
        if (training) return [...supervised(), result].map(whole)
        if (!visualOutput) return whole(result)
        return [result, ...supervised(), ...attended.map(([, map]) => own.predict2(map))].map(whole)
      },
    }),
})

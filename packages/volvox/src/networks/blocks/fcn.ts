// Fully convolutional networks for slices, from which AHNet learns its encoder (Liu et al. 2018; MONAI blocks.fcn).
import { bool, count, oneOf, type Schema, type Values } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { kaimingNormalOut } from '../init.ts'
import { layer, type Layer } from '../layer.ts'
import { network } from '../network.ts'
import { resnetParts } from '../nets/resnet.ts'
import { noDownload } from '../pretrained.ts'
import { actLayer } from './act.ts'
import { conv } from './conv.ts'
import { convolution } from './convolutions.ts'
import { interpolate } from './interpolate.ts'
import { normLayer } from './norm.ts'
import { upsample } from './upsample.ts'

/** MONAI GCN: two long kernels crossed with two, for a wide view (Peng et al. 2017). */
export const GCN = network({
  name: 'GCN',
  options: {
    inplanes: count.req('Channels in.'),
    planes: count.req('Channels out.'),
    ks: count.where((n) => n % 2 === 1, 'an odd whole number').opt('Length of the kernels.', 7),
  },
  input: ({ inplanes }) => ({ channels: inplanes, spatialDims: 2 }),
  build({ inplanes, planes, ks }) {
    const down = (from: number) => conv(2, from, planes, { kernelSize: [ks, 1], padding: [(ks - 1) / 2, 0] })
    const across = (from: number) => conv(2, from, planes, { kernelSize: [1, ks], padding: [0, (ks - 1) / 2] })
    return layer({
      children: { conv_l1: down(inplanes), conv_l2: across(planes), conv_r1: across(inplanes), conv_r2: down(planes) },
      forward: (own, [x]) => m.add(own.conv_l2(own.conv_l1(x)), own.conv_r2(own.conv_r1(x))),
    })
  },
})

/** MONAI Refine: two convolutions beside their input, both behind one batch norm. */
export const Refine = network({
  name: 'Refine',
  options: { planes: count.req('Channels.') },
  input: ({ planes }) => ({ channels: planes, spatialDims: 2 }),
  build({ planes }) {
    const one = () => conv(2, planes, planes, { kernelSize: 3, padding: 1 })
    return layer({
      children: { bn: normLayer('batch', planes), relu: actLayer('relu'), conv1: one(), conv2: one() },
      forward(own, [x]) {
        const y = own.conv1(own.relu(own.bn(x)))
        return m.add(x, own.conv2(own.relu(own.bn(y))))
      },
    })
  },
})

const options = {
  outChannels: count.opt('Channels of the result.', 1),
  upsampleMode: oneOf('bilinear', 'transpose').opt('How maps are enlarged.', 'bilinear'),
  pretrained: bool.opt('Whether the encoder is to begin with weights for ImageNet, which have to be loaded.', true),
  progress: bool.opt('No effect: nothing is downloaded.', true),
} satisfies Schema

/** A ResNet50, whose five levels are refined and added up (MONAI FCN). */
export const FCN = network({
  name: 'FCN',
  options,
  input: () => ({ channels: 3, spatialDims: 2 }),
  checkInit: ({ pretrained }) => noDownload(pretrained),
  build: fcn,
})

/** An FCN of images with any number of channels (MONAI MCFCN). */
export const MCFCN = network({
  name: 'MCFCN',
  options: { inChannels: count.opt('Channels of the image.', 3), ...options },
  input: ({ inChannels }) => ({ channels: inChannels, spatialDims: 2 }),
  checkInit: ({ pretrained }) => noDownload(pretrained),
  build({ inChannels, ...o }) {
    const inner = fcn(o)
    const window = { kernelSize: 1, act: 'relu', norm: 'batch', bias: false }
    return layer({
      children: { ...inner.children, init_proj: convolution(2, inChannels, 3, window) },
      forward: (own, [x], context) => inner.forward(context, [own.init_proj(x)]),
    })
  },
})

function fcn({ outChannels, upsampleMode }: Omit<Values<typeof options>, 'pretrained' | 'progress'>): Layer {
  const { conv1, bn1, act, maxpool, ...stages } = resnetParts('resnet50', 2, 3)
  const [layer1, layer2, layer3, layer4] = [stages.layer1, stages.layer2, stages.layer3, stages.layer4].map(started)
  const widths = [2048, 1024, 512, 64, 64]
  const numbers = Array.from({ length: 10 }, (_, i) => i + 1)
  const named = (name: string, parts: readonly Layer[]) =>
    Object.fromEntries(parts.map((part, i) => [`${name}${i + 1}`, part]))
  const gcn = named('gcn', widths.map((width) => GCN.layer({ inplanes: width, planes: outChannels }))) // prettier-ignore
  const refine = named('refine', numbers.map(() => Refine.layer({ planes: outChannels }))) // prettier-ignore
  return layer({
    children: {
      conv1: started(conv1),
      bn0: bn1,
      relu: act,
      maxpool,
      layer1,
      layer2,
      layer3,
      layer4,
      ...gcn,
      ...refine,
      transformer: conv(2, 256, 64, { kernelSize: 1 }),
      up_conv: upsampleMode === 'transpose' ? upsample(2, outChannels, outChannels, { mode: 'deconv' }) : undefined,
    },
    forward(own, [x]) {
      const parts = own as unknown as Readonly<Record<string, (x: Value) => Value>> // gcn1, refine1, ... are there, too
      const first = own.relu(own.bn0(own.conv1(x)))
      const pooled = own.maxpool(first)
      const second = own.layer2(own.layer1(pooled))
      const third = own.layer3(second)
      const sides = [own.layer4(third), third, second, pooled, first].map((map, i) =>
        parts[`refine${i + 1}`](parts[`gcn${i + 1}`](map)),
      )
      const up = (y: Value, like: Value) =>
        own.up_conv ? own.up_conv(y) : interpolate(y, like.shape.slice(2), 'bilinear', true)
      const sum = sides.reduce((y, side, i) => parts[`refine${i + 5}`](m.add(up(y, side), side)))
      return parts.refine10(up(sum, x))
    },
  })
}

/** As torchvision starts its ResNets. */
function started(part: Layer): Layer {
  return { ...part, initOf: ({ shape, role, init }) => (role === 'kernel' ? kaimingNormalOut(shape) : init) }
}

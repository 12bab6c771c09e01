// MONAI's blocks that enlarge a map, as components.
import { z } from 'zod'
import { Kind, bool, count, intOrInts, numberOrNumbers, type Schema } from '../../core/options.ts'
import type { Layer } from '../layer.ts'
import { network, networkOption, optionError, singleLayer, type Network } from '../network.ts'
import { conv } from './conv.ts'
import { interpolateMode } from './interpolate.ts'
import { subpixelUpsample, upsample, upsampleMode } from './upsample.ts'

const defaultOrNetwork: Kind<Network | 'default' | null> = new Kind('"default", a network or null', () =>
  z.union([z.literal('default'), networkOption.type]).nullable(),
)

const options = {
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').req('Spatial axes.'),
  inChannels: count.opt('Channels in; needed for what is learnt.', null),
  outChannels: count.opt('Channels out; as many as come in when null.', null),
  applyPadPool: bool.opt('Whether shuffled voxels are averaged against checkerboards.', true),
  bias: bool.opt('Whether convolutions have a bias.', true),
} satisfies Schema

/** MONAI UpSample: a larger map, by one of four ways. */
export const UpSample = network({
  name: 'UpSample',
  options: {
    ...options,
    scaleFactor: numberOrNumbers.opt('How much longer each axis becomes.', 2),
    kernelSize: intOrInts.opt('Kernel of transposed convolutions; the factor when null.', null),
    size: intOrInts.opt('Sizes that interpolation is to reach, in place of the factor.', null),
    mode: upsampleMode.opt('The way.', 'deconv'),
    preConv: defaultOrNetwork.opt('What comes before an interpolation or shuffle; nothing when null.', 'default'),
    postConv: networkOption.opt('What follows an interpolation.', null),
    interpMode: interpolateMode.opt('How voxels are interpolated.', 'linear'),
    alignCorners: bool.nullable().opt('Whether corner voxels keep their place; null for modes without corners.', true),
  },
  check({ mode, inChannels, outChannels, scaleFactor }) {
    if (inChannels === null && (mode !== 'nontrainable' || outChannels !== null))
      optionError('inChannels', `is null; mode "${mode}" needs it`)
    if (mode !== 'nontrainable' && [scaleFactor].flat().some((n) => !Number.isInteger(n)))
      optionError('scaleFactor', `${String(scaleFactor)} is not whole; only mode "nontrainable" takes such`)
  },
  build({ spatialDims, inChannels, outChannels, scaleFactor, kernelSize, preConv, postConv, ...rest }) {
    const from = inChannels ?? 1 // without learnt parts any number of channels may come
    // MONAI compares null with the channels, and finds that they differ.
    const mixed = rest.mode === 'nontrainable' && preConv === 'default' && inChannels !== null && outChannels === null
    return upsample(spatialDims, from, outChannels ?? from, {
      ...rest,
      factor: scaleFactor,
      kernelSize: kernelSize ?? undefined,
      preConv: mixed ? conv(spatialDims, from, from, { kernelSize: 1, bias: rest.bias }) : layerOf(preConv),
      postConv: postConv ? singleLayer(postConv) : undefined,
    })
  },
})

/** MONAI SubpixelUpsample (Shi et al. 2016): channels become voxels. */
export const SubpixelUpsample = network({
  name: 'SubpixelUpsample',
  options: {
    ...options,
    scaleFactor: count.opt('How much longer each axis becomes.', 2),
    convBlock: defaultOrNetwork.opt('What makes the channels; nothing when null.', 'default'),
  },
  check({ inChannels, convBlock }) {
    if (inChannels === null && convBlock === 'default') optionError('inChannels', 'is null; the convolution needs it')
  },
  build({ spatialDims, inChannels, outChannels, scaleFactor, convBlock, ...rest }) {
    const from = inChannels ?? 1
    return subpixelUpsample(spatialDims, from, outChannels ?? from, scaleFactor, {
      ...rest,
      preConv: layerOf(convBlock),
    })
  },
})

function layerOf(given: Network | 'default' | null): Layer | null | undefined {
  if (given === null) return null
  return given === 'default' ? undefined : singleLayer(given)
}

// The blocks of MONAI's MAISI networks, which compute large volumes piece by piece.
import { ShapeError } from '../../core/errors.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { layer, pure, sequential, type Layer } from '../layer.ts'
import { perAxis } from '../named.ts'
import { convolution, type ConvolutionOptions } from './convolutions.ts'
import { autoencoderResBlock, paddedAndHalved } from './generative.ts'
import type { SpatialAttentionOptions } from './spatialAttention.ts'
import { enlarged } from './upsample.ts'

/** Into how many pieces MONAI cuts a volume, along which spatial axis. */
export interface Splitting {
  readonly numSplits: number
  readonly dimSplit: number
}

const axes = 3

/**
 * MONAI MaisiConvolution. Pieces overlap by what kernels reach, so a bare convolution gives the same on the whole volume
 * and is computed on it: executors plan their memory. Norms see a piece each, as there.
 */
export function maisiConvolution(
  inChannels: number,
  outChannels: number,
  splitting: Splitting,
  options: ConvolutionOptions,
): Layer {
  const isWhole = splitting.numSplits === 1 || options.convOnly === true || options.norm === null
  return layer({
    children: { conv: convolution(axes, inChannels, outChannels, options) },
    forward: (own, [x]) => (isWhole ? own.conv(x) : inPieces(own.conv, x, splitting, options)),
  })
}

/** A convolution piece by piece: each sees 3 voxels of its neighbours, or the next multiple of the step. */
function inPieces(
  conv: (x: Value) => Value,
  x: Value,
  { numSplits, dimSplit }: Splitting,
  { strides = 1, isTransposed = false }: ConvolutionOptions,
): Value {
  const axis = dimSplit + 2
  const stride = perAxis(strides, axes, 'strides')[dimSplit]
  const length = x.shape[axis]
  const own = Math.floor(length / numSplits)
  const overlap = Math.ceil(3 / stride) * stride
  if (length % numSplits !== 0 || own < overlap)
    throw new ShapeError(
      'MaisiConvolution',
      `axis ${axis} of the input has ${length} voxels; ${numSplits} pieces of ${overlap} or more each need a multiple of ${numSplits}, at least ${numSplits * overlap}`,
    )
  const scaled = (n: number) => (isTransposed ? n * stride : Math.floor(n / stride))
  const pieces = Array.from({ length: numSplits }, (_, i) => {
    const start = i === 0 ? 0 : i * own - overlap
    const end = i === numSplits - 1 ? length : Math.min(length, (i + 1) * own + overlap)
    const y = conv(m.narrow(x, axis, start, end - start))
    return m.narrow(y, axis, i === 0 ? 0 : scaled(overlap), scaled(own))
  })
  return m.concat(pieces, axis)
}

const kept: ConvolutionOptions = { kernelSize: 3, padding: 1, convOnly: true }

/** MONAI MaisiConvolution as its networks have it: nothing follows it, and the size stays. */
export function maisiConv(from: number, to: number, splitting: Splitting, kernelSize = 3): Layer {
  return maisiConvolution(from, to, splitting, { ...kept, kernelSize, padding: (kernelSize - 1) / 2 })
}

/** MONAI MaisiResBlock. */
export function maisiResBlock(
  from: number,
  to: number,
  splitting: Splitting,
  options: Pick<SpatialAttentionOptions, 'normNumGroups' | 'normEps'>,
): Layer {
  return autoencoderResBlock(axes, from, to, options, {
    conv: (from, to, kernelSize) => maisiConv(from, to, splitting, kernelSize),
  })
}

/** MONAI MaisiUpsample: to twice the size, by a transposed convolution or by interpolation and a convolution. */
export function maisiUpsample(channels: number, useConvtranspose: boolean, splitting: Splitting): Layer {
  const conv = maisiConvolution(channels, channels, splitting, {
    ...kept,
    strides: useConvtranspose ? 2 : 1,
    isTransposed: useConvtranspose,
  })
  return sequential({ enlarged: useConvtranspose ? undefined : pure((x) => enlarged(x, 2, false)), conv })
}

/** MONAI MaisiDownsample: to half the size. */
export function maisiDownsample(channels: number, splitting: Splitting): Layer {
  return paddedAndHalved(axes, maisiConvolution(channels, channels, splitting, { ...kept, strides: 2, padding: 0 }))
}

import { OptionError } from '../../core/errors.ts'
import { count, intOrInts, oneOf, probability } from '../../core/options.ts'
import { sizeOf } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { smallNormal, zero, type Init } from '../init.ts'
import { layer, pure, sequential, type Layer, type Weight } from '../layer.ts'
import { perAxis } from '../named.ts'
import { network } from '../network.ts'
import { divides } from './attention.ts'
import { kernelAndBias } from './conv.ts'
import { dropoutLayer } from './dropout.ts'
import { affine, linear } from './linear.ts'
import { layerNorm } from './norm.ts'

/** Patches of an image as a sequence `[N, patches, hiddenSize]`, plus their embedded positions (MONAI PatchEmbeddingBlock). */
export const PatchEmbeddingBlock = network({
  name: 'PatchEmbeddingBlock',
  options: {
    inChannels: count.req('Channels of the image.'),
    imgSize: intOrInts.req('Size of the images.'),
    patchSize: intOrInts.req('Size of the patches.'),
    hiddenSize: count.req('Features of a token.'),
    numHeads: count.req('Attention heads of what follows, which must share the features.'),
    projType: oneOf('conv', 'perceptron').opt('How patches become tokens.', 'conv'),
    posEmbedType: oneOf('none', 'learnable', 'sincos').opt('What tells tokens where they are.', 'learnable'),
    dropoutRate: probability.opt('Chance of dropout.', 0),
    spatialDims: count.where((n) => n <= 3, '1, 2 or 3').opt('Spatial axes.', 3),
  },
  check: ({ numHeads, hiddenSize }) => divides(numHeads, hiddenSize),
  input: ({ inChannels, spatialDims, imgSize }) => ({ channels: inChannels, spatialDims, size: imgSize }),
  build: (o) => patchEmbeddingBlock(o),
})

/** Patches embedded by a convolution, `[N, embedDim, ...grid]`; images are padded at the end (MONAI PatchEmbed). */
export const PatchEmbed = network({
  name: 'PatchEmbed',
  options: {
    patchSize: intOrInts.opt('Size of the patches.', 2),
    inChans: count.opt('Channels of the image.', 1),
    embedDim: count.opt('Features of a token.', 48),
    normLayer: oneOf('LayerNorm').nullable().opt('Norm of the tokens; none when null.', 'LayerNorm'),
    spatialDims: count.where((n) => n === 2 || n === 3, '2 or 3').opt('Spatial axes.', 3),
  },
  input: ({ inChans, spatialDims }) => ({ channels: inChans, spatialDims }),
  build({ patchSize, inChans, embedDim, normLayer, spatialDims }) {
    const patches = perAxis(patchSize, spatialDims, 'patchSize')
    const embedded = patchEmbed(inChans, embedDim, patches, normLayer !== null)
    return { ...embedded, forward: (context, inputs) => channelsFirst(embedded.forward(context, inputs)) }
  },
})

export interface PatchEmbeddingOptions {
  readonly spatialDims: number
  readonly inChannels: number
  readonly imgSize: number | readonly number[]
  readonly patchSize: number | readonly number[]
  readonly hiddenSize: number
  readonly projType: 'conv' | 'perceptron'
  readonly posEmbedType: 'none' | 'learnable' | 'sincos'
  readonly dropoutRate: number
}

/** The layer of PatchEmbeddingBlock. */
export function patchEmbeddingBlock(options: PatchEmbeddingOptions): Layer {
  const { spatialDims, inChannels, hiddenSize, projType } = options
  const image = perAxis(options.imgSize, spatialDims, 'imgSize')
  const patch = perAxis(options.patchSize, spatialDims, 'patchSize')
  image.forEach((n, i) => {
    if (n < patch[i])
      throw new OptionError(
        'patchSize',
        `${patch[i]} is more than the image's ${n} voxels on axis ${i}; use a smaller one`,
      )
    if (projType === 'perceptron' && n % patch[i] !== 0)
      throw new OptionError(
        'patchSize',
        `${patch[i]} does not divide the image's ${n} voxels on axis ${i}; use a divisor`,
      )
  })
  const grid = image.map((n, i) => Math.floor(n / patch[i]))
  const position: Weight = {
    shape: [1, sizeOf(grid), hiddenSize],
    ...positions(options.posEmbedType, grid, hiddenSize),
  }
  const patches =
    projType === 'conv'
      ? patchConv(inChannels, hiddenSize, patch)
      : sequential([
          pure((x) => patchRows(x, patch, 'channels last')),
          linear(inChannels * sizeOf(patch), hiddenSize, { init: { weight: smallNormal, bias: zero } }),
        ])
  return layer({
    weights: { position_embeddings: position },
    children: {
      patch_embeddings: patches,
      dropout: tokenDropout(options.dropoutRate, projType === 'conv' ? 'channels first' : 'channels last'),
    },
    forward: (own, [x]) => {
      const tokens = m.reshape(own.patch_embeddings(x), [x.shape[0], -1, hiddenSize])
      return own.dropout(m.add(tokens, own.position_embeddings))
    },
  })
}

/**
 * Patches embedded as by PatchEmbed, but with channels last, `[N, ...grid, embedDim]`; an image that patches do
 * not divide is padded with 0 at the end of its axes.
 */
export function patchEmbed(
  inChannels: number,
  embedDim: number,
  patchSize: readonly number[],
  normalised: boolean,
): Layer {
  return layer({
    children: {
      proj: patchConv(inChannels, embedDim, patchSize),
      norm: normalised ? layerNorm(embedDim) : undefined,
    },
    forward: (own, [x]) => {
      const y = own.proj(padded(x, patchSize))
      return own.norm ? own.norm(y) : y
    },
  })
}

type Order = 'channels first' | 'channels last'

/** Dropout of tokens `[N, ...grid, C]` that lie in memory in this order in MONAI, in which torch draws the mask. */
export function tokenDropout(p: number, order: Order): Layer {
  const dropout = dropoutLayer(p)
  return p === 0 || order === 'channels last' ? dropout : sequential([pure(channelsFirst), dropout, pure(channelsLast)])
}

/** `[N, C, ...spatial]` to `[N, ...spatial, C]`. */
export function channelsLast(x: Value): Value {
  const axes = x.shape.map((_, axis) => axis)
  return m.transpose(x, [0, ...axes.slice(2), 1])
}

/** `[N, ...spatial, C]` to `[N, C, ...spatial]`. */
export function channelsFirst(x: Value): Value {
  const rank = x.shape.length
  return m.transpose(x, [0, rank - 1, ...x.shape.map((_, axis) => axis).slice(1, -1)])
}

/**
 * A convolution whose stride is its kernel, `[N, C, ...spatial]` to `[N, ...grid, outChannels]` (channels last): one matrix
 * product over patches, which is fast however large they are. What patches do not cover at the end is left out.
 */
function patchConv(inChannels: number, outChannels: number, patch: readonly number[]): Layer {
  return layer({
    weights: kernelAndBias([outChannels, inChannels, ...patch], outChannels, {}),
    forward: ({ weight, bias }, [x]) => {
      const covered = x.shape.map((n, axis) => (axis < 2 ? n : n - (n % patch[axis - 2])))
      const rows = patchRows(
        m.slice(
          x,
          covered.map(() => 0),
          covered,
        ),
        patch,
        'channels first',
      )
      return affine(rows, m.reshape(weight, [outChannels, -1]), bias)
    },
  })
}

/** `[N, C, ...spatial]` to `[N, ...grid, voxels of a patch · C]`, in either order. */
function patchRows(x: Value, patch: readonly number[], order: Order): Value {
  const [samples, channels, ...spatial] = x.shape
  const axes = patch.map((_, i) => i)
  const grid = spatial.map((n, i) => n / patch[i])
  const cut = m.reshape(x, [samples, channels, ...grid.flatMap((n, i) => [n, patch[i]])])
  const voxels = axes.map((i) => 3 + 2 * i)
  const inner = order === 'channels first' ? [1, ...voxels] : [...voxels, 1]
  const turned = m.transpose(cut, [0, ...axes.map((i) => 2 + 2 * i), ...inner])
  return m.reshape(turned, [samples, ...grid, sizeOf(patch) * channels])
}

function padded(x: Value, patch: readonly number[]): Value {
  const ends = x.shape.map((n, axis) => (axis < 2 ? 0 : (patch[axis - 2] - (n % patch[axis - 2])) % patch[axis - 2]))
  return ends.some((n) => n > 0) ? m.pad(x, [...ends.map(() => 0), ...ends]) : x
}

function positions(
  type: PatchEmbeddingOptions['posEmbedType'],
  grid: readonly number[],
  hiddenSize: number,
): { readonly role: Weight['role']; readonly init: Init } {
  if (type === 'sincos') return { role: 'fixed', init: { kind: 'values', values: sinesAndCosines(grid, hiddenSize) } }
  return { role: 'embedding', init: type === 'none' ? zero : smallNormal }
}

/**
 * Sines and cosines of each patch's coordinates at `hiddenSize / 2 / axes` frequencies from 1 down to nearly 1/10000; the
 * first two axes in reverse order, as in MONAI.
 */
function sinesAndCosines(grid: readonly number[], hiddenSize: number): Float32Array {
  const axes = grid.length
  if ((axes !== 2 && axes !== 3) || hiddenSize % (2 * axes) !== 0)
    throw new OptionError(
      'posEmbedType',
      `"sincos" does not fit ${hiddenSize} features on ${axes} axes; use 2 or 3 axes and a multiple of ${2 * axes} features`,
    )
  const count = hiddenSize / (2 * axes)
  const order = [1, 0, 2].slice(0, axes)
  const values = new Float32Array(sizeOf(grid) * hiddenSize)
  for (let patch = 0; patch < sizeOf(grid); patch++) {
    let left = patch
    const place = [...grid].reverse().map((n) => {
      const at = left % n
      left = Math.floor(left / n)
      return at
    })
    place.reverse()
    order.forEach((axis, slot) => {
      for (let i = 0; i < count; i++) {
        const angle = place[axis] / 10000 ** (i / count)
        const at = patch * hiddenSize + 2 * slot * count + i
        values[at] = Math.sin(angle)
        values[at + count] = Math.cos(angle)
      }
    })
  }
  return values
}

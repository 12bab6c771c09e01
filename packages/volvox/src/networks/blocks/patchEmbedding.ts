import { OptionError } from '../../core/errors.ts'
import { sizeOf } from '../../core/tensor.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { smallNormal, zero, type Init } from '../init.ts'
import { layer, pure, sequential, type Layer, type Weight } from '../layer.ts'
import { perAxis } from '../named.ts'
import { conv } from './conv.ts'
import { dropoutLayer } from './dropout.ts'
import { linear } from './linear.ts'
import { layerNorm } from './norm.ts'

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

/** MONAI PatchEmbeddingBlock: patches of an image as a sequence `[N, patches, hiddenSize]`, plus their embedded positions. */
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
      ? conv(spatialDims, inChannels, hiddenSize, { kernelSize: patch, strides: patch })
      : sequential([
          pure((x) => patchRows(x, patch)),
          linear(inChannels * sizeOf(patch), hiddenSize, { init: { weight: smallNormal, bias: zero } }),
        ])
  return layer({
    weights: { position_embeddings: position },
    children: { patch_embeddings: patches, dropout: dropoutLayer(options.dropoutRate) },
    forward: (own, [x]) => {
      const y = own.patch_embeddings(x)
      return own.dropout(m.add(projType === 'conv' ? toSequence(y) : y, own.position_embeddings))
    },
  })
}

/**
 * MONAI PatchEmbed: patches embedded by a convolution, `[N, ...grid, embedDim]` (channels last); an image that patches do
 * not divide is padded with 0 at the end of its axes.
 */
export function patchEmbed(
  axes: number,
  inChannels: number,
  embedDim: number,
  patchSize: readonly number[],
  normalised: boolean,
): Layer {
  return layer({
    children: {
      proj: conv(axes, inChannels, embedDim, { kernelSize: patchSize, strides: patchSize }),
      norm: normalised ? layerNorm(embedDim) : undefined,
    },
    forward: (own, [x]) => {
      const y = channelsLast(own.proj(padded(x, patchSize)))
      return own.norm ? own.norm(y) : y
    },
  })
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

/** `[N, C, ...spatial]` to `[N, voxels, C]`. */
function toSequence(x: Value): Value {
  return m.reshape(channelsLast(x), [x.shape[0], -1, x.shape[1]])
}

/** `[N, C, ...spatial]` to `[N, patches, voxels of a patch · C]`. */
function patchRows(x: Value, patch: readonly number[]): Value {
  const [samples, channels, ...spatial] = x.shape
  const axes = patch.map((_, i) => i)
  const cut = m.reshape(x, [samples, channels, ...spatial.flatMap((n, i) => [n / patch[i], patch[i]])])
  const perm = [0, ...axes.map((i) => 2 + 2 * i), ...axes.map((i) => 3 + 2 * i), 1]
  return m.reshape(m.transpose(cut, perm), [samples, -1, sizeOf(patch) * channels])
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

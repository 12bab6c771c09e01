import { ShapeError, shown } from '../../core/errors.ts'
import { count, int } from '../../core/options.ts'
import { floats, sizeOf, tensor } from '../../core/tensor.ts'
import { constant, type Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { cos, sin } from '../../graph/waves.ts'
import { actLayer } from '../blocks/act.ts'
import { conv, convTranspose } from '../blocks/conv.ts'
import { embeddingTable } from '../blocks/embedding.ts'
import { linear } from '../blocks/linear.ts'
import { normLayer } from '../blocks/norm.ts'
import { channelsFirst, channelsLast } from '../blocks/patchEmbedding.ts'
import { twoWayTransformer } from '../blocks/twoWayTransformer.ts'
import { layer, sequential, type Layer, type Weight } from '../layer.ts'
import { network, optionError } from '../network.ts'

/** Labels of points: of none, of a negative and a positive one, and of those two of a special class. */
export const pointLabels = { none: -1, negative: 0, positive: 1, specialNegative: 2, specialPositive: 3 } as const

/**
 * What is marked by points (MONAI PointMappingSAM; Kirillov et al. 2023; He et al. 2024): features `[1, C, D, H, W]`, points
 * `[B, N, 3]` in voxels, their labels `[B, N]` (see `pointLabels`), and perhaps classes `[B]` or `[B, 1]`, to masks
 * `[B, 1, D, H, W]`.
 */
export const PointMappingSAM = network({
  name: 'PointMappingSAM',
  options: {
    featureSize: count.req('Channels of the features, a multiple of 8.'),
    maxPrompt: count.opt('No effect on results: how many objects MONAI computes at once.', 32),
    nClasses: count.opt('Rows of a table of classes, which is there for published weights.', 512),
    lastSupported: int.opt('The last class that was trained; those beyond are new.', 132),
  },
  inputs: () => [
    { name: 'out', about: 'features' },
    { name: 'point_coords', about: 'points [B, N, 3] in voxels' },
    { name: 'point_labels', about: 'their labels [B, N]', dtype: 'int32' },
    { name: 'class_vector', about: 'classes [B] or [B, 1]', dtype: 'int32', presence: 'possible' },
  ],
  check: ({ featureSize }) =>
    void (featureSize % 8 === 0 || optionError('featureSize', `is ${featureSize}; give a multiple of 8`)),
  input: ({ featureSize }) => ({ channels: featureSize, spatialDims: 3, divisor: 2 }),
  build({ featureSize: size, nClasses, lastSupported }) {
    const window = { kernelSize: 3, padding: 1 }
    const row = () => embeddingTable(1, size)
    const parts = {
      feat_downsample: sequential([
        conv(3, size, size, { ...window, strides: 2 }),
        normLayer('instance', size),
        actLayer('gelu'),
        conv(3, size, size, window),
        normLayer('instance', size),
      ]),
      mask_downsample: conv(3, 2, 2, { ...window, strides: 2 }),
      transformer: twoWayTransformer({ depth: 2, features: size, heads: 4, mlpDim: 512 }),
      pe_layer: positionWaves(size / 2),
      point_embeddings: [row(), row()],
      not_a_point_embed: row(),
      special_class_embed: row(),
      mask_tokens: row(),
      output_upscaling: sequential([
        convTranspose(3, size, size, { ...window, strides: 2, outputPadding: 1 }),
        normLayer('instance', size),
        actLayer('gelu'),
        conv(3, size, size, window),
      ]),
      output_hypernetworks_mlps: mlp(size, 3),
      class_embeddings: embeddingTable(nClasses, size),
      zeroshot_embed: row(),
      supported_embed: row(),
    }
    return layer({
      children: parts,
      forward: (own, [features, points, labels, classes]) => {
        checkPoints(points, labels)
        const [objects, count] = labels.shape
        const first = constant(tensor('int32', [1], Int32Array.of(0)))
        const rowOf = (table: (indices: Value) => Value) => m.reshape(table(first), [1, 1, size])
        const labelled = (label: number) => m.reshape(m.equal(labels, label), [objects, count, 1])
        const marked = (label: number, vector: Value) => m.mul(labelled(label), vector)
        const [negative, positive] = own.point_embeddings.map(rowOf)
        const special = rowOf(own.special_class_embed)
        const places = own.pe_layer(shares(m.add(points, 0.5), features.shape.slice(2)))
        const embedded = [
          m.where(labelled(pointLabels.none), rowOf(own.not_a_point_embed), places),
          marked(pointLabels.negative, negative),
          marked(pointLabels.positive, positive),
          marked(pointLabels.specialNegative, m.add(negative, special)),
          marked(pointLabels.specialPositive, m.add(positive, special)),
        ].reduce(m.add)
        const each = (vector: Value) => m.broadcastTo(vector, [objects, 1, size])
        const supported = rowOf(own.supported_embed)
        const known = classes
          ? m.where(m.reshape(m.greater(classes, lastSupported), [objects, 1, 1]), rowOf(own.zeroshot_embed), supported)
          : supported
        const tokens = m.concat([each(rowOf(own.mask_tokens)), embedded, each(known)], 1)

        const low = own.feat_downsample(features)
        const grid = low.shape.slice(2)
        const waves = m.reshape(own.pe_layer(centres(grid)), [1, -1, size])
        const image = m.broadcastTo(channelsLast(low), [objects, ...grid, size])
        const [queries, keys] = own.transformer(m.reshape(image, [objects, -1, size]), waves, tokens)
        const weights = own.output_hypernetworks_mlps(m.narrow(queries, 1, 0, 1))
        const full = own.output_upscaling(channelsFirst(m.reshape(keys, [objects, ...grid, size])))
        const masks = m.matmul(weights, m.reshape(full, [objects, size, -1]))
        return m.reshape(masks, [objects, 1, ...full.shape.slice(2)])
      },
    })
  },
})

/** Refuses points and labels that do not belong together. */
export function checkPoints(points: Value, labels: Value): void {
  const [objects, count] = labels.shape
  const fits = points.shape.length === 3 && points.shape[2] === 3 && labels.shape.length === 2
  if (!fits || points.shape[0] !== objects || points.shape[1] !== count)
    throw new ShapeError(
      'points',
      `points ${shown(points.shape)} and labels ${shown(labels.shape)} do not go together; give [B, N, 3] and [B, N]`,
    )
}

/** Places in voxels as shares of the sizes. */
function shares(places: Value, sizes: readonly number[]): Value {
  return m.div(places, constant(floats([1, 1, 3], [...sizes])))
}

/** The centre of each voxel, as shares of the sizes, `[1, voxels, 3]`. */
function centres(sizes: readonly number[]): Value {
  const voxels = sizeOf(sizes)
  const data = new Float32Array(voxels * 3)
  for (let i = 0; i < voxels; i++)
    for (let axis = 2, rest = i; axis >= 0; axis--) {
      data[i * 3 + axis] = ((rest % sizes[axis]) + 0.5) / sizes[axis]
      rest = Math.floor(rest / sizes[axis])
    }
  return constant(floats([1, voxels, 3], data))
}

/** Places `[..., 3]` from 0 to 1 as sines and cosines along fixed random directions (MONAI PositionEmbeddingRandom). */
function positionWaves(directions: number): Layer {
  const matrix: Weight = { shape: [3, directions], init: { kind: 'normal', std: 1 }, role: 'fixed' }
  return layer({
    weights: { positional_encoding_gaussian_matrix: matrix },
    forward: ({ positional_encoding_gaussian_matrix: own }, [places]) => {
      const rows = m.reshape(m.sub(m.mul(places, 2), 1), [-1, 3])
      const angles = m.mul(m.matmul(rows, own), 2 * Math.PI)
      return m.reshape(m.concat([sin(angles), cos(angles)], 1), [...places.shape.slice(0, -1), 2 * directions])
    },
  })
}

/** Linear layers of one width with ReLU between (MONAI vista3d.MLP). */
function mlp(width: number, depth: number): Layer {
  return layer({
    children: { layers: Array.from({ length: depth }, () => linear(width, width)) },
    forward: (own, [x]) => own.layers.reduce((y, one, i) => (i < depth - 1 ? m.relu(one(y)) : one(y)), x),
  })
}

import { ShapeError, shown } from '../../core/errors.ts'
import { bool, count, int, parseOptions, type Given } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { floats } from '../../core/tensor.ts'
import { constant, type Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { actLayer } from '../blocks/act.ts'
import { firstKernel } from '../blocks/backboneFpn.ts'
import { embeddingTable } from '../blocks/embedding.ts'
import { linear } from '../blocks/linear.ts'
import { normLayer } from '../blocks/norm.ts'
import { unetrBasicBlock } from '../blocks/unetrBlock.ts'
import { layer, sequential } from '../layer.ts'
import { network, networkOption, outputsOf, type Network } from '../network.ts'
import { PointMappingSAM, pointLabels } from './pointMappingSam.ts'
import { SegResNetDS2 } from './segresnetDs.ts'

/** What stands for "not there" among logits. */
export const surelyNot = -9999

const classHeadOptions = {
  nClasses: count.req('Classes that there can be.'),
  featureSize: count.req('Channels of the features.'),
  useMlp: bool.opt('Whether two linear layers follow the table of classes.', true),
}

/**
 * Masks of classes: features `[N, C, D, H, W]` and classes `[B]` or `[B, 1]` to masks `[B, N, D, H, W]`, and what was made
 * of the classes, `[B, 1, C]` (MONAI ClassMappingClassify).
 */
export const ClassMappingClassify = network<typeof classHeadOptions, readonly Value[]>({
  name: 'ClassMappingClassify',
  options: classHeadOptions,
  inputs: () => [
    { name: 'src', about: 'features' },
    { name: 'class_vector', about: 'classes [B] or [B, 1]', dtype: 'int32' },
  ],
  input: ({ featureSize }) => ({ channels: featureSize, spatialDims: 3 }),
  build({ nClasses, featureSize: size, useMlp }) {
    const mapping = () => unetrBasicBlock(3, size, size, { normName: 'instance', resBlock: true })
    return layer({
      children: {
        mlp: useMlp
          ? sequential([linear(size, size), normLayer('instance', 1), actLayer('gelu'), linear(size, size)])
          : undefined,
        class_embeddings: embeddingTable(nClasses, size),
        image_post_mapping: sequential([mapping(), mapping()]),
      },
      forward: (own, [features, classes]): readonly Value[] => {
        const [samples, , ...grid] = features.shape
        const objects = classes.shape[0]
        const table = m.reshape(own.class_embeddings(m.reshape(classes, [objects])), [objects, 1, size])
        const embedded = own.mlp ? own.mlp(table) : table
        const image = m.reshape(own.image_post_mapping(features), [samples, size, -1])
        const rows = m.broadcastTo(m.reshape(embedded, [1, objects, size]), [samples, objects, size])
        const masks = m.transpose(m.matmul(rows, image), [1, 0, 2])
        return [m.reshape(masks, [objects, samples, ...grid]), embedded]
      },
    })
  },
})

/**
 * Masks of classes, of objects that points mark, or of both (He et al. 2024; MONAI VISTA3D), as logits `[B, 1, D, H, W]`.
 * After the image `[1, C, D, H, W]` come the prompts of the B objects:
 *
 * - classes `[B, 1]`;
 * - points `[B, N, 3]` in voxels, labels `[B, N]` (-1 for none, 0 and 1 for negative and positive ones, 2 and 3 for those of
 *   special classes), and perhaps classes `[B, 1]`, which tell known ones from new ones;
 * - points, labels, classes `[B, 1]` to be found and classes of the points `[B, 1]`. Points count near themselves.
 *
 * An object without points has its mask of classes; where classes were not asked for, -9999, unless no object has points.
 * Methods: `pointMasks` (image, points, labels, perhaps classes) and `bothMasks` (image, points, labels, classes to be found,
 * perhaps those of the points) give masks before they are put together, as `vista3dPredictor` needs them for windows.
 */
export const VISTA3D = network({
  name: 'VISTA3D',
  options: {
    imageEncoder: networkOption.req('What makes features for points and features for classes, such as SegResNetDS2.'),
    classHead: networkOption.req('What makes masks of classes, such as ClassMappingClassify.'),
    pointHead: networkOption.req('What makes masks of points, such as PointMappingSAM.'),
  },
  inputs: () => [
    { name: 'input_images', about: 'an image' },
    { name: 'point_coords', about: 'points [B, N, 3] in voxels', presence: 'possible' },
    { name: 'point_labels', about: 'their labels [B, N]', dtype: 'int32', presence: 'possible' },
    { name: 'class_vector', about: 'classes to be found [B, 1]', dtype: 'int32', presence: 'possible' },
    { name: 'prompt_class', about: 'classes of the points [B, 1]', dtype: 'int32', presence: 'possible' },
  ],
  input: ({ imageEncoder }) => imageEncoder.inputRule ?? { channels: firstKernel(imageEncoder)[1], spatialDims: 3 },
  build: ({ imageEncoder, classHead, pointHead }) =>
    layer({
      children: { image_encoder: imageEncoder.layer, class_head: classHead.layer, point_head: pointHead.layer },
      forward: (own, [image, ...prompts]) => {
        if (prompts.length === 0)
          throw new ShapeError('VISTA3D', 'got no prompts; give class_vector, or point_coords and point_labels')
        const features = outputsOf(own.image_encoder(image))
        const [forPoints, forClasses] = [features[0], features[features.length / 2]]
        const masksOf = (classes: Value) => outputsOf(own.class_head(forClasses, classes))[0]
        if (prompts.length === 1) return masksOf(prompts[0])
        const [points, labels, classes, pointClasses] = prompts
        const given = prompts.length === 4 ? pointClasses : classes
        const marked = outputsOf(own.point_head(forPoints, points, labels, ...(given ? [given] : [])))[0]
        const has = withPoints(labels)
        if (prompts.length === 4) {
          const masks = masksOf(classes)
          return m.where(has, combinedNearPoints(masks, marked, points, labels), masks)
        }
        const any = m.reduceMax(has)
        return m.where(m.max(has, m.sub(1, any)), marked, surelyNot)
      },
      methods: {
        pointMasks: (own, [image, ...prompts]) =>
          outputsOf(own.point_head(outputsOf(own.image_encoder(image))[0], ...prompts))[0],
        bothMasks: (own, [image, points, labels, classes, ...pointClasses]) => {
          const features = outputsOf(own.image_encoder(image))
          const [masks] = outputsOf(own.class_head(features[features.length / 2], classes))
          return [masks, outputsOf(own.point_head(features[0], points, labels, ...pointClasses))[0]]
        },
      },
    }),
})

/** 1 for objects that have a point, `[B, 1, 1, 1, 1]`. */
function withPoints(labels: Value): Value {
  const most = m.reduceMax(m.reshape(labels, [labels.shape[0], labels.shape[1], 1, 1, 1]), [1], true)
  return m.greater(most, pointLabels.none)
}

/**
 * Masks of classes with those of points near the points: Gaussian balls of `radius` voxels around them, a fifth of the
 * smallest axis unless given (MONAI VISTA3D.gaussian_combine).
 */
export function combinedNearPoints(masks: Value, marked: Value, points: Value, labels: Value, radius?: number): Value {
  const sizes = masks.shape.slice(2)
  const reach = radius ?? Math.floor(Math.min(...sizes) / 5)
  if (reach === 0)
    throw new ShapeError(
      'VISTA3D',
      `masks of ${shown(sizes)} are too small for points; give 5 voxels or more along each axis`,
    )
  const [objects, count] = labels.shape
  const squares = sizes.map((size, axis) => {
    const along = sizes.map((_, i) => (i === axis ? size : 1))
    const places = constant(
      floats(
        [1, 1, ...along],
        Array.from({ length: size }, (_, i) => i),
      ),
    )
    const centre = m.reshape(m.narrow(points, 2, axis, 1), [objects, count, 1, 1, 1])
    return m.exp(m.div(m.square(m.sub(places, centre)), -2 * reach ** 2))
  })
  const counted = m.reshape(m.greater(labels, pointLabels.none), [objects, count, 1, 1, 1])
  const balls = m.sum(m.mul(counted, squares.reduce(m.mul)), [1], true)
  const weight = m.relu(m.sub(1, balls))
  return m.add(m.mul(masks, weight), m.mul(marked, m.sub(1, weight)))
}

const vista3d132Options = {
  encoderEmbedDim: int.where((n) => n >= 8 && n % 8 === 0, 'a multiple of 8').opt('Channels of the features.', 48),
  inChannels: count.opt('Channels of the image.', 1),
}

/** VISTA3D as it was published, for 132 classes (MONAI vista3d132). */
export const vista3d132: Component & { (given: Given<typeof vista3d132Options>): Network } = Object.assign(
  (given: Given<typeof vista3d132Options>) => {
    const { encoderEmbedDim: featureSize, inChannels } = parseOptions('vista3d132', vista3d132Options, given)
    return VISTA3D({
      imageEncoder: SegResNetDS2({
        inChannels,
        blocksDown: [1, 2, 2, 4, 4],
        norm: 'instance',
        outChannels: featureSize,
        initFilters: featureSize,
        dsdepth: 1,
      }),
      classHead: ClassMappingClassify({ nClasses: 512, featureSize, useMlp: true }),
      pointHead: PointMappingSAM({ featureSize, nClasses: 512, lastSupported: 132 }),
    })
  },
  { componentName: 'vista3d132', schema: vista3d132Options },
)

import { ShapeError, shown } from '../../core/errors.ts'
import {
  bool,
  count,
  instance,
  int,
  oneOf,
  probability,
  type Kind,
  type Schema,
  type Values,
} from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { actLayer } from '../blocks/act.ts'
import { linear } from '../blocks/linear.ts'
import { channelMeans } from '../blocks/pool.ts'
import { transformerEncoder } from '../blocks/transformerEncoder.ts'
import { identity, layer, replacedAt, sequential, type Layer, type Output } from '../layer.ts'
import { network, networkOption, optionError, outputsOf, type Network } from '../network.ts'
import { noDownload } from '../pretrained.ts'
import { torchvisionModel } from '../torchvision/models.ts'

const backboneOption: Kind<string | Network> = instance(
  "a name of torchvision's models or a network",
  (value) => typeof value === 'string' || networkOption.type.safeParse(value).success,
)

const options = {
  numClasses: count.req('Classes.'),
  milMode: oneOf('mean', 'max', 'att', 'att_trans', 'att_trans_pyramid').opt(
    'How instances are joined: the mean or the largest of their scores, features weighted by attention, or after a transformer, which may see four stages of the backbone.',
    'att',
  ),
  pretrained: bool.opt('Whether the backbone is to begin with weights for ImageNet, which have to be loaded.', true),
  backbone: backboneOption.opt(
    'What makes features of an instance: a model of torchvision whose last layer is fc, or a network that gives features; resnet50 when null.',
    null,
  ),
  backboneNumFeatures: count.opt('Features that a network as backbone gives.', null),
  transBlocks: int.where((n) => n >= 1, 'a whole number of 1 or more').opt('Layers of each transformer.', 4),
  transDropout: probability.opt('Chance of dropout in transformers.', 0),
} satisfies Schema

/** Heads of the transformers. */
const heads = 8

/**
 * Classes of bags of pictures, such as tiles of a slide (multiple instance learning; Ilse et al. 2018; Myronenko et al. 2021;
 * MONAI MILModel): `[N, instances, C, H, W]` to `[N, numClasses]`. Its method `features` gives `[N, instances, features]`.
 */
export const MILModel = network({
  name: 'MILModel',
  options,
  check({ backbone, backboneNumFeatures, milMode }) {
    if (backbone !== null && milMode === 'att_trans_pyramid')
      optionError('milMode', '"att_trans_pyramid" does not go with a backbone of your own; leave backbone out')
    if (backbone !== null && typeof backbone !== 'string' && backboneNumFeatures === null)
      optionError('backboneNumFeatures', 'is missing; say how many features the backbone gives')
  },
  inputs: () => [{ name: 'x', about: 'bags of pictures [N, instances, C, H, W]' }],
  checkInit: ({ pretrained, backbone }) =>
    noDownload(pretrained && (backbone === null || typeof backbone === 'string')),
  build(o) {
    const { net, features, channels } = backboneOf(o)
    const isPyramid = o.milMode === 'att_trans_pyramid'
    const width = isPyramid ? features + 256 : features
    const attends = o.milMode !== 'mean' && o.milMode !== 'max'
    return layer<Record<never, never>, Parts>({
      children: {
        attention: attends ? sequential([linear(width, 2048), actLayer('tanh'), linear(2048, 1)]) : undefined,
        transformer:
          o.milMode === 'att_trans'
            ? transformerEncoder(o.transBlocks, features, heads, o.transDropout)
            : isPyramid
              ? pyramid(o)
              : undefined,
        myfc: linear(width, o.numClasses),
        net,
      },
      forward: (own, [bags]) => {
        const seen = ofInstances(own.net, bags, channels)
        if (o.milMode === 'mean') return m.mean(own.myfc(seen[0]), [1])
        if (o.milMode === 'max') return m.reduceMax(own.myfc(seen[0]), [1])
        const x = own.transformer ? instancesSecond(own.transformer(...seen.map(instancesSecond))) : seen[0]
        return own.myfc(m.sum(m.mul(x, m.softmax(own.attention!(x), 1)), [1]))
      },
      methods: { features: (own, [bags]) => ofInstances(own.net, bags, channels).at(-1)! },
    })
  },
})

interface Parts {
  readonly [name: string]: Layer<Output> | undefined
  readonly attention: Layer | undefined
  readonly transformer: Layer | undefined
  readonly myfc: Layer
  readonly net: Layer<Output>
}

/** What the backbone makes of each instance, `[N, instances, features]` of each of its outputs. */
function ofInstances(net: (x: Value) => Output, bags: Value, channels: number | null): readonly Value[] {
  if (bags.shape.length !== 5)
    throw new ShapeError(
      'MILModel',
      `the input ${shown(bags.shape)} has ${bags.shape.length} axes; give [N, instances, C, H, W]`,
    )
  const [samples, instances, ...picture] = bags.shape
  if (channels !== null && picture[0] !== channels)
    throw new ShapeError('MILModel', `axis 2 of the input has ${picture[0]} channels; the backbone takes ${channels}`)
  const maps = outputsOf(net(m.reshape(bags, [samples * instances, ...picture])))
  return maps.map((map) => m.reshape(map, [samples, instances, -1]))
}

/** `[N, instances, features]` to `[instances, N, features]`, and back. */
function instancesSecond(x: Value): Value {
  return m.transpose(x, [1, 0, 2])
}

function backboneOf(o: Values<typeof options>): {
  readonly net: Layer<Output>
  readonly features: number
  readonly channels: number | null
} {
  if (o.backbone !== null && typeof o.backbone !== 'string')
    return {
      net: o.backbone.layer,
      features: o.backboneNumFeatures ?? 0, // checked to be there
      channels: o.backbone.inputRule?.channels ?? null,
    }
  const name = o.backbone ?? 'resnet50'
  const model = torchvisionModel(name, o.pretrained, 'backbone')
  const fc = model.children.fc?.weights.weight
  const net = replacedAt(model, 'fc', identity)
  if (!fc || !net) optionError('backbone', `${name} has no last layer fc; use a ResNet, or give a network`)
  return { net: o.milMode === 'att_trans_pyramid' ? stages(net) : net, features: fc.shape[1], channels: 3 }
}

/** The means of the four stages of a ResNet, `[N, channels]` each. */
function stages(resnet: Layer): Layer<readonly Value[]> {
  const children = resnet.children as Readonly<Record<string, Layer>> // of one output each
  const inner = layer({
    children,
    forward: (own, [x]): readonly Value[] => {
      const maps = [own.maxpool(own.act(own.bn1(own.conv1(x))))]
      for (const stage of ['layer1', 'layer2', 'layer3', 'layer4']) maps.push(own[stage](maps[maps.length - 1]))
      return maps.slice(1).map(channelMeans)
    },
  })
  return { ...inner, initOf: resnet.initOf }
}

/** Transformers that see one stage after the other, `[instances, N, channels]` each, beside what came before. */
function pyramid({ transBlocks, transDropout }: Values<typeof options>): Layer {
  const encoder = (features: number) => transformerEncoder(transBlocks, features, heads, transDropout)
  const narrowed = (channels: number) => sequential([linear(channels + 256, 256), encoder(256)])
  const children: Readonly<Record<string, Layer>> = {
    '0': encoder(256),
    '1': narrowed(512),
    '2': narrowed(1024),
    '3': encoder(2048 + 256),
  }
  return layer({
    children,
    forward: (own, [first, ...others]) =>
      others.reduce((y, map, i) => own[String(i + 1)](m.concat([y, map], 2)), own['0'](first)),
  })
}

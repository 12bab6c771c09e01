import { OptionError, didYouMean } from '../../core/errors.ts'
import * as m from '../../graph/math.ts'
import { linear } from '../blocks/linear.ts'
import { channelMeans } from '../blocks/pool.ts'
import { resnetBlocks } from '../blocks/resnetBlock.ts'
import { kaimingNormal, kaimingNormalOut } from '../init.ts'
import { layer, type Layer } from '../layer.ts'
import { denseFeatures } from '../nets/densenet.ts'
import { resnetClassifier, resnetPlanes, resnetSizes, type ResNetName } from '../nets/resnet.ts'
import { efficientNets } from './efficientNet.ts'
import { inceptionV3 } from './inception.ts'
import { visionTransformers } from './visionTransformer.ts'

/** A model of torchvision for ImageNet's 1000 classes, by its state-dict names; some differ when weights are loaded. */
type Model = (pretrained: boolean) => Layer

/** Classes of ImageNet. */
const classes = 1000

function resnet(size: ResNetName, { groups = 1, baseWidth = 64 } = {}): Model {
  const [block, layers] = resnetSizes[size]
  return () => ({
    ...resnetClassifier(resnetBlocks[block], layers, resnetPlanes, {
      spatialDims: 2,
      nInputChannels: 3,
      conv1TSize: 7,
      conv1TStride: 2,
      noMaxPool: false,
      shortcutType: 'B',
      widenFactor: 1,
      biasDownsample: false,
      act: 'relu',
      norm: 'batch',
      groups,
      baseWidth,
      numClasses: classes,
      feedForward: true,
    }),
    initOf: ({ shape, role, init }) => (role === 'kernel' && shape.length > 2 ? kaimingNormalOut(shape) : init),
  })
}

function densenet(growthRate: number, blockConfig: readonly number[], initFeatures: number): Model {
  return () => {
    const { features, channels } = denseFeatures(
      {
        spatialDims: 2,
        inChannels: 3,
        initFeatures,
        growthRate,
        blockConfig,
        bnSize: 4,
        act: 'relu',
        norm: 'batch',
        dropoutProb: 0,
      },
      (parts) => parts,
    )
    return {
      ...layer({
        children: { features, classifier: linear(channels, classes) },
        forward: (own, [x]) => own.classifier(channelMeans(m.relu(own.features(x)))),
      }),
      initOf: ({ shape, role, init }) => (role === 'kernel' && shape.length > 2 ? kaimingNormal(shape, 0) : init),
    }
  }
}

/** Models of any number of classes, with those of ImageNet. */
function forImageNet(made: Readonly<Record<string, (classes: number) => Layer>>): Readonly<Record<string, Model>> {
  return Object.fromEntries(Object.entries(made).map(([name, make]) => [name, () => make(classes)]))
}

const models: Readonly<Record<string, Model>> = {
  resnet18: resnet('resnet18'),
  resnet34: resnet('resnet34'),
  resnet50: resnet('resnet50'),
  resnet101: resnet('resnet101'),
  resnet152: resnet('resnet152'),
  resnext50_32x4d: resnet('resnet50', { groups: 32, baseWidth: 4 }),
  resnext101_32x8d: resnet('resnet101', { groups: 32, baseWidth: 8 }),
  resnext101_64x4d: resnet('resnet101', { groups: 64, baseWidth: 4 }),
  wide_resnet50_2: resnet('resnet50', { baseWidth: 128 }),
  wide_resnet101_2: resnet('resnet101', { baseWidth: 128 }),
  densenet121: densenet(32, [6, 12, 24, 16], 64),
  densenet161: densenet(48, [6, 12, 36, 24], 96),
  densenet169: densenet(32, [6, 12, 32, 32], 64),
  densenet201: densenet(32, [6, 12, 48, 32], 64),
  inception_v3: (pretrained) => inceptionV3(classes, pretrained),
  ...forImageNet(efficientNets),
  ...forImageNet(visionTransformers),
}

/** The model of torchvision that `name` names. */
export function torchvisionModel(name: string, pretrained: boolean, where: string): Layer {
  if (Object.hasOwn(models, name)) return models[name](pretrained)
  const hint = didYouMean(name, Object.keys(models))
  throw new OptionError(
    where,
    `"${name}" is not among torchvision's models here; ${hint ? `did you mean "${hint}"?` : `use one of ${Object.keys(models).join(', ')}`}`,
  )
}

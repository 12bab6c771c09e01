import { count, ints, type Schema } from '../core/options.ts'
import { resnetFpnFeatureExtractor } from '../networks/blocks/backboneFpn.ts'
import { perAxis } from '../networks/named.ts'
import { resnet50 } from '../networks/nets/resnet.ts'
import { RetinaNet } from '../networks/nets/retinaNet.ts'
import { component } from './component.ts'
import { RetinaNetDetector, anchorsOption } from './detector.ts'

const options = {
  ...resnet50.schema,
  numClasses: count.req('Classes, without background.'),
  anchorGenerator: anchorsOption.req('What gives the anchors, on one map more than there are returned layers.'),
  returnedLayers: ints.opt('Stages of the ResNet whose maps are used, 1 to 4.', [1, 2, 3]),
} satisfies Schema

/** A detector with a RetinaNet on a ResNet of 50 layers, its `network` (MONAI retinanet_resnet50_fpn_detector). */
export const retinanetResnet50FpnDetector = component(
  'retinanet_resnet50_fpn_detector',
  options,
  ({ numClasses, anchorGenerator, returnedLayers, ...backbone }) => {
    const { spatialDims, conv1TStride, pretrained } = backbone
    const deepest = 2 ** (1 + Math.max(...returnedLayers))
    const network = RetinaNet({
      spatialDims,
      numClasses,
      numAnchors: anchorGenerator.numAnchorsPerLocation()[0],
      featureExtractor: resnetFpnFeatureExtractor({
        backbone: resnet50(backbone),
        spatialDims,
        returnedLayers,
        pretrainedBackbone: pretrained !== false,
      }),
      sizeDivisible: perAxis(conv1TStride, spatialDims, 'conv1TStride').map((step) => step * deepest),
    })
    return RetinaNetDetector({ network, anchorGenerator })
  },
)

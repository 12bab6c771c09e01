import type { Component } from '../core/registry.ts'
import { resnetFpnFeatureExtractor } from '../networks/blocks/backboneFpn.ts'
import { RetinaNet, RetinaNetClassificationHead, RetinaNetRegressionHead } from '../networks/nets/retinaNet.ts'
import { AnchorGenerator, AnchorGeneratorWithAnchorShape } from './anchors.ts'
import { BoxCoder } from './boxCoder.ts'
import { BoxSelector } from './boxSelector.ts'
import { COCOMetric } from './cocoMetric.ts'
import { RetinaNetDetector } from './detector.ts'
import { ATSSMatcher } from './matcher.ts'
import { retinanetResnet50FpnDetector } from './retinanetResnet50.ts'
import { HardNegativeSampler } from './sampler.ts'

/** What configs can name under `monai.apps.detection`. */
export const detectionComponents: Readonly<Record<string, Component>> = {
  ATSSMatcher,
  AnchorGenerator,
  AnchorGeneratorWithAnchorShape,
  BoxCoder,
  BoxSelector,
  COCOMetric,
  HardNegativeSampler,
  RetinaNet,
  RetinaNetClassificationHead,
  RetinaNetDetector,
  RetinaNetRegressionHead,
  resnet_fpn_feature_extractor: resnetFpnFeatureExtractor,
  retinanet_resnet50_fpn_detector: retinanetResnet50FpnDetector,
}

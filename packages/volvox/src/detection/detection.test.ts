// Numbers of MONAI 1.4 are written out; longer comparisons were made with it when this was written.
import { describe, expect, test } from 'vitest'
import { floats, type FloatTensor, type Tensor } from '../core/tensor.ts'
import { evaluate } from '../graph/interpret/index.ts'
import { input } from '../graph/ir.ts'
import { BoxGIoULoss } from '../losses/giou.ts'
import { forwardPass } from '../networks/pass.ts'
import { ResNet, RetinaNet, resnet50 } from '../networks/nets/index.ts'
import { resnetFpnFeatureExtractor } from '../networks/blocks/backboneFpn.ts'
import type { Network } from '../networks/network.ts'
import { registry } from '../registry.ts'
import { TorchGenerator } from '../rng/index.ts'
import {
  ATSSMatcher,
  AnchorGenerator,
  AnchorGeneratorWithAnchorShape,
  BoxCoder,
  BoxSelector,
  COCOMetric,
  type Detector,
  HardNegativeSampler,
  RetinaNetDetector,
  ThresholdMatcher,
  matchingBatch,
  retinanetResnet50FpnDetector,
} from './index.ts'
import { boxIou } from '../boxes/index.ts'

const shapes = [
  [6, 8],
  [5, 3],
]
const anchorGenerator = AnchorGeneratorWithAnchorShape({ featureMapScales: [1], baseAnchorShapes: shapes })
const anchors = anchorGenerator.generate([16, 16], [[4, 4]])
const truth = floats([2, 4], [1, 1, 7, 9, 9, 8, 13, 12])

describe('anchors', () => {
  test('of sizes and ratios', () => {
    const { data } = AnchorGenerator({ sizes: [[4, 6]], aspectRatios: [[1, 0.5]] }).generate([8, 4], [[2, 1]])
    expect([...data]).toEqual([
      -2, -2, 2, 2, -3, -3, 3, 3, -3, -1, 3, 1, -4, -2, 4, 2, 2, -2, 6, 2, 1, -3, 7, 3, 1, -1, 7, 1, 0, -2, 8, 2,
    ])
  })

  test('of shapes, halves rounded to even', () => {
    expect(anchors.shape).toEqual([32, 4])
    expect(Array.from(anchors.data.subarray(0, 12))).toEqual([-3, -4, 3, 4, -2, -2, 2, 2, -3, 0, 3, 8])
  })
})

test('codes lead back to boxes, on the host and in a graph', () => {
  const coder = BoxCoder({ weights: [1, 2, 1, 0.5] })
  const from = floats([2, 4], [0, 0, 4, 5, 7, 7, 11, 15])
  const codes = coder.encode(truth, from)
  coder.decode(codes, from).data.forEach((x, i) => expect(x).toBeCloseTo(truth.data[i], 4))
  const decoded = coder.decoded(input('codes', codes as never), input('from', from as never))
  evaluate([decoded], { codes, from })[0].data.forEach((x, i) => expect(x).toBeCloseTo(truth.data[i], 4))
})

describe('matches', () => {
  test('are adaptive', () => {
    for (const centerInGt of [true, false]) {
      const matches = ATSSMatcher({ numCandidates: 2, centerInGt }).match(truth, anchors, [16], 2)
      expect([...matches.entries()].filter(([, row]) => row >= 0)).toEqual([[10, 0]])
    }
  })

  test('by thresholds leave out what lies between, and give each box its best', () => {
    const match = (allowLowQualityMatches: boolean) =>
      ThresholdMatcher({ highThreshold: 0.9, lowThreshold: 0.3, allowLowQualityMatches }).match(truth, anchors, [16], 2)
    expect(new Set(match(false))).toEqual(new Set([-1, -2]))
    expect([...new Set(match(true))].sort()).toEqual([-1, -2, 0, 1])
  })

  test('of no boxes are none', () => {
    expect(new Set(ATSSMatcher({}).match(floats([0, 4]), anchors, [16], 2))).toEqual(new Set([-1]))
  })
})

test('hard negatives are among the highest scores', () => {
  const labels = [1, ...new Array<number>(20).fill(0), -1]
  const scores = labels.map((_, i) => i)
  const sampler = HardNegativeSampler({ batchSizePerImage: 6, positiveFraction: 0.5, minNeg: 3, poolSize: 2 })
  const { positive, negative } = sampler.sample(labels, scores, new TorchGenerator(0))
  expect(positive).toEqual([0])
  expect(negative.length).toBe(3)
  for (const anchor of negative) expect(anchor >= 15 && anchor <= 20).toBe(true)
})

test('selected boxes have high scores, lie in the image and do not overlap', () => {
  const boxes = floats([4, 4], [0, 0, 4, 4, 0, 0, 4, 5, 6, 6, 20, 20, 1, 1, 3, 3])
  const found = BoxSelector({ scoreThresh: 0.4 }).select([boxes], [floats([4, 1], [1, 2, 0, -3])], [10, 10])
  expect([...found.boxes.data]).toEqual([0, 0, 4, 5, 6, 6, 10, 10])
  expect(found.labels).toEqual([0, 0])
  expect(found.scores.data[1]).toBeCloseTo(0.5, 6)
})

test("the metric of COCO is MONAI's", () => {
  const metric = COCOMetric({
    classes: ['x'],
    iouList: [0.1],
    iouRange: [0.1, 0.5, 0.2],
    maxDetection: [1, 100],
    perClass: false,
  })
  const predBoxes = floats([3, 4], [0, 0, 4, 4, 2, 1, 6, 5, 10, 10, 12, 12])
  const gtBoxes = floats([2, 4], [1, 1, 5, 5, 0, 0, 4, 4])
  const image = { predBoxes, predClasses: [0, 0, 0], predScores: [0.9, 0.8, 0.7], gtBoxes, gtClasses: [0, 0] }
  const results = matchingBatch([image], { iouFn: boxIou, iouThresholds: metric.getIouThresholds() })
  expect(metric.compute(results)).toEqual({
    'mAP_IoU_0.10_0.50_0.20_MaxDet_100': 1,
    'AP_IoU_0.10_MaxDet_100': 1,
    'mAR_IoU_0.10_0.50_0.20_MaxDet_1': 0.5,
    'mAR_IoU_0.10_0.50_0.20_MaxDet_100': 1,
    'AR_IoU_0.10_MaxDet_100': 1,
  })
  const nothing = matchingBatch([{ ...image, gtBoxes: floats([0, 4]), gtClasses: [] }], {
    iouFn: boxIou,
    iouThresholds: metric.getIouThresholds(),
  })
  expect(metric.compute(nothing)['AP_IoU_0.10_MaxDet_100']).toBe(-1)
})

describe('RetinaNet', () => {
  const backbone = ResNet({
    block: 'basic',
    layers: [1, 1, 1, 1],
    blockInplanes: [4, 8, 16, 32],
    spatialDims: 2,
    nInputChannels: 1,
  })
  const extractor = (given: { returnedLayers?: number[]; pretrainedBackbone?: boolean } = {}) =>
    resnetFpnFeatureExtractor({ backbone, spatialDims: 2, returnedLayers: [1, 2], ...given })
  const retina = { spatialDims: 2, numClasses: 2, numAnchors: 3, sizeDivisible: 8 } as const

  test('gives scores and boxes of every map, from the parts of the backbone that it needs', () => {
    const net = RetinaNet({ ...retina, featureExtractor: extractor() })
    const maps = net.forward(forwardPass(), input('x', { dtype: 'float32', shape: [1, 1, 16, 24] }))
    const sizes = [
      [8, 12],
      [4, 6],
      [2, 3],
    ]
    expect(maps.map(({ shape }) => shape.slice(1))).toEqual([6, 12].flatMap((n) => sizes.map((size) => [n, ...size])))
    expect(net.weights.some(({ name }) => name.includes('layer3'))).toBe(false)
    const bias = net.init(new TorchGenerator(0))['classification_head.cls_logits.bias'].data
    expect(bias[0]).toBeCloseTo(-Math.log(99), 6)
  })

  test('freezes the first parts of a pretrained backbone', () => {
    const frozen = extractor({ pretrainedBackbone: true, returnedLayers: [4] }).weights.filter(
      ({ trainable, role }) => !trainable && (role === 'kernel' || role === 'scale'),
    )
    expect(new Set(frozen.map(({ name }) => name.split('.')[1]))).toEqual(new Set(['conv1', 'bn1', 'layer1']))
    expect(
      extractor().weights.every(({ trainable, role }) => trainable || role === 'statistic' || role === 'counter'),
    ).toBe(true)
  })

  test('wrong parts and images get one sentence', () => {
    expect(() => extractor({ returnedLayers: [5] })).toThrow(
      /^resnet_fpn_feature_extractor\.returnedLayers: is \[5\]; give some of 1 to 4$/,
    )
    expect(() => RetinaNet({ ...retina, featureExtractor: backbone })).toThrow(
      /^RetinaNet\.featureExtractor: ResNet does not say how many channels/,
    )
    const net = RetinaNet({ ...retina, featureExtractor: extractor() })
    expect(() => net.forward(forwardPass(), input('x', { dtype: 'float32', shape: [1, 1, 16, 20] }))).toThrow(
      /^RetinaNet: axis 3 of the input has 20 voxels, not a multiple of 8/,
    )
  })

  test('of the bundle for lung nodules has the names of its weights', () => {
    const components = registry()
    const build = (target: string, options: Record<string, unknown>) =>
      components.create({ _target_: target, ...options })
    const named = build('monai.apps.detection.networks.retinanet_network.resnet_fpn_feature_extractor', {
      backbone: build('monai.networks.nets.resnet.resnet50', {
        spatial_dims: 3,
        n_input_channels: 1,
        conv1_t_stride: [2, 2, 1],
        conv1_t_size: [7, 7, 7],
      }),
      spatial_dims: 3,
      returned_layers: [1, 2],
    })
    const network = build('RetinaNet', {
      spatial_dims: 3,
      num_classes: 1,
      num_anchors: 3,
      feature_extractor: named,
      size_divisible: [16, 16, 8],
    }) as Network
    const anchor_generator = build('monai.apps.detection.utils.anchor_utils.AnchorGeneratorWithAnchorShape', {
      feature_map_scales: [1, 2, 4],
      base_anchor_shapes: [
        [6, 8, 4],
        [8, 6, 5],
        [10, 10, 6],
      ],
    })
    expect(network.weights.length).toBe(190)
    expect(network.weights[0].name).toBe('feature_extractor.body.conv1.weight')
    expect(network.weights.at(-1)!.name).toBe('regression_head.bbox_reg.bias')
    expect(build('RetinaNetDetector', { network, anchor_generator, debug: false })).toMatchObject({
      sizeDivisible: [16, 16, 8],
    })
    expect(resnet50.componentName).toBe('resnet50')
  })
})

test('a detector on a ResNet of 50 layers has the sizes and weights of MONAI', () => {
  const detector = registry().create({
    _target_: 'monai.apps.detection.networks.retinanet_detector.retinanet_resnet50_fpn_detector',
    num_classes: 2,
    anchor_generator: anchorGenerator,
    returned_layers: [1],
    spatial_dims: 2,
    n_input_channels: 1,
    conv1_t_stride: [2, 1],
  }) as Detector
  expect(detector.sizeDivisible).toEqual([8, 4])
  expect(detector.network.weights.map(({ name }) => name)).toContain('feature_extractor.fpn.inner_blocks.0.weight')
  expect(() => retinanetResnet50FpnDetector({ numClasses: 2, anchorGenerator, returnedLayers: [] })).toThrow(
    /^resnet_fpn_feature_extractor.returnedLayers: is \[\]; give some of 1 to 4$/,
  )
})

describe('the detector', () => {
  const network = {
    layer: {},
    weights: [],
    options: { spatialDims: 2, numClasses: 2, sizeDivisible: 4, numAnchors: 2 },
  } as unknown as Network
  const detector = () => RetinaNetDetector({ network, anchorGenerator })
  const flat = (channels: number, value: number, images = 1) =>
    floats([images, channels, 4, 4], new Array<number>(images * channels * 16).fill(value))
  const targets = (labels: number[]): Record<string, Tensor>[] => [
    { boxes: truth, labels: { dtype: 'int32', shape: [labels.length], data: Int32Array.from(labels) } },
  ]

  test('finds the anchor whose score is high, in an image that was padded', async () => {
    const logits = flat(4, -9)
    logits.data[3 * 16 + 5] = 3 // second anchor, second class, place (1, 1)
    const shapesSeen: (readonly number[])[] = []
    const found = await detector().predict([floats([1, 15, 13])], (batch: FloatTensor) => {
      shapesSeen.push(batch.shape)
      return [logits, flat(8, 0)]
    })
    expect(shapesSeen).toEqual([[1, 1, 16, 16]])
    expect([...found[0].boxes.data]).toEqual([2, 2, 6, 6])
    expect([...found[0].labels.data]).toEqual([1])
  })

  test('learns scores and boxes', () => {
    const net = detector()
    net.setAtssMatcher({ numCandidates: 2 })
    const maps = [flat(4, 0), flat(8, 0)]
    const feeds = net.trainingInputs([16, 16], maps, targets([1, 0]), new TorchGenerator(0))
    const inputs = maps.map((map, i) => input(`map${i}`, map as never))
    const losses = net.losses(inputs)
    const [classification, boxes] = evaluate(Object.values(losses), { ...feeds, map0: maps[0], map1: maps[1] })
    expect(classification.data[0]).toBeCloseTo(Math.log(2), 6) // every score is 0.5
    expect(boxes.data[0]).toBeGreaterThan(0)
    // The anchor [1, 0, 7, 8] at place (1, 1) belongs to the box [1, 1, 7, 9].
    const goal = feeds['detector.boxes'].data.slice(40, 44)
    ;[0, 0.125, 0, 0].forEach((x, i) => expect(goal[i]).toBeCloseTo(x, 6))
  })

  test('refuses what does not fit, in one sentence', async () => {
    const net = detector()
    const maps = [flat(4, 0), flat(8, 0)]
    const learn = (given: Record<string, Tensor>[]) => net.trainingInputs([16, 16], maps, given, new TorchGenerator(0))
    expect(() => learn(targets([1, 0]))).toThrow(
      /^RetinaNetDetector: has no matcher; call setAtssMatcher or setRegularMatcher first$/,
    )
    net.setAtssMatcher()
    expect(() => learn(targets([1, 2]))).toThrow(/^checkTrainingTargets: label 2 is out of range; give 0 to 1$/)
    expect(() => learn([])).toThrow(/^checkTrainingTargets: there are 0 targets for 1 images/)
    expect(() => learn([{ boxes: truth }])).toThrow(/^checkTrainingTargets: no "labels" in a target \(it has boxes\)$/)
    expect(() => learn([{ ...targets([1, 0])[0], boxes: floats([2, 6]) }])).toThrow(
      /^checkTrainingTargets: "boxes" has shape \[2, 6\]; give \[N, 4\]$/,
    )
    expect(() => net.setRegularMatcher({ fgIouThresh: 0.2, bgIouThresh: 0.4 })).toThrow(
      /^setRegularMatcher: fgIouThresh 0.2 is below/,
    )
    expect(() => net.setClsLoss(BoxGIoULoss())).toThrow(
      /^setClsLoss: BoxGIoULoss reduces its result; set its reduction to "none"/,
    )
    expect(() => net.setBoxCoderWeights([1])).toThrow(/^setBoxCoderWeights: has 1 weights; give 4$/)
    await expect(net.predict([floats([1, 8, 8])], () => maps, { useInferer: true })).rejects.toThrow(
      /^RetinaNetDetector: has no inferer; call setSlidingWindowInferer first$/,
    )
    await expect(net.predict([floats([8, 8])], () => maps)).rejects.toThrow(
      /^preprocessImages: an image has shape \[8, 8\]; give/,
    )
    const three = AnchorGeneratorWithAnchorShape({
      featureMapScales: [1],
      baseAnchorShapes: [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
    })
    expect(() => RetinaNetDetector({ network, anchorGenerator: three })).toThrow(
      /^RetinaNetDetector\.anchorGenerator: gives 3 anchors at each place; the network has 2$/,
    )
    expect(() => AnchorGenerator({ sizes: [[4], [8]], aspectRatios: [[1]] })).toThrow(
      /^AnchorGenerator\.aspectRatios: has 1 values for 2 maps; give as many as sizes$/,
    )
  })
})

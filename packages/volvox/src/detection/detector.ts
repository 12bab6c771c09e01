import { ConfigError, MissingError, OptionError } from '../core/errors.ts'
import {
  bool,
  count,
  instance,
  intOrInts,
  text,
  type Given,
  type Kind,
  type Schema,
  type Values,
} from '../core/options.ts'
import { floats, sizeOf, tensor, type FloatTensor, type Tensor } from '../core/tensor.ts'
import { input, type Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { SlidingWindowInferer } from '../inferers/inferers.ts'
import { outputList, type Inferer, type Predictor } from '../inferers/inferer.ts'
import type { Loss } from '../losses/loss.ts'
import { networkOption, type Network } from '../networks/network.ts'
import type { TorchGenerator } from '../rng/index.ts'
import { boxAt, boxesAt, boxIou } from '../boxes/index.ts'
import type { Anchors } from './anchors.ts'
import { BoxCoder, type Coder } from './boxCoder.ts'
import { BoxSelector, type Selector } from './boxSelector.ts'
import { component } from './component.ts'
import { checkedTargets, preprocessImages, type Target } from './images.ts'
import { crossEntropy, elementLoss, smoothL1, type ElementLoss } from './losses.ts'
import { ATSSMatcher, ThresholdMatcher, betweenThresholds, overlapOption, type AnchorMatcher } from './matcher.ts'
import { BalancedPositiveNegativeSampler, HardNegativeSampler, type AnchorSampler } from './sampler.ts'

/** What gives anchors, as an option. */
export const anchorsOption: Kind<Anchors> = instance(
  'an anchor generator',
  (value) => typeof value === 'object' && value !== null && 'cellAnchors' in value,
)

const options = {
  network: networkOption.req('The network, such as RetinaNet.'),
  anchorGenerator: anchorsOption.req('What gives the anchors on its maps.'),
  boxOverlapMetric: overlapOption.opt('How much boxes are alike; their intersection over union when null.', null),
  spatialDims: count.opt('Spatial axes, where the network does not say.', null),
  numClasses: count.opt('Classes without background, where the network does not say.', null),
  sizeDivisible: intOrInts.opt('What must divide the sizes of images, where the network does not say.', 1),
  clsKey: text.opt('Name of the classification loss.', 'classification'),
  boxRegKey: text.opt('Name of the box loss.', 'box_regression'),
  debug: bool.opt('No effect: nothing is printed.', false),
} satisfies Schema

/** What was found in an image, under the keys of the detector: boxes `[N, 4 or 6]`, scores `[N]`, labels `[N]`. */
export type Detection = Readonly<Record<string, Tensor>>

/** Finds boxes with a network of the kind of RetinaNet, and says what it has to learn (MONAI RetinaNetDetector). */
export class Detector {
  /** What gives scores and boxes. */
  readonly network: Network
  readonly spatialDims: number
  readonly numClasses: number
  readonly sizeDivisible: readonly number[]
  private readonly anchors: Anchors
  private readonly perPlace: number
  private readonly options: Values<typeof options>
  private coder: Coder
  private selector: Selector
  private matcher: AnchorMatcher | null = null
  private sampler: AnchorSampler | null = null
  private inferer: Inferer | null = null
  private clsLoss: ElementLoss = crossEntropy
  private boxLoss: ElementLoss = smoothL1
  private encodeGt = true
  private decodePred = false
  private boxKey = 'boxes'
  private labelKey = 'labels'

  constructor(given: Values<typeof options>) {
    this.options = given
    const { network, anchorGenerator } = given
    this.network = network
    this.spatialDims = known(network.options.spatialDims, given.spatialDims, 'spatialDims')
    this.numClasses = known(network.options.numClasses, given.numClasses, 'numClasses')
    const divisor = (network.options.sizeDivisible ?? given.sizeDivisible) as number | readonly number[]
    this.sizeDivisible = typeof divisor === 'number' ? new Array<number>(this.spatialDims).fill(divisor) : divisor
    this.anchors = anchorGenerator
    this.perPlace = anchorGenerator.numAnchorsPerLocation()[0]
    const wanted = network.options.numAnchors ?? this.perPlace
    if (wanted !== this.perPlace)
      throw new OptionError(
        'RetinaNetDetector.anchorGenerator',
        `gives ${this.perPlace} anchors at each place; the network has ${String(wanted)}`,
      )
    this.coder = BoxCoder({ weights: new Array<number>(2 * this.spatialDims).fill(1) })
    this.selector = BoxSelector({ boxOverlapMetric: given.boxOverlapMetric })
  }

  /** What the codes of boxes are multiplied with. */
  setBoxCoderWeights(weights: readonly number[]): void {
    if (weights.length !== 2 * this.spatialDims)
      throw new OptionError('setBoxCoderWeights', `has ${weights.length} weights; give ${2 * this.spatialDims}`)
    this.coder = BoxCoder({ weights })
  }

  /** Keys of targets and of what is found; scores are under the label's key with `_scores`. */
  setTargetKeys({ boxKey, labelKey }: { readonly boxKey: string; readonly labelKey: string }): void {
    this.boxKey = boxKey
    this.labelKey = labelKey
  }

  setClsLoss(loss: Loss | ElementLoss): void {
    this.clsLoss = elementLoss(loss, 'setClsLoss')
  }

  /** `encodeGt`: of codes; `decodePred`: of boxes. */
  setBoxRegressionLoss(
    loss: Loss | ElementLoss,
    { encodeGt, decodePred }: { readonly encodeGt: boolean; readonly decodePred: boolean },
  ): void {
    this.boxLoss = elementLoss(loss, 'setBoxRegressionLoss')
    this.encodeGt = encodeGt
    this.decodePred = decodePred
  }

  setRegularMatcher(o: {
    readonly fgIouThresh: number
    readonly bgIouThresh: number
    readonly allowLowQualityMatches?: boolean
  }): void {
    if (o.fgIouThresh < o.bgIouThresh)
      throw new OptionError(
        'setRegularMatcher',
        `fgIouThresh ${o.fgIouThresh} is below bgIouThresh ${o.bgIouThresh}; it must not be`,
      )
    this.matcher = ThresholdMatcher({
      highThreshold: o.fgIouThresh,
      lowThreshold: o.bgIouThresh,
      allowLowQualityMatches: o.allowLowQualityMatches ?? true,
      similarityFn: this.options.boxOverlapMetric,
    })
  }

  setAtssMatcher({
    numCandidates = 4,
    centerInGt = false,
  }: { numCandidates?: number; centerInGt?: boolean } = {}): void {
    this.matcher = ATSSMatcher({ numCandidates, centerInGt, similarityFn: this.options.boxOverlapMetric ?? boxIou })
  }

  setHardNegativeSampler(given: Given<typeof HardNegativeSampler.schema>): void {
    this.sampler = HardNegativeSampler(given)
  }

  setBalancedSampler(given: Given<typeof BalancedPositiveNegativeSampler.schema>): void {
    this.sampler = BalancedPositiveNegativeSampler(given)
  }

  setSlidingWindowInferer(given: Given<typeof SlidingWindowInferer.schema>): void {
    this.inferer = SlidingWindowInferer({ overlap: 0.5, ...given })
  }

  setBoxSelectorParameters(given: Omit<Given<typeof BoxSelector.schema>, 'boxOverlapMetric'>): void {
    this.selector = BoxSelector({ ...given, boxOverlapMetric: this.options.boxOverlapMetric })
  }

  /** Boxes in images `[C, ...]`, of any sizes, or in a batch; `predictor` runs the network, in evaluation, on a batch. */
  async predict(
    images: FloatTensor | readonly FloatTensor[],
    predictor: Predictor,
    { useInferer = false }: { readonly useInferer?: boolean } = {},
  ): Promise<Detection[]> {
    const { batch, sizes } = preprocessImages(images, this.spatialDims, this.sizeDivisible)
    if (useInferer && !this.inferer)
      throw new MissingError('RetinaNetDetector', 'has no inferer; call setSlidingWindowInferer first')
    const maps = outputList(await (useInferer ? this.inferer!(batch, predictor) : predictor(batch)))
    const [logits, codes] = halves(maps)
    const anchors = this.anchors.generate(batch.shape.slice(2), logits.map(gridOf))
    return sizes.map((size, n) => {
      let row = 0
      const boxes = codes.map((map) => {
        const list = this.perAnchor(map, n)
        const width = anchors.shape[1]
        const data = anchors.data.subarray(row * width, (row += list.shape[0]) * width)
        return this.coder.decode(list, { dtype: 'float32', shape: [list.shape[0], width], data })
      })
      const scores = logits.map((map) => this.perAnchor(map, n))
      const found = this.selector.select(boxes, scores, size)
      return {
        [this.boxKey]: found.boxes,
        [`${this.labelKey}_scores`]: found.scores,
        [this.labelKey]: tensor('int32', [found.labels.length], Int32Array.from(found.labels)),
      }
    })
  }

  /**
   * The losses of what the network gives in training, by name. They read inputs that `trainingInputs` fills for each
   * batch.
   */
  losses(maps: readonly Value[]): Readonly<Record<string, Value>> {
    const [logits, codes] = halves(maps).map((list) => this.joined(list))
    const [rows, classes] = logits.shape
    const width = 2 * this.spatialDims
    const batch = maps[0].shape[0]
    const fed = (name: string, shape: readonly number[]) => input(`detector.${name}`, { dtype: 'float32', shape })
    const predicted = this.decodePred
      ? this.coder.decoded(codes, m.concat(new Array<Value>(batch).fill(fed('anchors', [rows / batch, width])), 0))
      : codes
    return {
      [this.options.clsKey]: weighed(
        this.clsLoss(logits, fed('classes', [rows, classes])),
        fed('classWeights', [rows, 1]),
      ),
      [this.options.boxRegKey]: weighed(
        this.boxLoss(predicted, fed('boxes', [rows, width])),
        fed('boxWeights', [rows, 1]),
      ),
    }
  }

  /**
   * What `losses` reads for a batch of images of this size: which anchors learn what. `maps` are what the network gave for
   * the batch in training (a sampler looks at the scores).
   */
  trainingInputs(
    imageSize: readonly number[],
    maps: readonly FloatTensor[],
    targets: readonly Readonly<Record<string, Tensor>>[],
    rng: TorchGenerator,
  ): Record<string, FloatTensor> {
    const { matcher, spatialDims, numClasses, boxKey, labelKey } = this
    if (!matcher)
      throw new MissingError('RetinaNetDetector', 'has no matcher; call setAtssMatcher or setRegularMatcher first')
    const [logits] = halves(maps)
    const images = logits[0].shape[0]
    const grids = logits.map(gridOf)
    const anchors = this.anchors.generate(imageSize, grids)
    const each = anchors.shape[0]
    const width = 2 * spatialDims
    const classes = floats([images * each, numClasses])
    const classWeights = floats([images * each, 1])
    const boxes = floats([images * each, width])
    const boxWeights = floats([images * each, 1])
    const checked = checkedTargets(targets, images, { spatialDims, numClasses, boxKey, labelKey })
    checked.forEach((target, n) => {
      const matches = matcher.match(target.boxes, anchors, grids.map(sizeOf), this.perPlace)
      for (const anchor of this.learning(matches, logits, n, rng)) classWeights.data[n * each + anchor] = 1
      boxes.data.set(anchors.data, n * each * width)
      matches.forEach((row, anchor) => {
        if (row >= 0) classes.data[(n * each + anchor) * numClasses + target.labels[row]] = 1
      })
      const having = [...matches.keys()].filter((anchor) => matches[anchor] >= 0)
      const goals = this.goals(target, matches, having, anchors)
      having.forEach((anchor, i) => {
        boxWeights.data[n * each + anchor] = 1
        boxes.data.set(boxAt(goals, i), (n * each + anchor) * width)
      })
    })
    for (const { data } of [classWeights, boxWeights]) {
      const total = data.reduce((a, b) => a + b, 0)
      if (total > 0) data.forEach((weight, i) => (data[i] = weight / total))
    }
    const inputs = { classes, classWeights, boxes, boxWeights, ...(this.decodePred ? { anchors } : {}) }
    return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`detector.${name}`, value]))
  }

  private goals(target: Target, matches: Int32Array, having: readonly number[], anchors: FloatTensor): FloatTensor {
    const truth = boxesAt(
      target.boxes,
      having.map((anchor) => matches[anchor]),
    )
    return this.encodeGt ? this.coder.encode(truth, boxesAt(anchors, having)) : truth
  }

  /** The anchors of an image whose scores learn. */
  private learning(matches: Int32Array, logits: readonly FloatTensor[], n: number, rng: TorchGenerator): number[] {
    if (!this.sampler) return [...matches.keys()].filter((anchor) => matches[anchor] !== betweenThresholds)
    const highest = logits.flatMap((map) => {
      const { shape, data } = this.perAnchor(map, n)
      return Array.from({ length: shape[0] }, (_, i) => Math.max(...data.subarray(i * shape[1], (i + 1) * shape[1])))
    })
    const { positive, negative } = this.sampler.sample(
      matches.map((row) => row + 1),
      highest,
      rng,
    )
    return [...positive, ...negative]
  }

  /** A map of one image as rows, place by place, anchor by anchor. */
  private perAnchor({ shape, data }: FloatTensor, n: number): FloatTensor {
    const places = sizeOf(shape.slice(2))
    const width = shape[1] / this.perPlace
    const rows = floats([places * this.perPlace, width])
    for (let channel = 0; channel < shape[1]; channel++)
      for (let place = 0; place < places; place++)
        rows.data[place * shape[1] + channel] = data[(n * shape[1] + channel) * places + place]
    return rows
  }

  /** The same of all maps and images in a graph. */
  private joined(maps: readonly Value[]): Value {
    const lists = maps.map((map) => {
      const [images, channels, ...grid] = map.shape
      const rows = m.transpose(m.reshape(map, [images, channels, sizeOf(grid)]), [0, 2, 1])
      return m.reshape(rows, [images, sizeOf(grid) * this.perPlace, channels / this.perPlace])
    })
    const all = m.concat(lists, 1)
    return m.reshape(all, [-1, all.shape[2]])
  }
}

/** A detector from its options; see `Detector`. */
export const RetinaNetDetector = component('RetinaNetDetector', options, (o) => new Detector(o))

/** Elements under their rows' weights, the mean over columns. */
function weighed(elements: Value, weights: Value): Value {
  const rows = weights.shape[0]
  const table = m.reshape(elements, [rows, -1])
  return m.div(m.sum(m.mul(table, weights)), table.shape[1])
}

function halves<T>(maps: readonly T[]): [readonly T[], readonly T[]] {
  return [maps.slice(0, maps.length / 2), maps.slice(maps.length / 2)]
}

function gridOf({ shape }: { readonly shape: readonly number[] }): readonly number[] {
  return shape.slice(2)
}

function known(ofNetwork: unknown, given: number | null, option: string): number {
  const value = typeof ofNetwork === 'number' ? ofNetwork : given
  if (value === null)
    throw new ConfigError(`RetinaNetDetector.${option}`, 'is missing, and the network does not say; give it')
  return value
}

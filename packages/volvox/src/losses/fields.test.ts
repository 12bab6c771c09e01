import { describe, expect, test } from 'vitest'
import { floats, sizeOf, tensor, type Tensor } from '../core/tensor.ts'
import { gradients } from '../graph/autodiff.ts'
import { evaluate } from '../graph/interpret/index.ts'
import { constant, input, type Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'
import { RandomState } from '../rng/index.ts'
import {
  AsymmetricUnifiedFocalLoss,
  BCELoss,
  BCEWithLogitsLoss,
  BarlowTwinsLoss,
  BendingEnergyLoss,
  BoxGIoULoss,
  ContrastiveLoss,
  CrossEntropyLoss,
  DiffusionLoss,
  GeneralizedWassersteinDiceLoss,
  GlobalMutualInformationLoss,
  HausdorffDTLoss,
  LocalNormalizedCrossCorrelationLoss,
  LogHausdorffDTLoss,
  MSELoss,
  MaskedLoss,
  MultiScaleLoss,
  NACLLoss,
  SSIMLoss,
  SURELoss,
  SmoothL1Loss,
  SoftDiceclDiceLoss,
  SoftclDiceLoss,
  type Loss,
} from './index.ts'

interface Case {
  readonly loss: Loss
  readonly input: readonly number[]
  /** Targets are numbers between 0 and 1, or class numbers below `classes`; of the input's shape unless given. */
  readonly target?: readonly number[]
  readonly classes?: number
}

const image = [2, 2, 6, 5, 7]
const distMatrix = [
  [0, 1, 1],
  [1, 0, 0.5],
  [1, 0.5, 0],
]

// prettier-ignore
const cases: Readonly<Record<string, Case>> = {
  'AsymmetricUnifiedFocal': { loss: AsymmetricUnifiedFocalLoss({ gamma: 0.7, weight: 0.4 }), input: [2, 2, 3, 4] },
  'BarlowTwins': { loss: BarlowTwinsLoss(), input: [5, 4] },
  'Contrastive': { loss: ContrastiveLoss(), input: [4, 6] },
  'BendingEnergy': { loss: BendingEnergyLoss({ normalize: true }), input: [1, 3, 5, 6, 5] },
  'Diffusion in 1-D': { loss: DiffusionLoss(), input: [2, 1, 6] },
  'mutual information': { loss: GlobalMutualInformationLoss({ numBins: 8 }), input: [2, 1, 4, 5] },
  'mutual information by splines': { loss: GlobalMutualInformationLoss({ kernelType: 'b-spline', numBins: 9 }), input: [2, 1, 4, 5] },
  'local correlation in 2-D': { loss: LocalNormalizedCrossCorrelationLoss({ spatialDims: 2, kernelSize: 5, kernelType: 'triangular' }), input: [1, 2, 6, 5] },
  'local correlation by a gaussian': { loss: LocalNormalizedCrossCorrelationLoss({ kernelType: 'gaussian', kernelSize: 5 }), input: image },
  'HausdorffDT': { loss: HausdorffDTLoss({ sigmoid: true, alpha: 1.5, includeBackground: true, batch: true }), input: [2, 2, 4, 5] },
  'LogHausdorffDT': { loss: LogHausdorffDTLoss({ softmax: true, toOnehotY: true, reduction: 'sum' }), input: [1, 3, 3, 4, 3], target: [1, 1, 3, 4, 3], classes: 3 },
  'CrossEntropy of class numbers': { loss: CrossEntropyLoss({ weight: [0.2, 1, 2], ignoreIndex: 1, labelSmoothing: 0.1 }), input: [2, 3, 2, 4], target: [2, 2, 4], classes: 3 },
  'CrossEntropy of probabilities': { loss: CrossEntropyLoss({ weight: [0.2, 1], labelSmoothing: 0.1 }), input: [3, 2, 4] },
  'BCEWithLogits': { loss: BCEWithLogitsLoss({ posWeight: [2, 3], reduction: 'sum' }), input: [3, 2, 4] },
  'BCE': { loss: BCELoss(), input: [3, 2, 4] },
  'MultiScale': { loss: MultiScaleLoss({ loss: MSELoss(), scales: [0, 1.5], kernel: 'cauchy' }), input: [1, 2, 5, 6] },
  'NACL': { loss: NACLLoss({ classes: 3, dim: 2, kernelOps: 'gaussian', distanceType: 'l2' }), input: [2, 3, 4, 5], target: [2, 4, 5], classes: 3 },
  'SSIM': { loss: SSIMLoss({ spatialDims: 3, winSize: [3, 4, 5], kernelSigma: [1, 2, 1.5] }), input: image },
  'SmoothL1': { loss: SmoothL1Loss({ beta: 0.3 }), input: [3, 4] },
  'SoftclDice': { loss: SoftclDiceLoss({ iter: 1 }), input: [1, 2, 5, 5] },
  'SoftDiceclDice': { loss: SoftDiceclDiceLoss({ iter: 1, alpha: 0.3 }), input: [1, 2, 4, 4, 4] },
  'Wasserstein': { loss: GeneralizedWassersteinDiceLoss({ distMatrix }), input: [2, 3, 3, 4], target: [2, 1, 3, 4], classes: 3 },
  'Wasserstein by volume': { loss: GeneralizedWassersteinDiceLoss({ distMatrix, weightingMode: 'GDL' }), input: [2, 3, 3, 4], target: [2, 3, 4], classes: 3 },
}

describe('gradients are those of finite differences', () => {
  for (const [title, { loss, input: shape, target = shape, classes }] of Object.entries(cases))
    test(title, () => {
      const rng = new RandomState(11)
      const x = input('x', { dtype: 'float64', shape })
      const y = input('y', { dtype: 'float64', shape: target })
      const numbers = (n: number) => Float64Array.from(rng.randn(n), (z) => 1 / (1 + Math.exp(-z)))
      const truth = numbers(sizeOf(target)).map((p) => (classes === undefined ? p : Math.floor(p * classes)))
      const feeds = { x: doubles(shape, numbers(sizeOf(shape))), y: doubles(target, truth) }
      checkGradient(loss.forward(x, y), x, feeds)
    })
})

function checkGradient(
  value: Value,
  x: Value,
  feeds: Readonly<Record<string, Tensor>> & { x: Tensor<Float64Array> },
): void {
  const [grad] = evaluate(gradients(value, [x]), feeds)
  const at = (data: Float64Array) => evaluate([value], { ...feeds, x: doubles(x.shape, data) })[0].data[0]
  const step = 1e-6
  for (let i = 0; i < feeds.x.data.length; i += Math.ceil(feeds.x.data.length / 9)) {
    const moved = (by: number) => at(feeds.x.data.with(i, feeds.x.data[i] + by))
    expect(Math.abs((moved(step) - moved(-step)) / (2 * step) - grad.data[i]), `[${i}]`).toBeLessThan(1e-6)
  }
}

test('boxes that agree cost nothing, boxes apart more than 1', () => {
  const boxes = input('x', { dtype: 'float32', shape: [2, 6] })
  const others = input('y', { dtype: 'float32', shape: [2, 6] })
  const [loss] = evaluate([BoxGIoULoss({ reduction: 'none' }).forward(boxes, others)], {
    x: floats([2, 6], [0, 0, 0, 2, 2, 2, 0, 0, 0, 1, 1, 1]),
    y: floats([2, 6], [0, 0, 0, 2, 2, 2, 2, 0, 0, 3, 1, 1]),
  })
  expect(loss.data[0]).toBeCloseTo(0, 6)
  expect(loss.data[1]).toBeCloseTo(1 + 1 / 3, 6)
})

test('an image is as similar to itself as can be', () => {
  const x = input('x', { dtype: 'float64', shape: [1, 1, 12, 12] })
  const feeds = { x: doubles(x.shape, Float64Array.from(new RandomState(2).randn(144))) }
  const of = (loss: Loss) => evaluate([loss.forward(x, x)], feeds)[0].data[0]
  expect(of(SSIMLoss({ spatialDims: 2 }))).toBeCloseTo(0, 12)
  expect(of(LocalNormalizedCrossCorrelationLoss({ spatialDims: 2 }))).toBeCloseTo(-1, 6)
})

test('SURE is the error times how the operator reacts to noise', () => {
  const shape = [1, 2, 3, 3]
  const rng = new RandomState(4)
  const x = input('x', { dtype: 'float64', shape })
  const y = input('y', { dtype: 'float64', shape })
  const noise = input('noise', { dtype: 'float64', shape })
  const data = () => doubles(shape, Float64Array.from(rng.randn(18)))
  const feeds = { x: data(), y: data(), noise: data() }
  const value = SURELoss({ eps: 0.1 }).forward((v) => m.mul(3, v), { x, pseudoTruth: y, noise, complex: true })
  const columns = (c: number, row: number) =>
    [0, 1, 2].reduce((sum, i) => sum + feeds.noise.data[c * 9 + row * 3 + i], 0)
  const reaction = [0, 1].flatMap((c) => [0, 1, 2].map((row) => 3 * columns(c, row) ** 2)).reduce((a, b) => a + b)
  const error = feeds.x.data.reduce((sum, v, i) => sum + (3 * v - feeds.y.data[i]) ** 2, 0) / 9
  expect(evaluate([value], feeds)[0].data[0]).toBeCloseTo((error * reaction) / 9, 9)
})

describe('what does not fit is refused in a sentence', () => {
  const of = (...shape: number[]): Value => input('v', { dtype: 'float32', shape })
  // prettier-ignore
  const refusals: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['no target', () => MSELoss().forward(of(2)), /^MSELoss: has no target to compare the prediction with; give it as second argument$/],
    ['classes in channels', () => CrossEntropyLoss().forward(of(2, 3, 4), of(2, 2, 4)), /^CrossEntropyLoss: target \[2, 2, 4\] does not fit prediction \[2, 3, 4\]; give class numbers \[2, 4\] or probabilities \[2, 3, 4\]$/],
    ['another shape', () => MSELoss().forward(of(2, 3), of(3, 2)), /^MSELoss: target \[3, 2\] and prediction \[2, 3\] differ in shape; they must agree$/],
    ['images for features', () => ContrastiveLoss().forward(of(2, 3, 4), of(2, 3, 4)), /^ContrastiveLoss: prediction \[2, 3, 4\] has 3 axes; give features \[N, F\]$/],
    ['one view', () => BarlowTwinsLoss().forward(of(1, 3), of(1, 3)), /^BarlowTwinsLoss: prediction \[1, 3\] is one sample; correlations take 2 or more$/],
    ['components that are missing', () => DiffusionLoss().forward(of(1, 2, 5, 5, 5)), /^DiffusionLoss: field \[1, 2, 5, 5, 5\] has 2 components for 3 spatial axes; give one for each$/],
    ['a field that is too small', () => BendingEnergyLoss().forward(of(1, 2, 4, 9)), /^BendingEnergyLoss: field \[1, 2, 4, 9\] is too small for derivatives; give at least 5 voxels an axis$/],
    ['boxes of 5 numbers', () => BoxGIoULoss().forward(of(3, 5), of(3, 5)), /^BoxGIoULoss: boxes have shape \[3, 5\]; give \[N, 4\] or \[N, 6\]: low and high corners$/],
    ['no bins but padding', () => GlobalMutualInformationLoss({ kernelType: 'b-spline', numBins: 4 }), /^GlobalMutualInformationLoss.numBins: 4 leaves no bin between the 2 of padding at either end; give 5 or more$/],
    ['an even window', () => LocalNormalizedCrossCorrelationLoss({ kernelSize: 4 }), /^LocalNormalizedCrossCorrelationLoss.kernelSize: 4 does not fit; give an odd whole number above 0$/],
    ['a gaussian of one voxel', () => LocalNormalizedCrossCorrelationLoss({ kernelSize: 1, kernelType: 'gaussian' }), /kernelSize: 1 is too small for a gaussian window; use 3 or more$/],
    ['other axes than said', () => LocalNormalizedCrossCorrelationLoss().forward(of(1, 1, 5, 5), of(1, 1, 5, 5)), /^LocalNormalizedCrossCorrelationLoss: prediction \[1, 1, 5, 5\] does not fit; give \[N, C, ...\] with 3 spatial axes$/],
    ['a window beyond the image', () => SSIMLoss({ spatialDims: 2 }).forward(of(1, 1, 9, 20), of(1, 1, 9, 20)), /^SSIMLoss: prediction \[1, 1, 9, 20\] is smaller than the window of 11 x 11; lower winSize$/],
    ['a window of other axes', () => SSIMLoss({ spatialDims: 2, winSize: [3, 3, 3] }).forward(of(1, 1, 9, 9), of(1, 1, 9, 9)), /^SSIMLoss.winSize: \[3, 3, 3\] does not fit; give one number above 0, or 2 of them$/],
    ['classes that are not predicted', () => NACLLoss({ classes: 4, dim: 2 }).forward(of(1, 3, 5, 5), of(1, 5, 5)), /^NACLLoss: prediction \[1, 3, 5, 5\] has 3 channels; give 4, one per class$/],
    ['channels for class numbers', () => NACLLoss({ classes: 3, dim: 2 }).forward(of(1, 3, 5, 5), of(1, 3, 5, 5)), /^NACLLoss: target \[1, 3, 5, 5\] does not fit prediction \[1, 3, 5, 5\]; give class numbers \[1, 1, 5, 5\]$/],
    ['distances that are not square', () => GeneralizedWassersteinDiceLoss({ distMatrix: [[0, 1]] }), /^GeneralizedWassersteinDiceLoss.distMatrix: \[\[0, 1\]\] does not fit; give a list of rows or a tensor, with as many rows as columns$/],
    ['no distances', () => GeneralizedWassersteinDiceLoss({ distMatrix: [[0, 0], [0, 0]] }), /distMatrix: has no distance above 0; give some between classes$/],
    ['a negative scale', () => MultiScaleLoss({ loss: MSELoss(), scales: [-1] }), /^MultiScaleLoss.scales: \[-1\] does not fit; give a list of standard deviations of 0 or more, in voxels or null$/],
    ['a single class', () => AsymmetricUnifiedFocalLoss({ numClasses: 3 }), /^AsymmetricUnifiedFocalLoss.numClasses: 3 does not fit; give 2, the only number of classes it is made for$/],
    ['a mask of classes', () => MaskedLoss({ loss: MSELoss() }).forward(of(2, 3, 4), of(2, 3, 4), of(2, 3, 4)), /^MaskedLoss: mask \[2, 3, 4\] does not fit prediction \[2, 3, 4\]; give \[N or 1, 1, ...\] with its spatial shape$/],
    ['no noise', () => SURELoss().forward((x) => x, { x: of(1, 1, 4, 4), pseudoTruth: of(1, 1, 4, 4) }), /^SURELoss.perturbNoise: is not given, nor is noise; give one of them$/],
    ['one channel for complex numbers', () => SURELoss().forward((x) => x, { x: of(1, 1, 4, 4), pseudoTruth: of(1, 1, 4, 4), noise: of(1, 1, 4, 4), complex: true }), /^SURELoss: x \[1, 1, 4, 4\] does not fit; give \[N, C, H, W\], two channels when complex$/],
  ]
  for (const [title, attempt, sentence] of refusals) test(title, () => expect(attempt).toThrow(sentence))
})

test('distances of an integer target are whole numbers, as in MONAI', () => {
  const p = input('p', { dtype: 'float32', shape: [1, 1, 4, 4] })
  const square = [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]
  const feeds = {
    p: floats(
      p.shape,
      Array.from(square, (_, i) => ((i * 7) % 16) / 16),
    ),
  }
  const value = (truth: Tensor) => evaluate([HausdorffDTLoss().forward(p, constant(truth))], feeds)[0].data[0]
  expect(value(tensor('int32', p.shape, Int32Array.from(square)))).toBeCloseTo(0.5742188, 6)
  expect(value(floats(p.shape, square))).toBeCloseTo(0.6040039, 6)
})

function doubles(shape: readonly number[], data: Float64Array): Tensor<Float64Array> {
  return tensor('float64', shape, data)
}

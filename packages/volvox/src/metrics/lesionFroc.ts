import { asFloats } from '../core/convert.ts'
import { ConfigError, ShapeError, shown } from '../core/errors.ts'
import { count, instance, int, nonNegative, numbers, parseOptions, type Given } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { sameShape, type Tensor } from '../core/tensor.ts'
import { labelComponents, peaks, squaredDistances } from '../kernels/index.ts'
import { computeFpTpProbs, computeFrocCurveData, computeFrocScore, frocThresholds, type Detections } from './froc.ts'

/** One slide: where a network sees tumours, and where they are, as maps `[height, width]` of the same level. */
export interface LesionSample {
  readonly probMap: Tensor
  /** 1 inside of tumours, else 0. */
  readonly tumorMask: Tensor
  /** How often the slide was halved for these maps. */
  readonly level: number
  /** Micrometres between pixels of the finest level. */
  readonly pixelSpacing: number
}

const samples = instance<readonly LesionSample[]>(
  'a list of { probMap, tumorMask, level, pixelSpacing }, the maps as tensors',
  (given) =>
    Array.isArray(given) &&
    given.every((sample: Partial<LesionSample>) =>
      [sample.probMap, sample.tumorMask].every((map) => typeof map === 'object' && map !== null && 'shape' in map),
    ),
)

const schema = {
  data: samples.req('The slides.'),
  growDistance: int.opt('Tumours grow by half of this, in micrometres, and what then touches is one.', 75),
  itcDiameter: int.opt('Shorter tumours are isolated cells, which do not count, in micrometres before they grow.', 200),
  evalThresholds: numbers.opt(
    'Numbers of false positives a slide at which the sensitivity is averaged.',
    frocThresholds,
  ),
  nmsSigma: nonNegative.opt(
    'Without effect, as in MONAI, whose filter takes the two axes of a map for batch and channels.',
    0,
  ),
  nmsProbThreshold: nonNegative.opt('Smaller probabilities are no detections.', 0.5),
  nmsBoxSize: count.opt('Side of the square around a detection that holds no other, in pixels.', 48),
}

/** The free-response score of tumours found in slides (Camelyon; MONAI apps.pathology LesionFROC). */
export interface LesionFroc {
  /** All detections, and how many targets and slides there are. */
  computeFpTp(): Detections & { readonly numImages: number }
  evaluate(): number
}

/** Scores probability maps of slides against their tumours; maps are handed in, since reading slides is the caller's business. */
export const LesionFROC: Component & ((options: Given<typeof schema>) => LesionFroc) = Object.assign(
  (given: Given<typeof schema>): LesionFroc => {
    const o = parseOptions('LesionFROC', schema, given)
    const computeFpTp = () => {
      const judged = o.data.map((sample, i) => detections(`LesionFROC.data[${i}]`, sample, o))
      return {
        fpProbs: judged.flatMap(({ fpProbs }) => fpProbs),
        tpProbs: judged.flatMap(({ tpProbs }) => tpProbs),
        numTargets: judged.reduce((n, { numTargets }) => n + numTargets, 0),
        numImages: judged.length,
      }
    }
    return {
      computeFpTp,
      evaluate() {
        const { fpProbs, tpProbs, numTargets, numImages } = computeFpTp()
        return computeFrocScore(computeFrocCurveData(fpProbs, tpProbs, numTargets, numImages), o.evalThresholds)
      },
    }
  },
  { componentName: 'LesionFROC', schema },
)

interface Settings {
  readonly growDistance: number
  readonly itcDiameter: number
  readonly nmsProbThreshold: number
  readonly nmsBoxSize: number
}

function detections(where: string, { probMap, tumorMask, level, pixelSpacing }: LesionSample, o: Settings): Detections {
  const { shape } = probMap
  if (shape.length !== 2 || !sameShape(shape, tumorMask.shape))
    throw new ShapeError(where, `maps ${shown(shape)} and ${shown(tumorMask.shape)} must agree and be [height, width]`)
  if (!(pixelSpacing > 0))
    throw new ConfigError(`${where}.pixelSpacing`, `is ${pixelSpacing}; give micrometres above 0`)
  const { data: raw } = asFloats(probMap)
  const found = peaks(raw, shape, o.nmsProbThreshold, [o.nmsBoxSize, o.nmsBoxSize])
  // Places on the finest level, at the middle of the coarser pixel.
  const fine = (axis: number) => found.map(({ place }) => Math.trunc((place[axis] + 0.5) * 2 ** level))
  const spacing = pixelSpacing * 2 ** level
  const tumours = multiInstanceMask(tumorMask, o.growDistance / (2 * spacing))
  const isolated = isolatedTumorCells(tumours, (o.itcDiameter + o.growDistance) / spacing)
  const probs = found.map(({ value }) => value)
  return computeFpTpProbs(probs, fine(0), fine(1), tumours, isolated, level)
}

/** Numbered tumours, each grown by less than `distance` pixels, without holes (MONAI `compute_multi_instance_mask`). */
export function multiInstanceMask({ shape, data }: Tensor, distance: number): Tensor<Int32Array> {
  const tumour = Uint8Array.from(data as ArrayLike<number | bigint>, (x) => (Number(x) === 1 ? 1 : 0))
  const grown = Uint8Array.from(squaredDistances(tumour, shape), (squared) => (Math.sqrt(squared) < distance ? 1 : 0))
  const outside = labelComponents(
    grown.map((inside) => 1 - inside),
    shape,
    1,
  ).labels
  const open = new Set(Array.from(outside).filter((_, i) => onBorder(i, shape)))
  const filled = grown.map((inside, i) => (inside || !open.has(outside[i]) ? 1 : 0))
  return { dtype: 'int32', shape, data: labelComponents(filled, shape, 2).labels }
}

/** The numbers of tumours with a longer axis below `threshold` pixels (MONAI `compute_isolated_tumor_cells`). */
export function isolatedTumorCells({ shape: [, width], data }: Tensor<Int32Array>, threshold: number): number[] {
  const targets = data.reduce((most, label) => Math.max(most, label), 0)
  const moments = Array.from({ length: targets }, () => new Float64Array(6)) // n, Σy, Σx, Σyy, Σyx, Σxx
  data.forEach((label, i) => {
    if (label === 0) return
    const [y, x] = [Math.floor(i / width), i % width]
    ;[1, y, x, y * y, y * x, x * x].forEach((value, k) => (moments[label - 1][k] += value))
  })
  return moments.flatMap((m, i) => (longerAxis(m) < threshold ? [i + 1] : []))
}

/** The longer axis of the ellipse with the same second moments. */
function longerAxis([n, y, x, yy, yx, xx]: Float64Array): number {
  const [a, b, c] = [yy / n - (y / n) ** 2, yx / n - (y * x) / (n * n), xx / n - (x / n) ** 2]
  return 4 * Math.sqrt((a + c) / 2 + Math.sqrt(((a - c) / 2) ** 2 + b * b))
}

function onBorder(i: number, [height, width]: readonly number[]): boolean {
  const [y, x] = [Math.floor(i / width), i % width]
  return y === 0 || x === 0 || y === height - 1 || x === width - 1
}

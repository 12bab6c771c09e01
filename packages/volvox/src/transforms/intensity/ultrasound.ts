import { toFloats } from '../../core/convert.ts'
import { OptionError, ShapeError } from '../../core/errors.ts'
import { isImage, withVoxels, type Image } from '../../core/image.ts'
import { bool, count, number, oneOf, positive } from '../../core/options.ts'
import { sameShape, sizeOf } from '../../core/tensor.ts'
import { complexFrom, fourierTransform, solveSymmetric } from '../../kernels/index.ts'
import { checkSound } from '../checks.ts'
import { voxels } from '../define.ts'

/**
 * How much each pixel of an ultrasound image is to be trusted: the chance that a random walk from it, which shuns edges, reaches
 * the probe (first row) before the sinks. [1, H, W], or [1, D, H, W] whose mean over D is taken, to [H, W]
 * (MONAI `UltrasoundConfidenceMapTransform`; Karamalis et al. 2012).
 */
export const UltrasoundConfidenceMapTransform = voxels({
  name: 'UltrasoundConfidenceMapTransform',
  options: {
    alpha: number.opt('Attenuation of the beam from the first to the last row.', 2),
    beta: number.opt('How much a walk shuns edges.', 90),
    gamma: number.opt('How much it shuns steps that are not along the beam.', 0.05),
    mode: oneOf('B', 'RF').opt('B-mode, or radio-frequency lines whose envelope is taken.', 'B'),
    sinkMode: oneOf('all', 'mid', 'min', 'mask').opt(
      'Sinks: the last row, its middle, its darkest pixels away from its ends, or a mask.',
      'all',
    ),
    useCg: bool.opt('Solve to cgTol in cgMaxiter steps at most; else as exactly as numbers allow.', false),
    cgTol: positive.opt('Residual at which to stop, as a share of the right side.', 1e-6),
    cgMaxiter: count.opt('Largest number of steps.', 200),
  },
  inputs: { mask: 'optional' },
  apply(img, { alpha, beta, gamma, mode, sinkMode, useCg, cgTol, cgMaxiter }, { mask }) {
    const picture = normalized(meanPicture(img))
    checkSound('UltrasoundConfidenceMapTransform', img, picture.values[0])
    if (mode === 'RF') picture.values.set(envelopes(picture))
    const marks = seeds(picture, sinkMode, isImage(mask) ? mask : null)
    const { height, width } = picture
    const weakened = picture.values.map((x, i) => {
      const depth = height === 1 ? 0 : Math.floor(i / width) / (height - 1)
      return x * (1 - Math.exp(-alpha * depth))
    })
    const edges = edgeWeights({ height, width, values: weakened }, beta, gamma)
    const data = reached(marks, edges, useCg ? cgTol : 1e-12, useCg ? cgMaxiter : undefined)
    return withVoxels(img, { dtype: 'float64', shape: [height, width], data })
  },
})

interface Picture {
  readonly height: number
  readonly width: number
  readonly values: Float64Array
}

function meanPicture(img: Image): Picture {
  const [channels, ...spatial] = img.shape
  if (channels !== 1 || (spatial.length !== 2 && spatial.length !== 3) || sizeOf(spatial) === 0)
    throw new ShapeError(
      'UltrasoundConfidenceMapTransform',
      `was given an image of shape [${img.shape.join(', ')}]; give one channel, [1, H, W] or [1, D, H, W]`,
    )
  const [height, width] = spatial.slice(-2)
  const values = new Float64Array(height * width)
  const given = toFloats(img.dtype, img.data)
  const slices = given.length / values.length
  for (let i = 0; i < given.length; i++) values[i % values.length] += given[i] / slices
  return { height, width, values }
}

/** Scaled to [0, 1]. */
function normalized({ height, width, values }: Picture): Picture {
  const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))]
  return { height, width, values: values.map((x) => (x - low) / (high - low + Number.EPSILON)) }
}

/** The size of the analytic signal of each column. */
function envelopes({ height, width, values }: Picture): Float64Array {
  const k = complexFrom(values)
  fourierTransform(k, [height, width], [0])
  for (let i = 0; i < values.length; i++) {
    const frequency = Math.floor(i / width)
    const factor = frequency === 0 || 2 * frequency === height ? 1 : 2 * frequency < height ? 2 : 0
    k.real[i] *= factor
    k.imaginary[i] *= factor
  }
  fourierTransform(k, [height, width], [0], true)
  return k.real.map((re, i) => Math.sqrt(re * re + k.imaginary[i] ** 2))
}

const [free, source, sink] = [0, 1, 2]

/** Which pixels are sources and sinks; the first row is a source in any case. */
function seeds({ height, width, values }: Picture, sinkMode: string, mask: Image | null): Uint8Array {
  const marks = new Uint8Array(height * width)
  const last = (height - 1) * width
  if (sinkMode === 'all') marks.fill(sink, last)
  if (sinkMode === 'mid') marks[last + Math.floor(width / 2)] = sink
  if (sinkMode === 'min') {
    const margin = Math.floor(width * 0.1)
    const row = values.subarray(last + margin, last + width - margin)
    if (margin === 0)
      throw new ShapeError(
        'UltrasoundConfidenceMapTransform.sinkMode',
        `"min" leaves out a tenth of ${width} columns on either side; give an image of 10 or more, or another sinkMode`,
      )
    const least = row.reduce((a, b) => Math.min(a, b))
    row.forEach((x, i) => x === least && (marks[last + margin + i] = sink))
  }
  if (sinkMode === 'mask') {
    if (!mask)
      throw new OptionError(
        'UltrasoundConfidenceMapTransform.sinkMode',
        'is "mask" and no mask came with the image; give one, or another sinkMode',
      )
    if (!sameShape(mask.shape, [1, height, width]))
      throw new ShapeError(
        'UltrasoundConfidenceMapTransform.mask',
        `has the shape [${mask.shape.join(', ')}]; give [1, ${height}, ${width}]`,
      )
    toFloats(mask.dtype, mask.data).forEach((x: number, i: number) => x !== 0 && (marks[i] = sink))
  }
  marks.fill(source, 0, width)
  return marks
}

/** The weights of the edges from each pixel to its neighbours of higher index: to the right, and three below. */
interface Edges {
  readonly height: number
  readonly width: number
  readonly weights: Float64Array
}

const steps = [[0, 1], [1, -1], [1, 0], [1, 1]] as const // prettier-ignore

function edgeWeights({ height, width, values }: Picture, beta: number, gamma: number): Edges {
  const differences = new Float64Array(4 * values.length).fill(-1)
  eachEdge(height, width, (i, j, k) => (differences[4 * i + k] = Math.abs(values[i] - values[j])))
  const most = differences.reduce((a, b) => Math.max(a, b), 0)
  let highest = 0
  const penalised = differences.map((x, at) => {
    if (x < 0) return -1
    const penalty = steps[at % 4][0] === 1 && steps[at % 4][1] === 0 ? 0 : gamma
    const y = x / (most + Number.EPSILON) + penalty
    highest = Math.max(highest, y)
    return y
  })
  const weights = penalised.map((x) => (x < 0 ? 0 : Math.exp((-beta * x) / (highest + Number.EPSILON)) + 1e-5))
  return { height, width, weights }
}

function eachEdge(height: number, width: number, visit: (from: number, to: number, step: number) => void): void {
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      steps.forEach(([down, right], k) => {
        if (y + down < height && x + right >= 0 && x + right < width)
          visit(y * width + x, (y + down) * width + x + right, k)
      })
}

/** The chance to reach a source first, from each pixel. */
function reached(
  marks: Uint8Array,
  { height, width, weights }: Edges,
  tolerance: number,
  limit: number | undefined,
): Float64Array {
  const numbers = new Int32Array(marks.length)
  let total = 0
  marks.forEach((mark, i) => (numbers[i] = mark === free ? total++ : -1))
  const diagonal = new Float64Array(total)
  const right = new Float64Array(total)
  const rows = Array.from({ length: total }, (): (readonly [column: number, value: number])[] => [])
  eachEdge(height, width, (i, j, k) => {
    const weight = weights[4 * i + k]
    for (const [a, b] of [[i, j], [j, i]]) {
      if (marks[a] !== free) continue
      diagonal[numbers[a]] += weight
      if (marks[b] === source) right[numbers[a]] += weight
    } // prettier-ignore
    if (marks[i] === free && marks[j] === free) rows[numbers[j]].push([numbers[i], -weight])
  })
  let next = 0
  const starts = Int32Array.from([0, ...rows.map((row) => (next += row.length))])
  const entries = rows.flatMap((row) => row.sort(([a], [b]) => a - b))
  const columns = Int32Array.from(entries, ([column]) => column)
  const values = Float64Array.from(entries, ([, value]) => value)
  const solution = solveSymmetric({ diagonal, starts, columns, values }, right, tolerance, limit)
  return Float64Array.from(marks, (mark, i) => (mark === free ? solution[numbers[i]] : Number(mark === source)))
}

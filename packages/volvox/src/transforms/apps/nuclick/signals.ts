import { toFloats } from '../../../core/convert.ts'
import { DataError, ShapeError } from '../../../core/errors.ts'
import { withVoxels, type Image } from '../../../core/image.ts'
import { bool, count, int, positive, probability, text } from '../../../core/options.ts'
import { gaussianFilter } from '../../../kernels/index.ts'
import type { RandomSource } from '../../random.ts'
import type { Sample } from '../../sample.ts'
import { cast, floatCopy, maskWhere } from '../../shared.ts'
import { drawnPlace } from '../clicks.ts'
import { rowOf, rowsOf } from '../entries.ts'
import { randomWholeSample, wholeSample } from '../../wholeSample.ts'
import { settledAt } from '../../sample.ts'

const signalOptions = {
  gaussian: bool.opt('Smooth the clicks with a Gaussian.', false),
  sigma: positive.opt('Standard deviation of the Gaussian in pixels.', 1),
  truncated: positive.opt('Where the Gaussian is cut off, in standard deviations.', 2),
  addExclusionMap: bool.opt('Add a channel for the other nuclei, too.', true),
}

interface Smoothing {
  readonly gaussian: boolean
  readonly sigma: number
  readonly truncated: number
}

/** A map of 0 and 1, smoothed where that is asked for. */
function smoothed(
  map: Float32Array,
  shape: readonly number[],
  { gaussian, sigma, truncated }: Smoothing,
): Float32Array {
  return gaussian && map.includes(1) ? gaussianFilter(map, [1, ...shape], [sigma, sigma], truncated) : map
}

function planeAt(name: string, sample: Sample, key: string): Image {
  const img = settledAt(name, sample, key)
  if (img.shape.length !== 3)
    throw new ShapeError(name, `"${key}" has the shape [${img.shape.join(', ')}]; it must be [channels, height, width]`)
  return img
}

/**
 * A channel with a click in the nucleus `label`, and one with clicks at the centres of some of the others (MONAI
 * `AddPointGuidanceSignald`). Which of them are dropped MONAI draws from NumPy's global generator, this from its own.
 */
export const AddPointGuidanceSignald = randomWholeSample({
  name: 'AddPointGuidanceSignald',
  options: {
    image: text.opt('Key of the image.', 'image'),
    label: text.opt('Key of the mask of the nucleus.', 'label'),
    others: text.opt('Key of the numbered other nuclei.', 'others'),
    dropRate: probability.opt('Chance that the others are dropped, first of all, then of each.', 0.5),
    jitterRange: int
      .where((n) => n >= 0, 'a whole number of 0 or more')
      .opt('Most pixels that centres are moved by.', 0),
    ...signalOptions,
    useDistance: bool.opt('Click rather far from the border of the nucleus.', false),
  },
  apply(sample, { image, label, others, dropRate, jitterRange, addExclusionMap, useDistance, ...smoothing }, source) {
    const name = 'AddPointGuidanceSignald'
    const img = planeAt(name, sample, image)
    const [, height, width] = img.shape
    const mask = sameSize(name, img, planeAt(name, sample, label), label)
    const click = new Float32Array(height * width)
    const at = clickIn(source, mask, [height, width], useDistance)
    if (at !== null) click[at] = 1
    const maps: Float32Array[] = [click]
    if (addExclusionMap) {
      const rest = sameSize(name, img, planeAt(name, sample, others), others)
      maps.push(centresOf(source, rest, [height, width], dropRate, jitterRange))
    }
    const signals = maps.map((map) => smoothed(map, [height, width], smoothing))
    return { ...sample, [image]: withChannels(img, signals) }
  },
})

/** The first channel of an image that must be as large as another. */
function sameSize(name: string, img: Image, other: Image, key: string): Float32Array {
  const size = img.shape[1] * img.shape[2]
  if (other.shape[1] !== img.shape[1] || other.shape[2] !== img.shape[2])
    throw new ShapeError(
      name,
      `"${key}" is [${other.shape.join(', ')}] for an image of [${img.shape.join(', ')}]; they must have the same size`,
    )
  return floatCopy(other).subarray(0, size)
}

function clickIn(source: RandomSource, mask: Float32Array, shape: readonly number[], far: boolean): number | null {
  const inside = maskWhere(mask, (x) => x > 0)
  if (far) {
    const drawn = drawnPlace(source, { inside, shape })
    return drawn && drawn.place[0] * shape[1] + drawn.place[1]
  }
  const candidates = Array.from(inside.keys()).filter((i) => inside[i] > 0)
  return candidates.length === 0 ? null : candidates[source.randint(0, candidates.length)]
}

/** Ones at the centres of numbered nuclei, without those that are dropped. */
function centresOf(
  source: RandomSource,
  labels: Float32Array,
  [height, width]: readonly number[],
  dropRate: number,
  jitter: number,
): Float32Array {
  const map = new Float32Array(labels.length)
  const drops = source.twin('drops')
  const dropped = () => drops.choice(2, null, { p: [dropRate, 1 - dropRate] }) === 0
  if (dropped()) return map
  const sums = new Map<number, [count: number, rows: number, columns: number]>()
  labels.forEach((label, i) => {
    if (!(label > 0)) return
    const [n, rows, columns] = sums.get(label) ?? [0, 0, 0]
    sums.set(label, [n + 1, rows + Math.floor(i / width), columns + (i % width)])
  })
  for (const [, [n, rows, columns]] of [...sums].sort(([a], [b]) => a - b)) {
    if (dropped()) continue
    const moved = (at: number, size: number) =>
      jitter > 0 ? Math.min(Math.max(at + source.randint(-jitter, jitter), 0), size - 1) : at
    const row = moved(Math.floor(rows / n), height)
    map[row * width + moved(Math.floor(columns / n), width)] = 1
  }
  return map
}

/** The image with further channels, in its element type. */
function withChannels(img: Image, channels: readonly Float32Array[]): Image {
  const data = new Float64Array(img.data.length + channels.reduce((sum, { length }) => sum + length, 0))
  data.set(toFloats(img.dtype, img.data))
  channels.forEach((channel, i) => data.set(channel, img.data.length + i * channel.length))
  const shape = [img.shape[0] + channels.length, ...img.shape.slice(1)]
  return cast(withVoxels(img, { dtype: 'float64', shape, data }), img.dtype)
}

/**
 * Patches [clicks, channels, size, size] around clicks on nuclei, each with a channel for its click and one for the others;
 * stores `bounding_boxes`, `img_width` and `img_height` (MONAI `AddClickSignalsd`).
 */
export const AddClickSignalsd = wholeSample({
  name: 'AddClickSignalsd',
  options: {
    image: text.opt('Key of the image.', 'image'),
    foreground: text.opt(
      'Key of the clicks, rows and columns; relative to `location`, if the sample has it.',
      'foreground',
    ),
    bbSize: count.opt('Height and width of the patches.', 128),
    ...signalOptions,
  },
  apply(sample, { image, foreground, bbSize, addExclusionMap, ...smoothing }) {
    const name = 'AddClickSignalsd'
    const img = planeAt(name, sample, image)
    const [channels, height, width] = img.shape
    if (height < bbSize || width < bbSize)
      throw new ShapeError(
        name,
        `"${image}" is [${height}, ${width}], less than bbSize ${bbSize}; use a smaller bbSize`,
      )
    const [top, left] = sample.location === undefined ? [0, 0] : rowOf(sample.location)
    const clicks = rowsOf(name, foreground, sample[foreground] ?? [])
      .map(([row, column]) => [Math.trunc(row - top), Math.trunc(column - left)])
      .filter(([row, column]) => row >= 0 && row < height && column >= 0 && column < width)
    if (clicks.length === 0)
      throw new DataError(name, `"${foreground}" has no click inside of "${image}" [${height}, ${width}]; give one`)
    const start = (at: number, size: number) => Math.min(Math.max(0, at - Math.floor(bbSize / 2)), size - bbSize)
    const boxes = clicks.map(([row, column]) => [start(row, height), start(column, width)])
    const places = [...new Set(clicks.map(([row, column]) => row * width + column))]
    const patch = channels + (addExclusionMap ? 2 : 1)
    const size = bbSize * bbSize
    const data = new Float64Array(clicks.length * patch * size)
    const values = toFloats(img.dtype, img.data)
    boxes.forEach(([row, column], i) => {
      const own = clicks[i][0] * width + clicks[i][1]
      const at = (place: number) => (Math.floor(place / width) - row) * bbSize + (place % width) - column
      const inBox = (place: number) => {
        const [r, c] = [Math.floor(place / width) - row, (place % width) - column]
        return r >= 0 && r < bbSize && c >= 0 && c < bbSize
      }
      const signal = (chosen: readonly number[]) => {
        const map = new Float32Array(size)
        for (const place of chosen.filter(inBox)) map[at(place)] = 1
        return smoothed(map, [bbSize, bbSize], smoothing)
      }
      const first = i * patch * size
      for (let c = 0; c < channels; c++)
        for (let r = 0; r < bbSize; r++) {
          const from = (c * height + row + r) * width + column
          data.set(values.subarray(from, from + bbSize), first + (c * bbSize + r) * bbSize)
        }
      data.set(signal([own]), first + channels * size)
      if (addExclusionMap) data.set(signal(places.filter((place) => place !== own)), first + (channels + 1) * size)
    })
    return {
      ...sample,
      [image]: cast(
        withVoxels(img, { dtype: 'float64', shape: [clicks.length, patch, bbSize, bbSize], data }),
        img.dtype,
      ),
      bounding_boxes: boxes.map(([row, column]) => [row, column, row + bbSize, column + bbSize]),
      img_width: height,
      img_height: width,
    }
  },
})

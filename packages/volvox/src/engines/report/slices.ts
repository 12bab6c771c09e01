import { spacingMm } from '../../core/affine.ts'
import { ShapeError } from '../../core/errors.ts'
import { spatialShape, type Image } from '../../core/image.ts'
import { sameShape } from '../../core/tensor.ts'
import { grayLevel, grayWindow, planes, sliceOf, type Slice } from '../../core/views.ts'
import { dataUrl, markup, type Html } from './html.ts'
import { outline } from './outline.ts'

/** Encodes gray pixels (row by row) as a PNG file. */
export type EncodePng = (width: number, height: number, gray: Uint8Array) => Uint8Array

export interface Case {
  /** One channel, axes right, anterior, superior. */
  readonly image: Image
  readonly truth: Image
  /** None where there is only a label to look at. */
  readonly prediction: Image | null
}

/** Three planes of a case, where the truth is largest, with the outlines of truth and prediction. */
export function casePictures(
  { image, truth, prediction }: Case,
  classes: readonly number[],
  encodePng: EncodePng,
): Html[] {
  const shape = spatialShape(image)
  for (const other of [truth, prediction])
    if (other && !sameShape(spatialShape(other), shape))
      throw new ShapeError(
        'report',
        `a label of [${spatialShape(other).join(', ')}] voxels does not lie on the image of [${shape.join(', ')}]`,
      )
  const spacing = spacingMm(image.affine)
  const window = grayWindow(image.data)
  return planes.map((plane) => {
    const { name, across, up, through } = plane
    const slice = sliceOf(shape, plane, largestSlice(truth, shape, through))
    const { width, height } = slice
    const gray = pixels(slice, (i) => grayLevel(Number(image.data[i]), window))
    const labels = (from: Image) => pixels(slice, (i) => Number(from.data[i]))
    const lines = (from: Image, kind: string) =>
      classes.map(
        (value, i) => markup`<path class="${kind} k${i % 4}" d="${outline(labels(from), width, height, value)}" />`,
      )
    // All planes of a case at one scale: as wide and high as they are in millimetres.
    const [wideMm, highMm] = [(width * spacing[across]).toFixed(1), (height * spacing[up]).toFixed(1)]
    return markup`<figure class="slice" style="flex:${wideMm}">
      <svg
        viewBox="0 0 ${width} ${height}"
        preserveAspectRatio="none"
        style="aspect-ratio:${wideMm}/${highMm}"
        role="img"
        aria-label="${name} slice"
      >
        <image
          width="${width}"
          height="${height}"
          preserveAspectRatio="none"
          href="${dataUrl('image/png', encodePng(width, height, gray))}"
        />
        ${lines(truth, 'truth')}${prediction && lines(prediction, 'prediction')}
      </svg>
      <figcaption>${name}</figcaption>
    </figure>`
  })
}

function pixels({ width, height, at }: Slice, value: (index: number) => number): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, i) => value(at(i % width, Math.floor(i / width))))
}

/** The slice with the most foreground; the middle one when there is none. */
function largestSlice(label: Image, shape: readonly number[], axis: number): number {
  const counts = new Array<number>(shape[axis]).fill(0)
  const step = [shape[1] * shape[2], shape[2], 1][axis]
  label.data.forEach((value: number | bigint, i: number) => {
    if (Number(value) > 0) counts[Math.floor(i / step) % shape[axis]]++
  })
  const most = Math.max(...counts)
  return most === 0 ? Math.floor(shape[axis] / 2) : counts.indexOf(most)
}

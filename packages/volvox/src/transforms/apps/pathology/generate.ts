import { castArray, toFloats } from '../../../core/convert.ts'
import { DataError, ShapeError } from '../../../core/errors.ts'
import { withVoxels, type Image } from '../../../core/image.ts'
import { count, instance, int, Kind, number } from '../../../core/options.ts'
import { fold, labelComponents, statistics } from '../../../kernels/index.ts'
import { GaussianSmooth } from '../../intensity/smooth.ts'
import { Activations } from '../../post/activations.ts'
import { AsDiscrete } from '../../post/asDiscrete.ts'
import { FillHoles } from '../../post/fillHoles.ts'
import { SobelGradients } from '../../post/sobelGradients.ts'
import { dtypeKind, floatCopy, floatsOf, maskWhere } from '../../shared.ts'
import { calculation } from '../../calculation.ts'
import { withoutSmallParts } from '../regions.ts'
import { z } from 'zod'

type ImageFunction = (img: Image) => Image
const imageFunction = instance<ImageFunction>('a function of an image, or null', (value) => typeof value === 'function')

const activationKind = new Kind<'softmax' | 'sigmoid' | ((x: number) => number)>(
  '"softmax", "sigmoid" or a function of a value',
  () =>
    z.union([
      z
        .string()
        .toLowerCase()
        .pipe(z.enum(['softmax', 'sigmoid'])),
      z.custom<(x: number) => number>((value) => typeof value === 'function'),
    ]),
)

export const predictionOptions = {
  activation: activationKind.opt('Makes probabilities of logits.', 'softmax'),
  threshold: number.opt('Values from this are 1; 0.5 when null, and no threshold after softmax.', null),
}

/** Class numbers after softmax, 0 or 1 after another activation. */
export function discretePrediction(
  img: Image,
  activation: 'softmax' | 'sigmoid' | ((x: number) => number),
  threshold: number | null,
): Image {
  const softmax = activation === 'softmax'
  const probabilities = Activations({
    softmax,
    sigmoid: activation === 'sigmoid',
    other: typeof activation === 'function' ? activation : null,
  })(img)
  return AsDiscrete({ argmax: softmax, threshold: softmax ? threshold : (threshold ?? 0.5) })(probabilities)
}

const minObjectSize = int.opt('Least size of an object in pixels.', 10)

/** Where there are nuclei, without small parts (MONAI `GenerateWatershedMask`). */
export const GenerateWatershedMask = calculation({
  name: 'GenerateWatershedMask',
  options: { ...predictionOptions, minObjectSize, dtype: dtypeKind.opt('Element type of the result.', 'uint8') },
  apply({ activation, threshold, minObjectSize, dtype }, prediction: Image): Image {
    const classes = discretePrediction(prediction, activation, threshold)
    const inside = maskWhere(toFloats(classes.dtype, classes.data), (x) => x !== 0)
    const data = castArray(withoutSmallParts(inside, classes.shape, minObjectSize), 'uint8', dtype)
    return withVoxels(prediction, { dtype, shape: classes.shape, data })
  },
})

/** A mask of [1, height, width]. */
function planeMask(name: string, mask: Image): Image {
  const shape = mask.shape.length === 2 ? [1, ...mask.shape] : mask.shape
  if (shape.length !== 3 || shape[0] !== 1)
    throw new ShapeError(name, `the mask has the shape [${mask.shape.join(', ')}]; it must be [1, height, width]`)
  return withVoxels(mask, { shape })
}

function checkMap(name: string, what: string, map: Image, mask: Image, channels: number): void {
  if (map.shape.length !== 3 || map.shape[0] !== channels || map.shape.slice(1).join() !== mask.shape.slice(1).join())
    throw new ShapeError(
      name,
      `the ${what} has the shape [${map.shape.join(', ')}] for a mask of [${mask.shape.join(', ')}]; it must be [${channels}, ${mask.shape.slice(1).join(', ')}]`,
    )
}

const oddSize = int.where((n) => n >= 3 && n % 2 === 1, 'an odd whole number of 3 or more')
const floatType = dtypeKind.opt('Element type of the result.', 'float32')

/** How likely each pixel of the mask is at the border of a nucleus, from the steepness of its distances (MONAI `GenerateInstanceBorder`). */
export const GenerateInstanceBorder = calculation({
  name: 'GenerateInstanceBorder',
  options: { kernelSize: oddSize.opt("Size of Sobel's kernels.", 5), dtype: floatType },
  apply({ kernelSize, dtype }, given: Image, hoverMap: Image): Image {
    const name = 'GenerateInstanceBorder'
    const mask = planeMask(name, given)
    checkMap(name, 'hover map', hoverMap, mask, 2)
    const plane = mask.shape.slice(1)
    if (plane.some((n) => n <= (kernelSize - 1) / 2))
      throw new ShapeError(name, `kernelSize ${kernelSize} reaches beyond [${plane.join(', ')}] when reflected; use a smaller one`) // prettier-ignore
    const values = floatCopy(hoverMap)
    const sobel = SobelGradients({ kernelSize })
    const gradient = (data: Float32Array, axis: number) =>
      floatCopy(sobel(withVoxels(mask, { dtype: 'float32', data }))).subarray(axis * size, (axis + 1) * size)
    const size = plane[0] * plane[1]
    const [horizontal, vertical] = [1, 0].map((axis, i) => {
      const map = unitRange(name, 'hover map', values.subarray(i * size, (i + 1) * size))
      return unitRange(name, 'gradient of the hover map', gradient(map, axis)).map((x) => 1 - x)
    })
    const inside = toFloats(mask.dtype, mask.data)
    const data = horizontal.map((x, i) => Math.max(0, Math.max(x, vertical[i]) - (1 - inside[i])))
    return withVoxels(mask, { dtype, data: castArray(data, 'float32', dtype) })
  },
})

/** Values stretched to 0 to 1. */
function unitRange(name: string, what: string, values: Float32Array): Float32Array {
  const { min, max } = statistics(values)
  if (!(max > min)) throw new DataError(name, `the ${what} is ${min} everywhere; it must have different values`)
  return values.map((x) => Math.fround(x - min) / Math.fround(max - min))
}

/** What is flooded: less than 0 inside of nuclei, lowest far from their borders (MONAI `GenerateDistanceMap`). */
export const GenerateDistanceMap = calculation({
  name: 'GenerateDistanceMap',
  options: { smoothFn: imageFunction.opt('Smooths the map; GaussianSmooth when null.', null), dtype: floatType },
  apply({ smoothFn, dtype }, given: Image, border: Image): Image {
    const mask = planeMask('GenerateDistanceMap', given)
    checkMap('GenerateDistanceMap', 'border', border, mask, 1)
    const inside = toFloats(mask.dtype, mask.data)
    const data = floatCopy(border).map((x, i) => (1 - x) * inside[i])
    const smooth = (smoothFn ?? GaussianSmooth())(withVoxels(mask, { dtype: 'float32', data }))
    return withVoxels(mask, { dtype, data: castArray(floatCopy(smooth).map((x) => -x), 'float32', dtype) }) // prettier-ignore
  },
})

/** One marker inside of each nucleus, where the mask is far from borders (MONAI `GenerateWatershedMarkers`). */
export const GenerateWatershedMarkers = calculation({
  name: 'GenerateWatershedMarkers',
  options: {
    threshold: number.opt('Borders are where their map is at least this.', 0.4),
    radius: count.opt('Radius of the disk that has to fit in, in pixels.', 2),
    minObjectSize,
    postprocessFn: imageFunction.opt('Applied to the markers before the disk; fills holes when null.', null),
    dtype: dtypeKind.opt('Element type of the result.', 'int64'),
  },
  apply({ threshold, radius, minObjectSize, postprocessFn, dtype }, given: Image, border: Image): Image {
    const mask = planeMask('GenerateWatershedMarkers', given)
    checkMap('GenerateWatershedMarkers', 'border', border, mask, 1)
    const plane = mask.shape.slice(1)
    const edges = toFloats(border.dtype, border.data)
    const sure = Float32Array.from(toFloats(mask.dtype, mask.data), (x, i) =>
      Math.max(0, x - (edges[i] >= threshold ? 1 : 0)),
    )
    const marker = withVoxels(mask, { dtype: 'float32', data: sure })
    const kept = maskWhere(floatsOf((postprocessFn ?? FillHoles())(marker)), (x) => x > 0)
    const opened = openedByDisk(kept, plane, radius)
    const { labels, sizes } = labelComponents(opened, plane, 1)
    const large = labels.map((label) => (label > 0 && sizes[label - 1] >= minObjectSize ? label : 0))
    return withVoxels(mask, { dtype, data: castArray(large, 'int32', dtype) })
  },
})

/** The union of all disks that fit into a mask, which is mirrored at its border. */
function openedByDisk(mask: Uint8Array, [height, width]: readonly number[], radius: number): Uint8Array {
  const steps: [number, number][] = []
  for (let dy = -radius; dy <= radius; dy++)
    for (let dx = -radius; dx <= radius; dx++) if (dy * dy + dx * dx <= radius * radius) steps.push([dy, dx])
  const mirrored = (at: number, n: number) => fold(at, n, 'symmetric')
  const all = (from: Uint8Array, wanted: number) =>
    from.map(
      (_, i) =>
      steps.some(([dy, dx]) => from[mirrored(Math.floor(i / width) + dy, height) * width + mirrored((i % width) + dx, width)] === wanted) ? wanted : 1 - wanted, // prettier-ignore
    )
  return all(all(mask, 0), 1)
}

import { z } from 'zod'
import { roundEven } from '../core/convert.ts'
import { OptionError, ShapeError, shown } from '../core/errors.ts'
import { Kind, numbers, oneOf, type Schema } from '../core/options.ts'
import { floats, type FloatTensor } from '../core/tensor.ts'
import type { Boxes } from '../boxes/index.ts'
import { component } from './component.ts'

/** Boxes around every place of some maps, from which a detector starts. */
export interface Anchors {
  readonly spatialDims: number
  /** Shapes of the anchors of each map, as boxes around 0. */
  readonly cellAnchors: readonly Boxes[]
  numAnchorsPerLocation(): readonly number[]
  /** Anchors of an image of that size on maps of these sizes: map by map, place by place, shape by shape. */
  generate(imageSize: readonly number[], gridSizes: readonly (readonly number[])[]): Boxes
}

const nested: Kind<readonly (number | readonly number[])[]> = new Kind('a list of numbers or of lists of them', () =>
  z.array(z.union([z.number(), z.array(z.number()).readonly()])).readonly(),
)
type Ratios = readonly (number | readonly (number | readonly number[])[])[]
const ratios: Kind<Ratios> = new Kind('a list of ratios, or one for each map; in volumes ratios are pairs', () =>
  z.array(z.union([z.number(), z.array(z.union([z.number(), z.array(z.number()).readonly()])).readonly()])).readonly(),
)
const indexing = oneOf('ij', 'xy').opt('"xy" swaps the first two axes, as torchvision does.', 'ij')

const ratioOptions = {
  sizes: nested.opt('Sizes of the anchors of each map.', [[20, 30, 40]]),
  aspectRatios: ratios.opt('Height by width of the anchors of each map; in volumes also depth by width.', [
    [
      [0.5, 1],
      [1, 0.5],
    ],
  ]),
  indexing,
} satisfies Schema

/** Anchors of every size in every ratio, of equal area or volume (MONAI AnchorGenerator). */
export const AnchorGenerator = component('AnchorGenerator', ratioOptions, (o): Anchors => {
  const sizes = o.sizes.map((size) => (typeof size === 'number' ? [size] : size))
  const listed = o.aspectRatios as readonly (readonly (number | readonly number[])[])[]
  const perMap = typeof o.aspectRatios[0] === 'number' ? sizes.map(() => o.aspectRatios as readonly number[]) : listed
  if (perMap.length !== sizes.length)
    throw new OptionError(
      'AnchorGenerator.aspectRatios',
      `has ${perMap.length} values for ${sizes.length} maps; give as many as sizes`,
    )
  const first = perMap[0]?.[0]
  const axes = typeof first === 'number' ? 2 : (first?.length ?? 0) + 1
  checkAxes('AnchorGenerator.aspectRatios', axes)
  return anchors(
    axes,
    sizes.map((mapSizes, i) => shapesOf(mapSizes, perMap[i], axes)),
    o.indexing,
  )
})

const shapeOptions = {
  featureMapScales: numbers.opt('What shapes are multiplied with on each map.', [1, 2, 4, 8]),
  baseAnchorShapes: nested.opt('Shapes of the anchors, a size per axis.', [
    [32, 32, 32],
    [48, 20, 20],
    [20, 48, 20],
    [20, 20, 48],
  ]),
  indexing,
} satisfies Schema

/** Anchors of given shapes, larger on each map (MONAI AnchorGeneratorWithAnchorShape). */
export const AnchorGeneratorWithAnchorShape = component(
  'AnchorGeneratorWithAnchorShape',
  shapeOptions,
  (o): Anchors => {
    const where = 'AnchorGeneratorWithAnchorShape.baseAnchorShapes'
    const shapes = o.baseAnchorShapes.map((shape) => (typeof shape === 'number' ? [shape] : shape))
    const axes = shapes[0]?.length ?? 0
    checkAxes(where, axes)
    if (shapes.some((shape) => shape.length !== axes))
      throw new OptionError(where, `${shown(shapes)} has shapes of different axes; give ${axes} sizes in each`)
    return anchors(
      axes,
      o.featureMapScales.map((scale) => shapes.map((shape) => shape.map((n) => Math.fround(n * scale)))),
      o.indexing,
    )
  },
)

function checkAxes(where: string, axes: number): void {
  if (axes !== 2 && axes !== 3) throw new OptionError(where, `is for ${axes} spatial axes; give numbers for 2 or 3`)
}

function shapesOf(
  sizes: readonly number[],
  mapRatios: readonly (number | readonly number[])[],
  axes: number,
): number[][] {
  const f = Math.fround
  return mapRatios.flatMap((ratio) => {
    const beside = (typeof ratio === 'number' ? [ratio] : ratio).map(f)
    if (beside.length !== axes - 1)
      throw new OptionError(
        'AnchorGenerator.aspectRatios',
        `${shown(ratio)} has ${beside.length} values; ${axes} spatial axes need ${axes - 1}`,
      )
    const scale = axes === 2 ? f(Math.sqrt(beside[0])) : f(Math.pow(f(beside[0] * beside[1]), f(1 / 3)))
    // In images the height is the scale itself, which differs from ratio / scale by rounding.
    const others = axes === 2 ? [scale] : beside.map((r) => f(r / scale))
    return sizes.map((size) => [f(1 / scale), ...others].map((r) => f(r * size)))
  })
}

function anchors(axes: number, shapes: readonly (readonly (readonly number[])[])[], order: 'ij' | 'xy'): Anchors {
  const cellAnchors = shapes.map((mapShapes) =>
    floats(
      [mapShapes.length, 2 * axes],
      mapShapes.flatMap((shape) => [...shape.map((n) => roundEven(-n / 2)), ...shape.map((n) => roundEven(n / 2))]),
    ),
  )
  return {
    spatialDims: axes,
    cellAnchors,
    numAnchorsPerLocation: () => cellAnchors.map(({ shape }) => shape[0]),
    generate(imageSize, gridSizes) {
      if (gridSizes.length !== cellAnchors.length)
        throw new ShapeError(
          'AnchorGenerator',
          `is for ${cellAnchors.length} maps; the network gives ${gridSizes.length}`,
        )
      const parts = gridSizes.map((grid, i) => onGrid(cellAnchors[i], grid, imageSize, order))
      const data = new Float32Array(parts.reduce((n, part) => n + part.length, 0))
      parts.reduce((at, part) => (data.set(part, at), at + part.length), 0)
      return { dtype: 'float32', shape: [data.length / (2 * axes), 2 * axes], data }
    },
  }
}

/** Every shape at every place of a map. */
function onGrid(
  cells: FloatTensor,
  grid: readonly number[],
  image: readonly number[],
  order: 'ij' | 'xy',
): Float32Array {
  const axes = grid.length
  const width = 2 * axes
  const places = grid.reduce((a, b) => a * b, 1)
  const result = new Float32Array(places * cells.data.length)
  const strides = grid.map((n, axis) => Math.floor(image[axis] / n))
  for (let place = 0; place < places; place++) {
    const at = new Array<number>(axes)
    for (let axis = axes - 1, rest = place; axis >= 0; axis--) {
      at[axis] = (rest % grid[axis]) * strides[axis]
      rest = Math.floor(rest / grid[axis])
    }
    if (order === 'xy') [at[0], at[1]] = [at[1], at[0]]
    for (let i = 0; i < cells.data.length; i++)
      result[place * cells.data.length + i] = cells.data[i] + at[(i % width) % axes]
  }
  return result
}

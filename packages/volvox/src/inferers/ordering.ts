import { z } from 'zod'
import { OptionError } from '../core/errors.ts'
import { Kind, count, instance, ints, oneOf, parseOptions, type Given } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { sizeOf, stridesOf } from '../core/tensor.ts'
import { RandomState } from '../rng/index.ts'

const name = 'Ordering'

const flags: Kind<readonly boolean[]> = new Kind('a list of true and false', () => z.array(z.boolean()).readonly())
const lists: Kind<readonly (readonly number[])[]> = new Kind('a list of lists of axes', () =>
  z.array(z.array(z.int()).readonly()).readonly(),
)
const moves = ['transpose', 'rotate_90', 'reflect'] as const
const moveList: Kind<readonly (typeof moves)[number][]> = new Kind(
  `a list of ${moves.join(', ')}, each once at most`,
  () =>
    z
      .array(z.enum(moves))
      .refine((list) => new Set(list).size === list.length)
      .readonly(),
)

const schema = {
  orderingType: oneOf('raster_scan', 's_curve', 'random').req(
    'Line by line; to and fro, so that neighbours stay neighbours; or at random.',
  ),
  spatialDims: count.where((n) => n === 2 || n === 3, '2 or 3').req('Spatial axes.'),
  dimensions: ints.req('Channels and spatial size of what is ordered.'),
  reflectedSpatialDims: flags.opt('Which axes are reversed.', null),
  transpositionsAxes: lists.opt('Orders of axes, one after the other.', null),
  rot90Axes: lists.opt('Pairs of axes to turn from the first to the second.', null, { alias: 'rot90_axes' }),
  transformationOrder: moveList.opt('What is done first.', moves),
  rng: instance<RandomState>('a RandomState', (value) => value instanceof RandomState).opt(
    'Draws the order when it is random; one with seed 0 unless given.',
    null,
  ),
}

/** The order in which the elements of a map become a sequence. */
export interface Ordering {
  /** For each place of the sequence the flat number of its element. */
  getSequenceOrdering(): readonly number[]
  /** For each element its place in the sequence. */
  getRevertSequenceOrdering(): readonly number[]
}

/** Orders of the elements of a map, for transformers (MONAI Ordering). */
export const Ordering: Component & { (given: Given<typeof schema>): Ordering; readonly schema: typeof schema } =
  Object.assign(
    (given: Given<typeof schema>): Ordering => {
      const options = parseOptions(name, schema, given)
      const { spatialDims, dimensions } = options
      if (dimensions.length !== spatialDims + 1)
        throw new OptionError(
          `${name}.dimensions`,
          `[${dimensions.join(', ')}] has ${dimensions.length} values; give channels and ${spatialDims} sizes`,
        )
      const lattice = options.transformationOrder.reduce(
        (current, move) => moved(current, move, options),
        plainLattice(dimensions.slice(1)),
      )
      const order = placesOf(lattice.shape, options).map((place) => elementAt(lattice, place))
      const places = new Array<number>(order.length)
      order.forEach((element, place) => (places[element] = place))
      return { getSequenceOrdering: () => order, getRevertSequenceOrdering: () => places }
    },
    { componentName: name, schema },
  )

type Options = ReturnType<typeof parseOptions<typeof schema>>

/** A view of a map: element `place` is number `offset` + the sum of `place` times `strides`. */
interface Lattice {
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly offset: number
}

function plainLattice(shape: readonly number[]): Lattice {
  return { shape, strides: stridesOf(shape), offset: 0 }
}

function elementAt({ strides, offset }: Lattice, place: readonly number[]): number {
  return place.reduce((sum, n, axis) => sum + n * strides[axis], offset)
}

function moved(lattice: Lattice, move: (typeof moves)[number], options: Options): Lattice {
  switch (move) {
    case 'transpose':
      return (options.transpositionsAxes ?? []).reduce(transposed, lattice)
    case 'rotate_90':
      return (options.rot90Axes ?? []).reduce(turned, lattice)
    case 'reflect':
      return (options.reflectedSpatialDims ?? []).reduce(
        (current, isReversed, axis) => (isReversed ? reversed(current, axis) : current),
        lattice,
      )
  }
}

function transposed({ shape, strides, offset }: Lattice, axes: readonly number[]): Lattice {
  const own = axes.map((axis) => axisOf(shape, axis, 'transpositionsAxes'))
  if (own.length !== shape.length || new Set(own).size !== own.length)
    throw new OptionError(
      `${name}.transpositionsAxes`,
      `[${axes.join(', ')}] is no order of ${shape.length} axes; name each once`,
    )
  return { shape: own.map((axis) => shape[axis]), strides: own.map((axis) => strides[axis]), offset }
}

function reversed({ shape, strides, offset }: Lattice, at: number): Lattice {
  const axis = axisOf(shape, at, 'reflectedSpatialDims')
  return { shape, strides: strides.with(axis, -strides[axis]), offset: offset + (shape[axis] - 1) * strides[axis] }
}

/** numpy.rot90: the second axis reversed, then both exchanged. */
function turned(lattice: Lattice, axes: readonly number[]): Lattice {
  const [from, to] = axes.map((axis) => axisOf(lattice.shape, axis, 'rot90Axes'))
  if (axes.length !== 2 || from === to)
    throw new OptionError(`${name}.rot90Axes`, `[${axes.join(', ')}] is no pair of axes; give two different ones`)
  const order = lattice.shape.map((_, axis) => (axis === from ? to : axis === to ? from : axis))
  return transposed(reversed(lattice, to), order)
}

function axisOf(shape: readonly number[], axis: number, option: string): number {
  const own = axis < 0 ? axis + shape.length : axis
  if (own >= 0 && own < shape.length) return own
  throw new OptionError(
    `${name}.${option}`,
    `axis ${axis} does not exist; there are ${shape.length}, give 0 to ${shape.length - 1}`,
  )
}

/** The places of a lattice in order. An s-curve turns at each row, and at each odd column of a volume. */
function placesOf(shape: readonly number[], { orderingType, rng }: Options): number[][] {
  const isCurve = orderingType === 's_curve'
  const places = shape.reduce<number[][]>(
    (all, n) =>
      all.flatMap((before) => {
        const isBack = isCurve && before.length > 0 && before[before.length - 1] % 2 === 1
        return Array.from({ length: n }, (_, i) => [...before, isBack ? n - 1 - i : i])
      }),
    [[]],
  )
  if (orderingType !== 'random') return places
  return (rng ?? new RandomState(0)).permutation(sizeOf(shape)).map((i) => places[i])
}

import { z } from 'zod'
import { uncleared } from '../../core/dtype.ts'
import { OptionError } from '../../core/errors.ts'
import { gridOf } from '../../core/image.ts'
import { Kind, countOrCounts } from '../../core/options.ts'
import type { Sampling } from '../../core/plan.ts'
import { sizeOf } from '../../core/tensor.ts'
import { plain } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { random, type RandomSource } from '../random.ts'
import { runPlan } from '../resample.ts'
import { chance, rangeKind, repeat, symmetricRange } from '../shared.ts'
import { placing } from './gridUnits.ts'
import { forAxes, samplingOptions } from './options.ts'

const stepsKind = new Kind<readonly (readonly number[])[]>('a list of numbers for each spatial axis', () =>
  z.array(z.array(z.number()).readonly()).readonly(),
)
const sampling = samplingOptions('border', 'float64')

/**
 * Stretches or shrinks the cells of a grid that is laid over the image, each axis by itself (MONAI `GridDistortion`).
 * Cannot be inverted.
 */
export const GridDistortion = plain({
  name: 'GridDistortion',
  schema: {
    numCells: countOrCounts.req('Cells along each axis, or one number for all.'),
    distortSteps: stepsKind.req('For each axis a factor for every cell and one more for the rest; above 1 shows more.'),
    mode: sampling.mode,
    paddingMode: sampling.paddingMode,
  },
  inputs: {},
  lazy: false,
  readsVoxels: true,
  apply(img, { numCells, distortSteps, mode: how, paddingMode: outside }) {
    const { shape } = gridOf(img)
    if (distortSteps.length !== shape.length)
      throw new OptionError(
        'GridDistortion.distortSteps',
        `has ${distortSteps.length} lists for ${shape.length} spatial axes; give one per axis`,
      )
    const places = cellsAlong('GridDistortion.numCells', numCells, shape).map((cells, axis) =>
      placesAlong(shape[axis], cells, distortSteps[axis], how),
    )
    return runPlan(img, {
      kind: 'field',
      shape,
      coordinates: meshed(places, shape),
      sampling: { mode: how, paddingMode: outside, dtype: 'float64' },
    })
  },
})

/** Cells along each axis, at least one and none thinner than a voxel; an axis of one voxel takes any number, and stays. */
function cellsAlong(where: string, given: number | readonly number[], shape: readonly number[]): number[] {
  return forAxes(where, given, shape.length).map((cells, axis) => {
    if (cells >= 1 && (cells <= shape[axis] || shape[axis] === 1)) return cells
    throw new OptionError(where, `${cells} cells do not fit axis ${axis} of ${shape[axis]} voxels; give 1 to its size`)
  })
}

/** For each voxel of an axis where its value comes from; in float32 as MONAI has it. */
function placesAlong(size: number, cells: number, steps: readonly number[], mode: Sampling['mode']): Float64Array {
  if (steps.length <= cells)
    throw new OptionError(
      'GridDistortion.distortSteps',
      `has ${steps.length} factors for ${cells} cells; give ${cells + 1}`,
    )
  const places = new Float32Array(size)
  const cell = Math.floor(size / cells)
  let from = 0
  for (let i = 0; i <= cells; i++) {
    const start = i * cell
    const end = Math.min(start + cell, size)
    const to = start + cell > size ? size : from + cell * steps[i]
    places.set(spread(from, to, end - start), start)
    from = to
  }
  const toVoxel = placing(size, { centred: true, alignCorners: false, mode, single: true })
  return Float64Array.from(places, (place) => toVoxel(Math.fround(place - (size - 1) / 2)))
}

/** Numbers from one to another as torch's `linspace` has them: each half from its own end, rounded once. */
function spread(from: number, to: number, count: number): Float32Array {
  const [first, last] = [Math.fround(from), Math.fround(to)]
  const step = count > 1 ? Math.fround(Math.fround(last - first) / (count - 1)) : 0
  return Float32Array.from({ length: count }, (_, i) =>
    i < Math.floor(count / 2) || count === 1 ? first + step * i : last - step * (count - 1 - i),
  )
}

/** The coordinates of every voxel of a lattice from those along its axes: [rank, ...shape]. */
function meshed(axes: readonly Float64Array[], shape: readonly number[]): Float64Array {
  const size = sizeOf(shape)
  const out = uncleared('float64', axes.length * size) as Float64Array
  axes.forEach((places, axis) => {
    const inner = sizeOf(shape.slice(axis + 1))
    const own = out.subarray(axis * size, (axis + 1) * size)
    places.forEach((place, i) => own.fill(place, i * inner, (i + 1) * inner))
    repeat(own, places.length * inner)
  })
  return out
}

/** Distorts by drawn factors, or not. */
export const RandGridDistortion = random(GridDistortion, {
  options: {
    numCells: countOrCounts.opt('Cells along each axis, or one number for all.', 5),
    prob: chance(),
    distortLimit: rangeKind.opt(
      'Range of what is added to the factor 1 of a cell; r stands for (-r, r).',
      [-0.03, 0.03],
    ),
    mode: sampling.mode,
    paddingMode: sampling.paddingMode,
  },
  gated: true,
  draw: (source, { prob, distortLimit, ...rest }, { grid }) =>
    source.rand() < prob
      ? { ...rest, distortSteps: drawnSteps(source, rest.numCells, symmetricRange(distortLimit), grid.shape.length) }
      : null,
})

function drawnSteps(
  source: RandomSource,
  numCells: number | readonly number[],
  [low, high]: readonly [number, number],
  rank: number,
): number[][] {
  return forAxes('RandGridDistortion.numCells', numCells, rank).map((cells) =>
    Array.from(source.uniform(low, high, cells + 1), (x) => 1 + x),
  )
}

export const GridDistortiond = dictionary(GridDistortion)
export const RandGridDistortiond = dictionary(RandGridDistortion)

import { applyAffine, invert } from '../../core/affine.ts'
import { bool, numberOrNumbers } from '../../core/options.ts'
import type { Sampling } from '../../core/plan.ts'
import { spatial } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { centred } from '../plan.ts'
import { random, type RandomSource } from '../random.ts'
import { chance, rangeKind, symmetricRange } from '../shared.ts'
import { rotation } from './affineMatrix.ts'
import { asFloats, forAxes, samplingOf, samplingOptions, wrapped } from './options.ts'

const shared = {
  keepSize: bool.opt('Keep the size of the image; else the result holds all of it.', true),
  ...samplingOptions('border', 'float32'),
}

/** Rotates about the centre of the image. */
export const Rotate = spatial({
  name: 'Rotate',
  handsOver: true,
  options: { angle: numberOrNumbers.req('Radians: one angle in 2-D, three (or one for all) in 3-D.'), ...shared },
  plan({ shape }, { angle, keepSize, ...sampling }) {
    const rank = shape.length
    const matrix = rotation(rank, rank === 2 ? forAxes('Rotate.angle', angle, 1) : forAxes('Rotate.angle', angle, 3))
    const size = keepSize ? shape : extent(matrix, shape)
    return { kind: 'affine', shape: size, matrix: centred(matrix, shape, size), sampling: torchSampling(sampling) }
  },
  invertAffine(plan, { before }) {
    const matrix = invert(plan.matrix, 'inverse')
    // MONAI turns the inverse into the type it computes in, and keeps the rounded one for the lattice too.
    const { dtype } = plan.sampling
    return { ...plan, shape: before.shape, matrix: dtype === 'float32' ? matrix.map(Math.fround) : matrix }
  },
})

/** MONAI's Rotate leaves orders of splines to torch, where it has them: 1 is linear, 3 the cubic of flat images. */
function torchSampling(options: Parameters<typeof samplingOf>[0]): Sampling {
  const sampling = samplingOf(options)
  return { ...sampling, mode: torchModes.get(sampling.mode) ?? sampling.mode }
}

const torchModes: ReadonlyMap<Sampling['mode'], Sampling['mode']> = new Map([
  [1, 'bilinear'],
  [3, 'bicubic'],
])

/** Size of the box around the rotated image. */
function extent(matrix: readonly number[], shape: readonly number[]): number[] {
  const corners = shape
    .reduce<number[][]>(
      (all, n) =>
        all.flatMap((corner) => [
          [...corner, 0],
          [...corner, n],
        ]),
      [[]],
    )
    .map((corner) => applyAffine(matrix, corner))
  return shape.map((_, axis) => {
    const along = corners.map((corner) => corner[axis])
    return Math.floor(Math.max(...along) - Math.min(...along) + 0.5)
  })
}

const angles = (axis: string) =>
  rangeKind.opt(`Range in radians of the angle about the ${axis} axis; r stands for (-r, r).`, 0)

/** Rotates by drawn angles, or not. */
export const RandRotate = random(Rotate, {
  options: {
    rangeX: angles('first'),
    rangeY: angles('second'),
    rangeZ: angles('third'),
    prob: chance(),
    ...shared,
    lazy: Rotate.schema.lazy,
  },
  draw: (source, options, { grid }) =>
    source.rand() < options.prob ? drawnAngles(source, options, grid.shape.length) : null,
  drawSample: (source, options, { grid }) =>
    wrapped(source, options.prob, (inner) => drawnAngles(inner, options, grid.shape.length)),
  otherwise: asFloats('RandRotate'),
})

type Range = number | readonly [number, number]

function drawnAngles<
  O extends { readonly rangeX: Range; readonly rangeY: Range; readonly rangeZ: Range; readonly prob: number },
>(source: RandomSource, { rangeX, rangeY, rangeZ, prob: _, ...rest }: O, rank: number) {
  const drawn = [rangeX, rangeY, rangeZ].map((range) => source.uniform(...ordered(range)))
  return { angle: rank === 2 ? drawn[0] : drawn, ...rest }
}

function ordered(range: Range): readonly [number, number] {
  return typeof range === 'number' ? symmetricRange(range) : range
}

export const Rotated = dictionary(Rotate)
export const RandRotated = dictionary(RandRotate)

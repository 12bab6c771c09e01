import { intOrInts } from '../../core/options.ts'
import type { Grid } from '../../core/plan.ts'
import { spatial } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { reversal } from '../plan.ts'
import { random, type RandomSource } from '../random.ts'
import { chance } from '../shared.ts'
import { axesOf, wrapped } from './options.ts'

/** Reverses voxel order along the chosen axes; every voxel keeps its place in the world. */
export const Flip = spatial({
  name: 'Flip',
  handsOver: true,
  options: { spatialAxis: intOrInts.opt('Axes to reverse; all of them when null.', null) },
  plan: ({ shape }, { spatialAxis }) => reversal(shape, axesOf('Flip.spatialAxis', spatialAxis, shape.length)),
})

/** Flips, or not. */
export const RandFlip = random(Flip, {
  options: { prob: chance(), ...Flip.schema },
  draw: (source, { prob, ...flip }) => (source.rand() < prob ? flip : null),
})

/** Flips along one axis that is drawn, or not at all. */
export const RandAxisFlip = random(Flip, {
  name: 'RandAxisFlip',
  options: { prob: chance(), lazy: Flip.schema.lazy },
  draw: (source, { prob, lazy }, { grid }) => (source.rand() < prob ? anyAxis(source, grid, lazy) : null),
  drawSample: (source, { prob, lazy }, { grid }) => wrapped(source, prob, (inner) => anyAxis(inner, grid, lazy)),
})

function anyAxis(source: RandomSource, { shape }: Grid, lazy: boolean) {
  return { spatialAxis: source.randint(shape.length), lazy }
}

export const Flipd = dictionary(Flip)
export const RandFlipd = dictionary(RandFlip)
export const RandAxisFlipd = dictionary(RandAxisFlip)

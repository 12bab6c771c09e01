import { int, number, probability, type Schema } from '../core/options.ts'
import type { Value } from '../graph/ir.ts'
import { maxPool } from '../graph/layers.ts'
import * as m from '../graph/math.ts'
import { alike, spatialAxes } from './check.ts'
import { loss } from './loss.ts'

const skeletonOptions = {
  iter: int
    .where((n) => n >= 0, 'a whole number of 0 or more')
    .opt('How often objects are thinned.', 3, { alias: 'iter_' }),
  smooth: number.opt('Added to numerators and denominators.', 1),
} satisfies Schema

/**
 * 1 - centreline Dice of probabilities `[N, C, ...]`, 2-D or 3-D, without their first channel: how much of each skeleton
 * lies in the other object (Shit et al. 2021; MONAI SoftclDiceLoss).
 */
export const SoftclDiceLoss = loss({
  name: 'SoftclDiceLoss',
  options: skeletonOptions,
  forward: (input, target, o) => clDice(...objects('SoftclDiceLoss', input, target), o),
})

/** Dice and centreline Dice together (Shit et al. 2021; MONAI SoftDiceclDiceLoss). */
export const SoftDiceclDiceLoss = loss({
  name: 'SoftDiceclDiceLoss',
  options: { ...skeletonOptions, alpha: probability.opt('Share of the centreline Dice.', 0.5) },
  forward(input, target, { alpha, ...o }) {
    const [p, y] = objects('SoftDiceclDiceLoss', input, target)
    const sizes = m.add(foreground(y), foreground(p))
    const dice = m.sub(1, m.div(m.add(m.mul(2, foreground(m.mul(y, p))), o.smooth), m.add(sizes, o.smooth)))
    return m.add(m.mul(1 - alpha, dice), m.mul(alpha, clDice(p, y, o)))
  },
})

function objects(where: string, input: Value, target: Value): [Value, Value] {
  spatialAxes(where, input, [2, 3])
  alike(where, input, target)
  return [input, m.cast(target, input.dtype)]
}

function clDice(p: Value, y: Value, { iter, smooth }: { readonly iter: number; readonly smooth: number }): Value {
  const inside = (line: Value, object: Value) =>
    m.div(m.add(foreground(m.mul(line, object)), smooth), m.add(foreground(line), smooth))
  const precision = inside(skeleton(p, iter), y)
  const sensitivity = inside(skeleton(y, iter), p)
  return m.sub(1, m.div(m.mul(2, m.mul(precision, sensitivity)), m.add(precision, sensitivity)))
}

/** The sum over everything but the first channel. */
function foreground(x: Value): Value {
  return m.sum(m.narrow(x, 1, 1, x.shape[1] - 1))
}

/** What openings take away from ever thinner objects. */
function skeleton(x: Value, iterations: number): Value {
  let object = x
  let lines = m.relu(m.sub(object, opened(object)))
  for (let i = 0; i < iterations; i++) {
    object = eroded(object)
    const fresh = m.relu(m.sub(object, opened(object)))
    lines = m.add(lines, m.relu(m.sub(fresh, m.mul(lines, fresh))))
  }
  return lines
}

function opened(x: Value): Value {
  return maxPool(eroded(x), 3, { strides: 1, pads: 1 })
}

/** The least of each voxel and its two neighbours along every axis. */
function eroded(x: Value): Value {
  const axes = x.shape.slice(2).map((_, axis) => axis)
  return axes
    .map((axis) => {
      const kernel = axes.map((other) => (other === axis ? 3 : 1))
      return m.neg(maxPool(m.neg(x), kernel, { strides: 1, pads: kernel.map((n) => (n - 1) / 2) }))
    })
    .reduce((least, along) => m.min(least, along))
}

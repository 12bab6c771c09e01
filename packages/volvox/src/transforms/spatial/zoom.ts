import { OptionError, shown } from '../../core/errors.ts'
import { anything, bool, numberOrNumbers, text } from '../../core/options.ts'
import type { Plan } from '../../core/plan.ts'
import { sameShape } from '../../core/tensor.ts'
import { spatial } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { box, centredBox, scalingMatrix } from '../plan.ts'
import { random, type RandomSource } from '../random.ts'
import { chance, dtypeKind } from '../shared.ts'
import { asFloats, forAxes, scaleMode, wrapped } from './options.ts'

const perKey = { perKey: true }
const shared = {
  mode: scaleMode.opt('Interpolation between voxels.', 'area', perKey),
  paddingMode: text.opt('How to fill up to the old size after making the image smaller.', 'edge', perKey),
  alignCorners: bool.opt(
    'For linear and cubic modes: the outermost centres of both lattices fall on each other.',
    null,
    perKey,
  ),
  dtype: dtypeKind.nullable().opt('Type to compute in, float32 when null; results are float32.', 'float32', perKey),
  keepSize: bool.opt('Crop or pad to the old size.', true),
}

/** Scales the image by factors (torch `interpolate`), by default within its old size. */
export const Zoom = spatial({
  name: 'Zoom',
  handsOver: true,
  options: { zoom: numberOrNumbers.req('Factor per axis, or one for all; above 1 makes the image larger.'), ...shared },
  plan({ shape }, { zoom, mode, paddingMode, alignCorners, keepSize }): Plan {
    const size = forAxes('Zoom.zoom', zoom, shape.length).map((factor, axis) => Math.floor(shape[axis] * factor))
    if (size.some((n) => n < 1))
      throw new OptionError('Zoom.zoom', `${shown(zoom)} leaves nothing of [${shape.join(', ')}]; use larger factors`)
    const scale: Plan = {
      kind: 'scale',
      shape: size,
      matrix: scalingMatrix(shape, size),
      mode,
      alignCorners: alignCorners ?? false,
      antiAliasingSigma: null,
    }
    if (!keepSize || sameShape(size, shape)) return scale
    const sampling = { mode: 'nearest', paddingMode } as const
    return { kind: 'chain', plans: [scale, box(centredBox(size, shape), shape, sampling)] }
  },
})

const factors = (fallback: number, which: string) =>
  numberOrNumbers.opt(
    `The ${which} factor: one for all axes, one for the first two and one for the third, or one per axis.`,
    fallback,
  )

/** Scales by drawn factors, or not. */
export const RandZoom = random(Zoom, {
  options: {
    prob: chance(),
    minZoom: factors(0.9, 'smallest'),
    maxZoom: factors(1.1, 'largest'),
    ...shared,
    lazy: Zoom.schema.lazy,
  },
  draw: (source, options, { grid }) =>
    source.rand() < options.prob ? drawnFactors(source, options, grid.shape.length) : null,
  drawSample: (source, options, { grid }) =>
    wrapped(source, options.prob, (inner) => drawnFactors(inner, options, grid.shape.length)),
  otherwise: asFloats('RandZoom'),
})

type Factors = number | readonly number[]

/** Factors from their ranges, in MONAI's order of draws, and the other options. */
export function drawnFactors<O extends { readonly minZoom: Factors; readonly maxZoom: Factors; readonly prob: number }>(
  source: RandomSource,
  { minZoom, maxZoom, prob: _, ...rest }: O,
  rank: number,
) {
  const [low, high] = [minZoom, maxZoom].map((given) => (typeof given === 'number' ? [given] : given))
  if (low.length !== high.length)
    throw new OptionError(
      'RandZoom.minZoom',
      `has ${low.length} values and maxZoom ${high.length}; give as many of both`,
    )
  const drawn = low.map((least, i) => source.uniform(least, high[i]))
  const zoom = drawn.length === 2 && rank > 2 ? [...new Array<number>(rank - 1).fill(drawn[0]), drawn[1]] : drawn
  return { zoom, ...rest }
}

export const Zoomd = dictionary(Zoom)
// Bundles say `max` and `min`, which MONAI takes for options of padding and then does not use.
const unused = anything.opt('No effect, as in MONAI; minZoom and maxZoom are meant.', null)
export const RandZoomd = dictionary(RandZoom, { options: { min: unused, max: unused } })

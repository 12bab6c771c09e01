import { OptionError, shown } from '../../core/errors.ts'
import { count, int, ints } from '../../core/options.ts'
import { spatial } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { quarterTurns } from '../plan.ts'
import { random } from '../random.ts'
import { chance } from '../shared.ts'
import { axesOf } from './options.ts'

const plane = { spatialAxes: ints.opt('The two axes of the plane to turn, from the first towards the second.', [0, 1]) }

/** Turns a plane by a multiple of 90 degrees, as `numpy.rot90`. */
export const Rotate90 = spatial({
  name: 'Rotate90',
  handsOver: true,
  options: { k: int.opt('How often to turn by 90 degrees.', 1), ...plane },
  plan({ shape }, { k, spatialAxes }) {
    const [first, second, ...rest] = axesOf('Rotate90.spatialAxes', spatialAxes, shape.length)
    if (second === undefined || first === second || rest.length > 0)
      throw new OptionError('Rotate90.spatialAxes', `${shown(spatialAxes)} is not a plane; give two different axes`)
    return quarterTurns(shape, [first, second], k)
  },
})

/** Turns by 90, 180, ... degrees up to `maxK` times, or not. */
export const RandRotate90 = random(Rotate90, {
  options: {
    prob: chance(),
    maxK: count.opt('The most quarter turns.', 3),
    ...plane,
    lazy: Rotate90.schema.lazy,
  },
  draw: (source, { prob, maxK, ...rest }) => (source.rand() < prob ? { k: source.randint(maxK) + 1, ...rest } : null),
  drawSample(source, { prob, maxK, ...rest }) {
    const k = source.randint(maxK) + 1 // the dictionary form draws the turns first, needed or not
    return source.rand() < prob ? { k, ...rest } : null
  },
})

export const Rotate90d = dictionary(Rotate90)
export const RandRotate90d = dictionary(RandRotate90)

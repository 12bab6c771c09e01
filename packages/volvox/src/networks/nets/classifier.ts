import { count } from '../../core/options.ts'
import * as m from '../../graph/math.ts'
import { actLayer } from '../blocks/act.ts'
import { flatten } from '../blocks/simple.ts'
import { layer } from '../layer.ts'
import { activation, namedOrNumber } from '../named.ts'
import { network } from '../network.ts'
import { checkCondensing, condensing, condensingOptions, imageRule, regressing } from './regressor.ts'

const dropout = namedOrNumber.nullable().opt('Chance of dropout; none when null.', 0.25)
const lastAct = activation.nullable()

/** A Regressor to one score per class (MONAI Classifier). */
export const Classifier = network({
  name: 'Classifier',
  options: {
    ...condensingOptions,
    classes: count.req('Number of classes.'),
    lastAct: lastAct.opt('Activation of the scores, e.g. "softmax"; none when null.', null),
  },
  check: checkCondensing,
  input: imageRule,
  build: ({ classes, lastAct, ...options }) =>
    regressing([classes], options, lastAct === null ? undefined : actLayer(lastAct, 'lastAct')),
})

/** A Classifier with one score: how real an image is, from 0 to 1 by default (MONAI Discriminator). */
export const Discriminator = network({
  name: 'Discriminator',
  options: {
    ...condensingOptions,
    dropout,
    lastAct: lastAct.opt('Activation of the score; none when null.', 'SIGMOID'),
  },
  check: checkCondensing,
  input: imageRule,
  build: ({ lastAct, ...options }) =>
    regressing([1], options, lastAct === null ? undefined : actLayer(lastAct, 'lastAct')),
})

/** The mean of what convolutions make of an image, for Wasserstein GANs (MONAI Critic). */
export const Critic = network({
  name: 'Critic',
  options: { ...condensingOptions, dropout },
  check: checkCondensing,
  input: ({ inShape }) => ({ channels: inShape[0], spatialDims: inShape.length - 1 }),
  build: (options) =>
    layer({
      children: { net: condensing(options), final: flatten },
      forward: (own, [x]) => m.mean(own.final(own.net(x)), [1], true),
    }),
})

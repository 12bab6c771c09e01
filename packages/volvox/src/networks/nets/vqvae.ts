import { z } from 'zod'
import {
  Kind,
  bool,
  count,
  intOrInts,
  ints,
  nonNegative,
  number,
  oneOf,
  probability,
  type Values,
} from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { actLayer } from '../blocks/act.ts'
import { convolution } from '../blocks/convolutions.ts'
import { emaQuantizer, vectorQuantizer } from '../blocks/vectorQuantizer.ts'
import { layer, sequential, type Layer } from '../layer.ts'
import { activation } from '../named.ts'
import { network, optionError } from '../network.ts'
import { perLevel } from './autoencoderKl.ts'

const windows: Kind<readonly number[] | readonly (readonly number[])[]> = new Kind(
  'a list of whole numbers, or one for each level',
  () => z.union([z.array(z.int()).readonly(), z.array(z.array(z.int()).readonly()).readonly()]),
)

const options = {
  spatialDims: count.where((n) => n === 2 || n === 3, '2 or 3').req('Spatial axes.'),
  inChannels: count.req('Channels of the image.'),
  outChannels: count.req('Channels of the result.'),
  channels: ints.opt('Channels per level, top first.', [96, 96, 192]),
  numResLayers: nonNegative.where(Number.isInteger, 'a whole number of 0 or more').opt('Residual units per level.', 3),
  numResChannels: intOrInts.opt(
    'Channels inside residual units; one number for all levels, or one each.',
    [96, 96, 192],
  ),
  downsampleParameters: windows.opt('Step, kernel size, dilation and padding on the way down; once, or per level.', [
    [2, 4, 1, 1],
    [2, 4, 1, 1],
    [2, 4, 1, 1],
  ]),
  upsampleParameters: windows.opt(
    'Step, kernel size, dilation, padding and output padding on the way up; once, or per level.',
    [
      [2, 4, 1, 1, 0],
      [2, 4, 1, 1, 0],
      [2, 4, 1, 1, 0],
    ],
  ),
  numEmbeddings: count.opt('Vectors in the table.', 32),
  embeddingDim: count.opt('Length of a vector.', 64),
  embeddingInit: oneOf('normal', 'kaiming_uniform').opt('How the table starts.', 'normal'),
  commitmentCost: nonNegative.opt('Weight of the distance between map and vectors in the loss.', 0.25),
  decay: probability.opt('Share of the old table that stays in a training step.', 0.5),
  epsilon: number.opt('Added to the counts, so that an unused vector does not divide by 0.', 1e-5),
  dropout: probability.opt('Chance of dropout.', 0),
  act: activation.nullable().opt('Activation; none when null.', 'RELU'),
  outputAct: activation.nullable().opt('Activation of the result; none when null.', null),
  ddpSync: bool.opt('No effect: one process holds the whole batch.', true),
  useCheckpointing: bool.opt('No effect: training programs recompute what they are told to.', false),
}

type VqvaeOptions = Values<typeof options>

/**
 * An autoencoder whose middle is a map of numbers of vectors (van den Oord et al. 2017, MONAI VQVAE). Gives the image and
 * the loss of the vectors. Methods: `encode`, `quantize` (map and loss), `decode`, `indexQuantize` (numbers),
 * `decodeSamples` (from numbers), `encodeStage2Inputs`, `decodeStage2Outputs`.
 */
export const VQVAE = network({
  name: 'VQVAE',
  options,
  check({ channels, numResChannels, downsampleParameters, upsampleParameters }) {
    if (channels.length === 0) optionError('channels', 'is empty; give one or more')
    if (typeof numResChannels !== 'number' && numResChannels.length !== channels.length)
      optionError(
        'numResChannels',
        `has ${numResChannels.length} values; give one, or one for each of the ${channels.length} channels`,
      )
    checkWindows('downsampleParameters', downsampleParameters, channels.length, 4)
    checkWindows('upsampleParameters', upsampleParameters, channels.length, 5)
  },
  input: ({ inChannels, spatialDims }) => ({ channels: inChannels, spatialDims }),
  build: (options) => {
    const quantizer = vectorQuantizer(emaQuantizer(options), options.numEmbeddings)
    return layer({
      children: { encoder: encoder(options), decoder: decoder(options), quantizer },
      forward(own, [x]): readonly Value[] {
        const [loss, quantized] = own.quantizer(own.encoder(x))
        return [own.decoder(quantized), loss]
      },
      methods: {
        encode: (own, [x]) => own.encoder(x),
        quantize: (own, [z]) => own.quantizer(z).toReversed(),
        decode: (own, [quantized]) => own.decoder(quantized),
        indexQuantize: (own, [x]) => own.quantizer.methods.quantize(own.encoder(x)),
        decodeSamples: (own, [indices]) => own.decoder(own.quantizer.methods.embed(indices) as Value),
        encodeStage2Inputs: (own, [x]) => own.quantizer(own.encoder(x))[1],
        decodeStage2Outputs: (own, [z]) => own.decoder(own.quantizer(z)[1]),
      },
    })
  },
})

function checkWindows(option: string, given: VqvaeOptions['upsampleParameters'], levels: number, size: number): void {
  const each = windowsOf(given, levels)
  if (each.length !== levels)
    optionError(option, `has ${each.length} entries; give one, or one for each of the ${levels} channels`)
  const odd = each.find((window) => window.length !== size)
  if (odd) optionError(option, `[${odd.join(', ')}] has ${odd.length} values; give ${size}`)
}

function windowsOf(given: VqvaeOptions['upsampleParameters'], levels: number): readonly (readonly number[])[] {
  const isOne = given.every((value) => typeof value === 'number')
  return isOne ? Array.from({ length: levels }, () => given as readonly number[]) : (given as readonly number[][])
}

function encoder(options: VqvaeOptions): Layer {
  const { spatialDims, inChannels, channels, embeddingDim, act, dropout } = options
  const windows = windowsOf(options.downsampleParameters, channels.length)
  const blocks = channels.flatMap((width, i) => {
    const [strides, kernelSize, dilation, padding] = windows[i]
    const smaller = convolution(spatialDims, i === 0 ? inChannels : channels[i - 1], width, {
      strides,
      kernelSize,
      dilation,
      padding,
      adnOrdering: 'DA',
      act,
      dropout: i === 0 ? null : dropout,
    })
    return [smaller, ...residualUnits(options, i)]
  })
  const last = convolution(spatialDims, channels[channels.length - 1], embeddingDim, { padding: 1, convOnly: true })
  return layer({ children: { blocks: sequential([...blocks, last]) }, forward: (own, [x]) => own.blocks(x) })
}

function decoder(options: VqvaeOptions): Layer {
  const { spatialDims, outChannels, channels, embeddingDim, act, outputAct, dropout } = options
  const windows = windowsOf(options.upsampleParameters, channels.length)
  const first = convolution(spatialDims, embeddingDim, channels[channels.length - 1], { padding: 1, convOnly: true })
  const blocks = channels.flatMap((_, i) => {
    const level = channels.length - 1 - i
    const [strides, kernelSize, dilation, padding, outputPadding] = windows[i]
    const larger = convolution(spatialDims, channels[level], level === 0 ? outChannels : channels[level - 1], {
      strides,
      kernelSize,
      dilation,
      padding,
      outputPadding,
      isTransposed: true,
      adnOrdering: 'DA',
      act,
      norm: null,
      dropout: level === 0 ? null : dropout,
      convOnly: level === 0,
    })
    return [...residualUnits(options, level), larger]
  })
  const activation = outputAct === null ? [] : [actLayer(outputAct, 'outputAct')]
  return layer({
    children: { blocks: sequential([first, ...blocks, ...activation]) },
    forward: (own, [z]) => own.blocks(z),
  })
}

/** MONAI VQVAEResidualUnit: two convolutions, added to the input, and a ReLU. */
function residualUnits({ numResLayers, ...options }: VqvaeOptions, level: number): Layer[] {
  const { spatialDims, channels, act, dropout } = options
  const [width, inner] = [channels[level], perLevel(options.numResChannels, channels)[level]]
  return Array.from({ length: numResLayers }, () =>
    layer({
      children: {
        conv1: convolution(spatialDims, width, inner, { adnOrdering: 'DA', act, dropout }),
        conv2: convolution(spatialDims, inner, width, { convOnly: true }),
      },
      forward: (own, [x]) => m.relu(m.add(x, own.conv2(own.conv1(x)))),
    }),
  )
}

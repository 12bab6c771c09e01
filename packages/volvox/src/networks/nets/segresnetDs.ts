import { count, instance, int, ints, numbers, positive, type Schema, type Values } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { actLayer } from '../blocks/act.ts'
import { conv } from '../blocks/conv.ts'
import { normLayer } from '../blocks/norm.ts'
import { upsample, upsampleMode } from '../blocks/upsample.ts'
import { stepsOf, type InputRule } from '../inputRule.ts'
import { identity, layer, sequential, type Layer, type Output } from '../layer.ts'
import { activation, nameIn, named, type Named } from '../named.ts'
import { network, optionError } from '../network.ts'

const options = {
  spatialDims: count.where((n) => n <= 3, '1, 2 or 3').opt('Spatial axes.', 3),
  initFilters: count.opt('Width of the first level; each level down doubles it.', 32),
  inChannels: count.opt('Channels of the image.', 1),
  outChannels: count.opt('Channels of the result.', 2),
  act: activation.opt('Activation.', 'relu'),
  norm: named.opt('Norm; it has a learnt scale and shift unless it says otherwise.', 'batch'),
  blocksDown: ints.opt('Residual blocks per level, top first.', [1, 2, 2, 4]),
  blocksUp: ints.opt('Residual blocks per level on the way up, bottom first; one each when null.', null),
  dsdepth: int.opt('How many levels give a result in training, top first.', 1),
  preprocess: instance<(x: Value) => Value>('a function of a graph value', (f) => typeof f === 'function').opt(
    'What is done to the image first.',
    null,
  ),
  upsampleMode: upsampleMode.opt('How maps are enlarged.', 'deconv'),
  resolution: numbers.opt(
    'Voxel size in millimetres: levels first halve the axes with small voxels alone. All axes alike when null.',
    null,
  ),
} satisfies Schema

type Options = Values<typeof options>

function check({ blocksDown, blocksUp, resolution, spatialDims }: Options): void {
  if (blocksDown.length === 0) optionError('blocksDown', 'is empty; give one number per level')
  if (blocksUp && blocksUp.length !== blocksDown.length - 1)
    optionError('blocksUp', `has ${blocksUp.length} values; ${blocksDown.length} levels need ${blocksDown.length - 1}`)
  if (!resolution) return
  if (resolution.length !== spatialDims)
    optionError('resolution', `has ${resolution.length} values; give one for each of the ${spatialDims} spatial axes`)
  resolution.forEach((size) => positive.parse(size, 'resolution'))
}

const input = (o: Options): InputRule => ({
  channels: o.inChannels,
  spatialDims: o.spatialDims,
  divisor: stepsOf(scalesOf(o).slice(0, -1), o.spatialDims),
})

/**
 * SegResNet with deep supervision and kernels that follow the voxel size (MONAI SegResNetDS). In training it gives up to
 * `dsdepth` results, each half as large as the one before; otherwise the first.
 */
export const SegResNetDS = network({
  name: 'SegResNetDS',
  options,
  check,
  input,
  build: (o): Layer<Output> =>
    layer({
      children: { encoder: encoder(o), up_layers: decoder(o) },
      forward(own, [x], { training }): Output {
        const results = own.up_layers(...own.encoder(o.preprocess ? o.preprocess(x) : x))
        return training ? results : results[0]
      },
    }),
})

/**
 * SegResNetDS with a second decoder, the image encoder of VISTA3D (MONAI SegResNetDS2). Gives the results of the decoder
 * for points, then those of the one for classes, `dsdepth` each.
 */
export const SegResNetDS2 = network({
  name: 'SegResNetDS2',
  options,
  check,
  input,
  build: (o): Layer<readonly Value[]> =>
    layer({
      children: { encoder: encoder(o), up_layers: decoder(o), up_layers_auto: decoder(o) },
      forward(own, [x]): readonly Value[] {
        const levels = own.encoder(o.preprocess ? o.preprocess(x) : x)
        return [...own.up_layers(...levels), ...own.up_layers_auto(...levels)]
      },
    }),
})

/** By how much each level shrinks each axis: axes with small voxels first, until the voxels are about cubes. */
function scalesOf({ resolution, blocksDown, spatialDims }: Options): readonly (readonly number[])[] {
  const halvings = resolution
    ? resolution.map((size) => Math.floor(Math.log2(Math.max(...resolution) / size)))
    : new Array<number>(spatialDims).fill(0)
  const most = Math.max(...halvings)
  return blocksDown.map((_, i) => halvings.map((n) => (i >= most || i < n ? 2 : 1)))
}

/** Kernels of 3 along the axes that a level shrinks, else of 1. */
function kernelOf(scale: readonly number[]) {
  const kernelSize = scale.map((step) => (step > 1 ? 3 : 1))
  return { kernelSize, padding: kernelSize.map((k) => (k - 1) / 2), bias: false }
}

/** MONAI SegResEncoder: what each level makes of the image, top first. */
function encoder(o: Options): Layer<readonly Value[]> {
  const { spatialDims, initFilters, blocksDown } = o
  const scales = scalesOf(o)
  const children: Record<string, Layer> = {
    conv_init: conv(spatialDims, o.inChannels, initFilters, kernelOf(scales[0])),
  }
  blocksDown.forEach((times, i) => {
    const width = initFilters * 2 ** i
    children[`layers.${i}.blocks`] = blocks(o, width, scales[i], times)
    children[`layers.${i}.downsample`] =
      i === blocksDown.length - 1
        ? identity
        : conv(spatialDims, width, 2 * width, { ...kernelOf(scales[i]), strides: scales[i] })
  })
  return layer({
    children,
    forward(own, [x]): readonly Value[] {
      const levels: Value[] = []
      blocksDown.reduce((y, _, i) => {
        levels.push(own[`layers.${i}.blocks`](y))
        return own[`layers.${i}.downsample`](levels[i])
      }, own.conv_init(x))
      return levels
    },
  })
}

/** The way up from the encoder's levels, given top first; the results of the levels that have one, top first. */
function decoder(o: Options): Layer<readonly Value[]> {
  const { spatialDims, initFilters, outChannels, blocksDown, dsdepth } = o
  const ups = blocksDown.length - 1
  const scales = scalesOf(o)
  const head = (width: number) => conv(spatialDims, width, outChannels, { kernelSize: 1 })
  const children: Record<string, Layer> = {}
  if (ups === 0) children['0.head'] = head(initFilters)
  for (let i = 0; i < ups; i++) {
    const above = ups - 1 - i
    const width = initFilters * 2 ** above
    children[`${i}.upsample`] = upsample(spatialDims, 2 * width, width, {
      mode: o.upsampleMode,
      kernelSize: kernelOf(scales[above]).kernelSize,
      factor: scales[above],
      bias: false,
      alignCorners: false,
    })
    children[`${i}.blocks`] = blocks(o, width, scales[above], o.blocksUp?.[i] ?? 1)
    children[`${i}.head`] = above < dsdepth ? head(width) : identity
  }
  return layer({
    children,
    forward(own, levels): readonly Value[] {
      if (ups === 0) return [own['0.head'](levels[0])]
      const results: Value[] = []
      let y = levels[ups]
      for (let i = 0; i < ups; i++) {
        const above = ups - 1 - i
        y = own[`${i}.blocks`](m.add(own[`${i}.upsample`](y), levels[above]))
        if (above < Math.max(1, dsdepth)) results.unshift(own[`${i}.head`](y))
      }
      return results
    },
  })
}

function blocks(o: Options, channels: number, scale: readonly number[], times: number): Layer {
  return sequential(Array.from({ length: times }, () => segResBlock(o, channels, scale)))
}

/** MONAI SegResBlock: norm, activation and convolution, twice, added to the input. */
function segResBlock({ spatialDims, act, norm }: Options, channels: number, scale: readonly number[]): Layer {
  const normed = () => normLayer(learning(norm), channels)
  const convolved = () => conv(spatialDims, channels, channels, kernelOf(scale))
  return layer({
    children: {
      norm1: normed(),
      act1: actLayer(act),
      conv1: convolved(),
      norm2: normed(),
      act2: actLayer(act),
      conv2: convolved(),
    },
    forward: (own, [x]) => m.add(own.conv2(own.act2(own.norm2(own.conv1(own.act1(own.norm1(x)))))), x),
  })
}

/** The norm with a learnt scale and shift, unless its arguments say otherwise. */
function learning(norm: Named): Named {
  if (!nameIn(norm).startsWith('instance')) return norm // the others learn by default
  return typeof norm === 'string' ? [norm, { affine: true }] : [norm[0], { affine: true, ...norm[1] }]
}

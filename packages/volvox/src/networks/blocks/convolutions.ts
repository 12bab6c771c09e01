import { OptionError, shown } from '../../core/errors.ts'
import * as m from '../../graph/math.ts'
import { identity, layer, sequential, type Layer } from '../layer.ts'
import { perAxis, type Named } from '../named.ts'
import { actLayer } from './act.ts'
import { conv, convTranspose, samePadding, type ConvOptions } from './conv.ts'
import { dropoutLayer } from './dropout.ts'
import { normLayer } from './norm.ts'

/** Activation (A), dropout (D) and norm (N) and their order. */
export interface AdnOptions {
  readonly ordering?: string
  readonly act?: Named | null
  readonly norm?: Named | null
  readonly dropout?: Named | number | null
  readonly dropoutDim?: number
}

/** MONAI ADN: the parts that are wanted, in order, named by their letters. */
export function adn(channels: number, options: AdnOptions): Layer {
  const { ordering = 'NDA', act = null, norm = null, dropout = null, dropoutDim = 1 } = options
  const parts: Record<string, () => Layer | undefined> = {
    A: () => (act === null ? undefined : actLayer(act)),
    D: () => (dropout === null ? undefined : dropoutLayer(dropout, dropoutDim)),
    N: () => (norm === null ? undefined : normLayer(norm, channels)),
  }
  const letters = [...ordering.toUpperCase()]
  const wrong = letters.find((letter) => !Object.hasOwn(parts, letter))
  if (wrong) throw new OptionError('adnOrdering', `${shown(ordering)} contains ${wrong}; use the letters A, D and N`)
  return sequential(Object.fromEntries(letters.map((letter) => [letter, parts[letter]()])))
}

/** What convolution blocks share; absent values mean MONAI's defaults. */
export interface ConvolutionOptions {
  readonly strides?: number | readonly number[]
  readonly kernelSize?: number | readonly number[]
  readonly adnOrdering?: string
  readonly act?: Named | null
  readonly norm?: Named | null
  readonly dropout?: Named | number | null
  readonly dropoutDim?: number
  readonly dilation?: number | readonly number[]
  readonly groups?: number
  readonly bias?: boolean
  readonly convOnly?: boolean
  readonly isTransposed?: boolean
  readonly padding?: number | readonly number[] | null
  readonly outputPadding?: number | readonly number[] | null
  /** How the kernel starts, if not by PyTorch's default. */
  readonly kernelInit?: ConvOptions['kernelInit']
}

/** MONAI Convolution: a (transposed) convolution `conv`, then norm, dropout and activation `adn`. */
export function convolution(axes: number, inChannels: number, outChannels: number, options: ConvolutionOptions): Layer {
  const {
    strides = 1,
    kernelSize = 3,
    dilation = 1,
    groups = 1,
    bias = true,
    act = 'prelu',
    norm = 'instance',
    dropout = null,
  } = options
  const padding =
    options.padding ?? samePadding(perAxis(kernelSize, axes, 'kernelSize'), perAxis(dilation, axes, 'dilation'))
  const window = { kernelSize, strides, padding, dilation, groups, bias, kernelInit: options.kernelInit }
  const outputPadding = options.outputPadding ?? perAxis(strides, axes, 'strides').map((stride) => stride - 1)
  const core = options.isTransposed
    ? convTranspose(axes, inChannels, outChannels, { ...window, outputPadding })
    : conv(axes, inChannels, outChannels, window)
  const bare = options.convOnly || (act === null && norm === null && dropout === null)
  return sequential({
    conv: core,
    adn: bare
      ? undefined
      : adn(outChannels, { ordering: options.adnOrdering, act, norm, dropout, dropoutDim: options.dropoutDim }),
  })
}

/** MONAI ResidualUnit: `subunits` convolutions, added to the input, which is convolved where shapes differ. */
export function residualUnit(
  axes: number,
  inChannels: number,
  outChannels: number,
  options: ConvolutionOptions & { readonly subunits?: number; readonly lastConvOnly?: boolean },
): Layer {
  const { strides = 1, kernelSize = 3, dilation = 1, bias = true, subunits = 2, lastConvOnly = false } = options
  const padding =
    options.padding || samePadding(perAxis(kernelSize, axes, 'kernelSize'), perAxis(dilation, axes, 'dilation'))
  const units = Array.from({ length: Math.max(1, subunits) }, (_, i, last = Math.max(1, subunits) - 1) =>
    convolution(axes, i === 0 ? inChannels : outChannels, outChannels, {
      ...options,
      strides: i === 0 ? strides : 1,
      padding,
      convOnly: lastConvOnly && i === last,
    }),
  )
  const sameSize = perAxis(strides, axes, 'strides').every((stride) => stride === 1)
  const residual =
    sameSize && inChannels === outChannels
      ? identity
      : sameSize // only the channels differ
        ? conv(axes, inChannels, outChannels, { kernelSize: 1, bias })
        : conv(axes, inChannels, outChannels, { kernelSize, strides, padding, bias })
  return layer({
    children: { conv: sequential(Object.fromEntries(units.map((unit, i) => [`unit${i}`, unit]))), residual },
    forward: (own, [x]) => m.add(own.conv(x), own.residual(x)),
  })
}

/** A residual unit of `numResUnits` convolutions, or a plain convolution for 0; nothing follows its last one when `isLast`. */
export function unit(
  axes: number,
  inChannels: number,
  outChannels: number,
  {
    numResUnits,
    isLast = false,
    ...options
  }: ConvolutionOptions & { readonly numResUnits: number; readonly isLast?: boolean },
): Layer {
  return numResUnits > 0
    ? residualUnit(axes, inChannels, outChannels, { ...options, subunits: numResUnits, lastConvOnly: isLast })
    : convolution(axes, inChannels, outChannels, { ...options, convOnly: isLast })
}

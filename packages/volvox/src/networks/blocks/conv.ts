import { OptionError } from '../../core/errors.ts'
import * as g from '../../graph/layers.ts'
import { defaultUniform, type Init } from '../init.ts'
import { layer, type Layer, type Weight } from '../layer.ts'
import { perAxis } from '../named.ts'

/** The window of a convolution; each value for all spatial axes or one per axis. */
export interface ConvOptions {
  readonly kernelSize: number | readonly number[]
  readonly strides?: number | readonly number[]
  readonly padding?: number | readonly number[]
  readonly dilation?: number | readonly number[]
  readonly groups?: number
  readonly bias?: boolean
  /** Of a transposed convolution: elements added at the end of each axis. */
  readonly outputPadding?: number | readonly number[]
  /** How the kernel starts, if not by PyTorch's default. */
  readonly kernelInit?: (shape: readonly number[]) => Init
}

/** torch.nn.Conv1d, 2d and 3d. */
export function conv(axes: number, inChannels: number, outChannels: number, options: ConvOptions): Layer {
  const { kernel, groups, window } = settled('conv', axes, inChannels, outChannels, options)
  return layer({
    weights: kernelAndBias([outChannels, inChannels / groups, ...kernel], outChannels, options),
    forward: ({ weight, bias }, [x]) => g.conv(x, weight, bias, window),
  })
}

/** torch.nn.ConvTranspose1d, 2d and 3d. */
export function convTranspose(axes: number, inChannels: number, outChannels: number, options: ConvOptions): Layer {
  const { kernel, groups, window } = settled('convTranspose', axes, inChannels, outChannels, options)
  const outputPads = perAxis(options.outputPadding ?? 0, axes, 'outputPadding')
  return layer({
    weights: kernelAndBias([inChannels, outChannels / groups, ...kernel], outChannels, options),
    forward: ({ weight, bias }, [x]) => g.convTranspose(x, weight, bias, { ...window, outputPads }),
  })
}

/** The padding that keeps the size at stride 1 (MONAI same_padding). */
export function samePadding(kernelSize: readonly number[], dilation: readonly number[]): number[] {
  return kernelSize.map((k, i) => {
    const reach = (k - 1) * dilation[i]
    if (reach % 2 !== 0)
      throw new OptionError(
        'kernelSize',
        `${k} with dilation ${dilation[i]} cannot be padded alike on both sides; use an odd kernel size`,
      )
    return reach / 2
  })
}

function settled(where: string, axes: number, inChannels: number, outChannels: number, options: ConvOptions) {
  const groups = options.groups ?? 1
  if (inChannels % groups !== 0 || outChannels % groups !== 0)
    throw new OptionError(
      where,
      `${inChannels} input and ${outChannels} output channels do not divide into ${groups} groups; use multiples of it`,
    )
  const window = {
    strides: perAxis(options.strides ?? 1, axes, 'strides'),
    pads: perAxis(options.padding ?? 0, axes, 'padding'),
    dilations: perAxis(options.dilation ?? 1, axes, 'dilation'),
    groups,
  }
  return { kernel: perAxis(options.kernelSize, axes, 'kernelSize'), groups, window }
}

/** The weights of a convolution with a kernel of this shape. */
export function kernelAndBias(
  shape: readonly number[],
  outChannels: number,
  { bias = true, kernelInit = defaultUniform }: Pick<ConvOptions, 'bias' | 'kernelInit'>,
): { weight: Weight; bias?: Weight } {
  const weight: Weight = { shape, init: kernelInit(shape), role: 'kernel' }
  // PyTorch draws the bias within the bound of the kernel's default.
  return bias ? { weight, bias: { shape: [outChannels], init: defaultUniform(shape), role: 'bias' } } : { weight }
}

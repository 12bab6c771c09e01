import { OptionError, registry, type Network } from 'volvox'
import type { Tensors } from 'volvox/graph'
import { readModel } from '../segmentation/runConfig.ts'

/** What is exported: a network with its weights, and how it is run. */
export interface Exported {
  readonly network: Network
  readonly states: Tensors
  /** Whether the states hold an average of the weights, which is what was evaluated. */
  readonly isAveraged: boolean
  readonly activation: 'softmax' | 'sigmoid' | null
  readonly channels: number
  /** Voxels along each axis. */
  readonly size: readonly number[]
  /** Text that travels with the model. */
  readonly metadata: Readonly<Record<string, string>>
}

export interface SourceOptions {
  readonly checkpoint: 'last' | 'best'
  readonly size: readonly number[] | null
  readonly channels: number | null
  readonly activation: 'none' | 'softmax' | 'sigmoid' | null
}

/** The network of a training. */
export function trainedSource(
  path: string,
  { checkpoint: which, size, channels, activation }: SourceOptions,
): Exported {
  const { checkpoint, config } = readModel(path, which)
  const { plan } = config
  return {
    network: registry().create(plan.network, 'plan.network') as Network, // the registry has only networks under networks' names
    states: checkpoint.tensors,
    isAveraged: Object.keys(checkpoint.tensors).some((name) => name.startsWith('ema.')),
    activation: activationOf(activation, 'softmax'),
    channels: channels ?? Number(plan.network.in_channels),
    size: size ?? plan.inference.roiSize,
    metadata: { 'volvox.plan': JSON.stringify(plan), classes: plan.classes.join(',') },
  }
}

/** A network with the weights of a file. */
export function weightedSource(network: Network, states: Tensors, options: SourceOptions): Exported {
  return {
    network,
    states,
    isAveraged: false,
    activation: activationOf(options.activation, 'none'),
    channels: options.channels ?? channelsOf(network),
    size: options.size ?? sizeOf(network),
    metadata: { 'volvox.network': JSON.stringify({ _target_: network.name, ...network.options }) },
  }
}

function activationOf(given: SourceOptions['activation'], usual: 'none' | 'softmax'): Exported['activation'] {
  const activation = given ?? usual
  return activation === 'none' ? null : activation
}

function channelsOf({ name, options }: Network): number {
  if (typeof options.inChannels === 'number') return options.inChannels
  throw new OptionError('export --channels', `is missing; give the channels of the input of ${name}`)
}

/** The size that the network was made for, where it has one. */
function sizeOf({ name, options: { imgSize, spatialDims } }: Network): readonly number[] {
  if (Array.isArray(imgSize)) return imgSize.map(Number)
  if (typeof imgSize === 'number') return new Array<number>(Number(spatialDims ?? 3)).fill(imgSize)
  throw new OptionError(
    'export --size',
    `is missing; give the voxels of ${name}'s input along each of its ${Number(spatialDims ?? 3)} axes, e.g. 96,96,96`,
  )
}

import { OptionError, registry, type Network } from 'volvox'
import type { Tensors } from 'volvox/graph'
import { firstShape } from '../networks/inputs.ts'
import { readModel } from '../segmentation/runConfig.ts'

/** What is exported: a network with its weights, and how it is run. */
export interface Exported {
  readonly network: Network
  readonly states: Tensors
  /** Whether the states hold an average of the weights, which is what was evaluated. */
  readonly isAveraged: boolean
  readonly activation: 'softmax' | 'sigmoid' | null
  /** The shape of its first input, for so many at once. */
  first(batch: number): readonly number[]
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
  const spatial = size ?? plan.inference.roiSize
  return {
    network: registry().create(plan.network, 'plan.network') as Network, // the registry has only networks under networks' names
    states: checkpoint.tensors,
    isAveraged: Object.keys(checkpoint.tensors).some((name) => name.startsWith('ema.')),
    activation: activationOf(activation, 'softmax'),
    first: (batch) => [batch, channels ?? Number(plan.network.in_channels), ...spatial],
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
    first: (batch) => firstShape(network, batch, options.channels, options.size) ?? refuse(network, options),
    metadata: { 'volvox.network': JSON.stringify({ _target_: network.name, ...network.options }) },
  }
}

function activationOf(given: SourceOptions['activation'], usual: 'none' | 'softmax'): Exported['activation'] {
  const activation = given ?? usual
  return activation === 'none' ? null : activation
}

/** Says what is missing for the shape of the first input. */
function refuse({ name, inputs: [first], inputRule }: Network, { channels, size }: SourceOptions): never {
  if (size !== null && channels === null)
    throw new OptionError('export --channels', `is missing; give the channels of the input of ${name}`)
  if (!inputRule)
    throw new OptionError('export --input', `is missing; give the shape of ${name}'s ${first.name}, ${first.about}`)
  throw new OptionError(
    'export --size',
    `is missing; give the voxels of ${name}'s input along each of its ${inputRule.spatialDims} axes, e.g. ${new Array(inputRule.spatialDims).fill(96).join(',')}`,
  )
}

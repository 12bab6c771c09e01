import {
  OptionError,
  networkFacts,
  networkSvg,
  registry,
  shortBytes,
  shortCount,
  shortShape,
  traceNetwork,
  typicalNetworks,
  type Network,
  type NetworkFacts,
} from 'volvox'
import { nodeFiles } from '@volvox/node'
import { configuredNetwork, namedNetwork } from '../export/networkOf.ts'
import type { Facts } from '../facts.ts'
import { askedInputs, inputTypes, usualInputs } from './inputs.ts'

export interface NetworkQuestion {
  /** Its name; or a config that defines it. */
  readonly network: string | null
  readonly config?: string | null
  /** As JSON; what is usual for the network unless given. */
  readonly options: string | null
  /** Shapes, as `1,1,96,96,96` or `timesteps=1`; what is usual unless given. */
  readonly input: readonly string[]
  /** Where to draw the graph. */
  readonly svg: string | null
}

/** What a network has and does, and its graph as a picture if one is wanted. */
export function describedNetwork({ input, svg, ...which }: NetworkQuestion): Facts {
  const network = wantedNetwork(which)
  const inputs = wantedInputs(network, input, which.options === null && which.config === null)
  const facts = networkFacts(network, inputs)
  if (svg !== null) nodeFiles.write(svg, new TextEncoder().encode(networkSvg(traceNetwork(network, inputs))))
  const { options: settled } = network
  return {
    data: { ...facts, options: plainOptions(settled) },
    lines: [
      ...factLines(network, facts),
      '',
      ...blockLines(facts),
      ...(svg === null ? [] : ['', `Its graph is in ${svg}.`]),
    ],
  }
}

function wantedNetwork({ network: name, config = null, options }: Omit<NetworkQuestion, 'input' | 'svg'>): Network {
  if (config !== null) {
    if (name !== null || options !== null)
      throw new OptionError('info --config', 'says which network; leave out --network and --options')
    return configuredNetwork(config)
  }
  const known = registry().find(name ?? '', 'info --network').componentName
  const typical = options === null ? typicalNetworks[known] : undefined
  return namedNetwork(known, typical?.options ?? options, 'info')
}

function wantedInputs(network: Network, words: readonly string[], isTypical: boolean): readonly (readonly number[])[] {
  const where = 'info --input'
  if (words.length === 0) {
    const typical = isTypical ? typicalNetworks[network.name]?.inputs : undefined
    const usual = typical ?? usualInputs(network, where)
    if (usual) return usual
  }
  const first = (): never => {
    throw new OptionError(where, `is missing; give the shape of an input of ${network.name}`)
  }
  const types = inputTypes(network, askedInputs(network, words, where), first, where)
  return Object.values(types).map(({ shape }) => shape)
}

function factLines({ name }: Network, facts: NetworkFacts): string[] {
  return [name, ...factTable(facts).map(([title, value]) => `  ${title.padEnd(12)} ${value}`)]
}

/** What is told of a network, by title. */
export function factTable(facts: NetworkFacts): readonly (readonly [title: string, value: string])[] {
  const { inputs, outputs, parameters, flops, forwardBytes, trainingBytes, divisor } = facts
  const shapes = (list: readonly (readonly number[])[]) => list.map((shape) => shortShape(shape)).join(', ')
  const sizes = { null: 'no other', 1: 'any that are large enough' }[String(divisor)]
  return [
    ['input', shapes(inputs)],
    ['output', shapes(outputs)],
    ['parameters', `${shortCount(parameters)} (${parameters})`],
    ['FLOPs', `${shortCount(flops)} a prediction`],
    [
      'memory',
      `${shortBytes(forwardBytes)} of activations to predict, ${shortBytes(trainingBytes)} kept to learn, in float32`,
    ],
    ['sizes', sizes ?? `multiples of ${divisor}`],
  ]
}

function blockLines({ blocks }: NetworkFacts): string[] {
  const rows = [blockTitles, ...blockRows(blocks)]
  const widths = blockTitles.map((_, i) => Math.max(...rows.map((row) => row[i].length)))
  return rows.map((row) =>
    row
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  )
}

export const blockTitles: readonly string[] = ['block', 'output', 'parameters', 'FLOPs', 'kept to learn']

/** The blocks of a network as cells of a table. */
export function blockRows(blocks: NetworkFacts['blocks']): string[][] {
  return blocks.map(({ path, output, parameters, flops, trainingBytes }) => [
    path,
    shortShape(output),
    shortCount(parameters),
    shortCount(flops),
    shortBytes(trainingBytes),
  ])
}

/** Options as JSON can hold them: a network in them by its name and its own options. */
export function plainOptions(options: Readonly<Record<string, unknown>>): unknown {
  const plain = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && 'layer' in value && 'weights' in value
      ? { _target_: (value as Network).name, ...(value as Network).options }
      : value
  return JSON.parse(JSON.stringify(options, plain))
}

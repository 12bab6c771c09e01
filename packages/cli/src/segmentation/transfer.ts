import {
  copyModelState,
  generateParamGroups,
  OptionError,
  unwrappedName,
  VolvoxError,
  type CopiedState,
  type Network,
  type Optimizer,
  type ParamGroup,
  type ParamGroupOptions,
  type Tensor,
} from 'volvox'
import type { Tensors } from 'volvox/graph'
import { nodeFiles } from '@volvox/node'
import type { Io } from '../io.ts'
import { stateDictOf } from '../stateDict.ts'

/** Which weights learn, and how fast; kept in checkpoints, so that a run goes on as it began. */
export interface Transfer {
  /** Weights whose names match one of these expressions stay as they are. */
  readonly freeze: readonly string[]
  /** Factors on the learning rate of the weights whose names match. */
  readonly lrScales: readonly (readonly [pattern: string, factor: number])[]
}

/** What `--freeze` and `--lr-scale` say; null when they say nothing. */
export function transferOf(freeze: readonly string[], lrScales: readonly string[]): Transfer | null {
  if (freeze.length + lrScales.length === 0) return null
  freeze.forEach((pattern) => expression(pattern, 'train --freeze'))
  return { freeze, lrScales: lrScales.map(scaleOf) }
}

/** The groups in which the weights of a network learn; null when all learn alike. */
export function paramGroupsOf(network: Network, { lr }: Optimizer, transfer: Transfer | null): ParamGroup[] | null {
  if (!transfer) return null
  const freeze = transfer.freeze.map((pattern) => new RegExp(pattern))
  groupsFor('--freeze', network, { freeze })
  return groupsFor('--lr-scale', network, {
    layerMatches: transfer.lrScales.map(([pattern]) => new RegExp(pattern)),
    lrValues: transfer.lrScales.map(([, factor]) => factor * lr),
    freeze,
  })
}

/** What is wrong with the groups is told of the option that asks for them. */
function groupsFor(option: string, network: Network, options: ParamGroupOptions): ParamGroup[] {
  try {
    return generateParamGroups(network, options)
  } catch (error) {
    throw error instanceof VolvoxError ? error.at(`train ${option}`) : error
  }
}

/** Where weights to begin with are, and under which names. */
export interface Pretrained {
  readonly file: string
  /** Where in the file, e.g. `model` or `ema.state_dict`; found by itself when null. */
  readonly key: string | null
  /** `OLD=NEW`: names that begin with the first begin with the second instead. */
  readonly map: readonly string[]
}

/** The weights of a file that match those of a network; what matches and what does not is told. */
export function pretrainedFrom({ file, key, map }: Pretrained, network: Network, io: Pick<Io, 'note'>): Tensors {
  const { tensors } = stateDictOf(nodeFiles.read(file), file, key)
  const copied = copyModelState(network, {}, map.length > 0 ? renamed(tensors, map.map(prefixesOf), file) : tensors)
  if (copied.matched.length === 0)
    throw new OptionError(
      'train --init',
      `${file} has no weight of ${network.name}: it holds ${few(copied.unexpected.length > 0 ? copied.unexpected : copied.mismatched.map(({ name }) => name))}, and ${network.name} takes ${few(copied.missing)}`,
    )
  for (const line of reportLines(file, network, copied)) io.note(line)
  return copied.states
}

/** Tensors with other first parts of their names; the first pair that fits a name counts. */
function renamed(
  tensors: Readonly<Record<string, Tensor>>,
  pairs: readonly (readonly [from: string, to: string])[],
  file: string,
): Record<string, Tensor> {
  const names = Object.keys(tensors).map(unwrappedName)
  for (const [from] of pairs)
    if (!names.some((name) => name.startsWith(from)))
      throw new OptionError('train --init-map', `no weight of ${file} begins with "${from}"; it holds ${few(names)}`)
  return Object.fromEntries(
    Object.values(tensors).map((tensor, i) => {
      const pair = pairs.find(([from]) => names[i].startsWith(from))
      return [pair ? pair[1] + names[i].slice(pair[0].length) : names[i], tensor]
    }),
  )
}

function prefixesOf(text: string): readonly [from: string, to: string] {
  const at = text.indexOf('=')
  if (at < 0)
    throw new OptionError('train --init-map', `"${text}" does not fit; give OLD=NEW, e.g. encoder.=downsamples.`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function reportLines(
  file: string,
  network: Network,
  { matched, missing, unexpected, mismatched, renamed }: CopiedState,
): string[] {
  const shapes = mismatched.map(({ name, given, wanted }) => `${name} [${given.join(', ')}] for [${wanted.join(', ')}]`)
  return [
    `${file}: ${matched.length} of ${network.weights.length} weights are taken over.`,
    ...oldNames(renamed),
    ...(missing.length > 0 ? [`  missing, so they start at random: ${few(missing)}`] : []),
    ...(shapes.length > 0 ? [`  of another shape, so they start at random: ${few(shapes)}`] : []),
    ...(unexpected.length > 0 ? [`  unexpected, so they are left out: ${few(unexpected)}`] : []),
  ]
}

/** A line about weights that a file of the monai-generative package has under other names, if it is one. */
export function oldNames(renamed: readonly string[]): string[] {
  return renamed.length === 0
    ? []
    : [`  names of the monai-generative package, ${renamed.length} of them changed: ${renamed[0]}, and so on`]
}

/** Names of which the first dozen say enough. */
function few(names: readonly string[]): string {
  const more = names.length - 12
  return names.length === 0 ? 'nothing else' : `${names.slice(0, 12).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function scaleOf(text: string): readonly [string, number] {
  const at = text.lastIndexOf('=')
  const [pattern, factor] = [text.slice(0, at), Number(text.slice(at + 1))]
  if (at < 1 || at === text.length - 1 || !(factor >= 0 && factor < Infinity))
    throw new OptionError(
      'train --lr-scale',
      `${JSON.stringify(text)} does not fit; give PATTERN=FACTOR, e.g. encoder=0.1`,
    )
  expression(pattern, 'train --lr-scale')
  return [pattern, factor]
}

function expression(pattern: string, where: string): RegExp {
  try {
    return new RegExp(pattern)
  } catch {
    throw new OptionError(
      where,
      `${JSON.stringify(pattern)} is no regular expression; escape what is meant as it is with \\`,
    )
  }
}

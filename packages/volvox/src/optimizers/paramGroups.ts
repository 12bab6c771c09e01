import { OptionError, didYouMean, shown } from '../core/errors.ts'

/** What a network tells of its weights. */
export interface Parameters {
  readonly name: string
  readonly weights: readonly { readonly name: string; readonly trainable: boolean }[]
}

/** Weights that learn alike. */
export interface ParamGroup {
  readonly params: readonly string[]
  /** Learning rate where the optimiser's own is as given; a schedule changes all groups in proportion. Null for the optimiser's own. */
  readonly lr: number | null
}

/** Weights of a network: all below a path (`model.0`), those whose name a pattern is found in, or that a function accepts. */
export type LayerMatch = string | RegExp | ((name: string) => boolean)

export interface ParamGroupOptions {
  readonly layerMatches?: readonly LayerMatch[]
  /** Learning rate of each match. */
  readonly lrValues?: readonly number[]
  /** Whether the weights that match nothing learn too, in a last group, at the optimiser's own rate. */
  readonly includeOthers?: boolean
  /** Weights that do not learn at all. */
  readonly freeze?: readonly LayerMatch[]
}

/**
 * Groups of weights with learning rates of their own (MONAI `generate_param_groups`), in the order of the matches. A
 * weight in no group stays as it is; PyTorch calls it one that requires no gradient. Running statistics are no
 * parameters and go on.
 */
export function generateParamGroups(network: Parameters, options: ParamGroupOptions): ParamGroup[] {
  const { layerMatches = [], lrValues = [], includeOthers = true, freeze = [] } = options
  if (layerMatches.length !== lrValues.length)
    throw new OptionError(
      'generateParamGroups.lrValues',
      `has ${lrValues.length} values for ${layerMatches.length} matches; give one for each`,
    )
  const names = network.weights.flatMap(({ name, trainable }) => (trainable ? [name] : []))
  const frozen = new Set(freeze.flatMap((match) => matching(network.name, names, match)))
  const taken = new Map<string, LayerMatch>()
  const groups = layerMatches.map((match, i): ParamGroup => {
    const params = matching(network.name, names, match).filter((name) => !frozen.has(name))
    for (const name of params) {
      const other = taken.get(name)
      if (other !== undefined)
        throw new OptionError(
          'generateParamGroups',
          `weight "${name}" matches ${text(other)} and ${text(match)}; a weight has one learning rate`,
        )
      taken.set(name, match)
    }
    return { params, lr: lrValues[i] }
  })
  const others = names.filter((name) => !frozen.has(name) && !taken.has(name))
  return includeOthers ? [...groups, { params: others, lr: null }] : groups
}

function matching(owner: string, names: readonly string[], match: LayerMatch): string[] {
  const found = names.filter((name) =>
    typeof match === 'string'
      ? name === match || name.startsWith(`${match}.`)
      : match instanceof RegExp
        ? new RegExp(match).test(name) // a fresh one, since global ones remember where they were
        : match(name),
  )
  if (found.length > 0) return found
  const hint = typeof match === 'string' ? didYouMean(match, pathsOf(names)) : undefined
  throw new OptionError(
    'generateParamGroups',
    `${text(match)} matches no weight of ${owner}; ${hint ? `did you mean "${hint}"?` : `its weights are ${shown(names)}`}`,
  )
}

/** Every name, and every path that leads to one. */
function pathsOf(names: readonly string[]): Set<string> {
  return new Set(names.flatMap((name) => name.split('.').map((_, i, parts) => parts.slice(0, i + 1).join('.'))))
}

function text(match: LayerMatch): string {
  return typeof match === 'function' ? 'a function' : typeof match === 'string' ? `"${match}"` : String(match)
}

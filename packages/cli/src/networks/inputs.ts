import { OptionError, didYouMean, shown, typicalNetworks, type Network } from 'volvox'
import type { TensorType } from 'volvox/graph'

type Shape = readonly number[]

/**
 * Shapes of inputs by name, from words: `timesteps=1`, `1,1,96,96` for the next one in the network's order, or a bare name
 * (also of a whole list) for its usual shape, which is null here. A word may hold several, with semicolons between.
 */
export function askedInputs(network: Network, words: readonly string[], where: string): Map<string, Shape | null> {
  const names = network.inputs.map(({ name }) => name)
  const asked = new Map<string, Shape | null>()
  for (const word of words.flatMap((one) => one.split(';').map((part) => part.trim()))) {
    const equals = word.indexOf('=')
    if (equals >= 0) asked.set(known(word.slice(0, equals), names, network, where), shapeOf(word, equals + 1, where))
    else if (/^[a-z_]/i.test(word)) for (const name of listed(word, names, network, where)) asked.set(name, null)
    else {
      const name = names.find((one) => !asked.has(one))
      if (name === undefined)
        throw new OptionError(where, `"${word}" is one too many; ${network.name} takes ${names.join(', ')}`)
      asked.set(name, shapeOf(word, 0, where))
    }
  }
  return asked
}

/** Types of the inputs by name, in the network's order: those that are asked for, and what is needed beside them. */
export function inputTypes(
  network: Network,
  asked: ReadonlyMap<string, Shape | null>,
  first: () => Shape,
  where: string,
): Record<string, TensorType> {
  const [head, ...others] = network.inputs
  const firstShape = asked.get(head.name) ?? first()
  const types: Record<string, TensorType> = { [head.name]: { dtype: head.dtype ?? 'float32', shape: firstShape } }
  for (const { name, about, dtype = 'float32', presence = 'needed', shape } of others) {
    if (!asked.has(name) && presence === 'possible') continue
    const settled = asked.get(name) ?? shape?.(firstShape)
    if (!settled) throw new OptionError(where, `lacks the shape of ${name} (${about}); give ${name}=1,...`)
    types[name] = { dtype, shape: settled }
  }
  return types
}

/**
 * The usual shape of the first input: of a network of images, its channels and `size`, which is null where only the size
 * that the network was made for will do. Null where that is not known.
 */
export function firstShape(network: Network, batch: number, channels: number | null, size: Shape | null): Shape | null {
  const { inputs, inputRule: rule } = network
  const own = inputs[0].shape?.([batch])
  if (own) return own
  const made = rule?.size
  const settled = size ?? (typeof made === 'number' ? new Array<number>(rule!.spatialDims).fill(made) : made)
  const width = channels ?? rule?.channels
  return settled && width !== undefined ? [batch, width, ...settled] : null
}

/** Shapes of the inputs on which the network is usually looked at, whatever its options. */
export function usualInputs(network: Network, where: string): readonly Shape[] | null {
  const typical = typicalNetworks[network.name]?.inputs
  if (!typical) return null
  const dims = network.inputRule?.spatialDims ?? typical[0].length - 2
  const [, , ...size] = typical[0]
  const spatial = Array.from({ length: dims }, (_, axis) => size[axis] ?? size[0])
  const first = firstShape(network, 1, null, null) ?? firstShape(network, 1, null, spatial) ?? typical[0]
  const types = inputTypes(network, new Map(), () => first, where)
  return Object.values(types).map(({ shape }) => shape)
}

function known(name: string, names: readonly string[], network: Network, where: string): string {
  if (names.includes(name)) return name
  const hint = didYouMean(name, names)
  throw new OptionError(
    where,
    `${shown(name)} is no input of ${network.name}; ${hint ? `did you mean "${hint}"?` : `it takes ${shortList(names)}`}`,
  )
}

/** The input of that name, or all parts of a list. */
function listed(word: string, names: readonly string[], network: Network, where: string): readonly string[] {
  const parts = names.filter((name) => name.startsWith(`${word}.`))
  return parts.length > 0 ? parts : [known(word, names, network, where)]
}

/** Lists by their name, such as `x.0` and `x.1` by `x`. */
function shortList(names: readonly string[]): string {
  return [...new Set(names.map((name) => name.replace(/\.\d+$/, '')))].join(', ')
}

function shapeOf(word: string, start: number, where: string): Shape {
  const text = word.slice(start)
  const shape = text === '' ? [] : text.split(',').map(Number)
  if ((text === '' && start === 0) || !shape.every((n) => Number.isInteger(n) && n >= 1))
    throw new OptionError(where, `"${text}" is no shape; give batch, channels and sizes, e.g. 1,1,96,96,96`)
  return shape
}

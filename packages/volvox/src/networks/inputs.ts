import { ShapeError, VolvoxError, shown } from '../core/errors.ts'
import type { Value } from '../graph/ir.ts'

/** One input of a network's forward pass. */
export interface NetworkInput {
  /** As MONAI's `forward` calls it; parts of a list are `name.0`, `name.1`, ... */
  readonly name: string
  /** What it is, with its shape where that is not plain. */
  readonly about: string
  /** Whole numbers are int32 in graphs, and int64 in PyTorch and in exported models; float32 unless given. */
  readonly dtype?: 'float32' | 'int32'
  /** Needed unless given; `usual` ones may be left out, `possible` ones rather are. */
  readonly presence?: 'needed' | 'usual' | 'possible'
  /** Its shape beside a first input of the given one; of the first itself, beside a batch `[N]`. */
  readonly shape?: (first: readonly number[]) => readonly number[]
}

/** What most networks take. */
export const oneImage: readonly NetworkInput[] = [{ name: 'x', about: 'an image' }]

/** Refuses fewer inputs than are needed, and those of another rank or number than the first asks for. */
export function checkInputs(name: string, given: readonly Value[], inputs: readonly NetworkInput[]): void {
  const needed = inputs.filter(isNeeded)
  if (given.length < needed.length) {
    const wanted = needed.map((input) => `${input.name} (${input.about})`)
    throw new ShapeError(name, `got ${given.length} of its inputs; give ${wanted.join(', ')}`)
  }
  // Behind the first that may be left out, places do not tell inputs apart.
  const placed = inputs.findIndex((input) => !isNeeded(input))
  const [first] = given
  inputs.slice(1, placed < 0 ? undefined : placed).forEach((input, i) => {
    const { shape } = given[i + 1]
    const wanted = input.shape?.(first.shape)
    if (!wanted || (shape.length === wanted.length && shape[0] === wanted[0])) return
    throw new ShapeError(
      name,
      `${input.name} has shape ${shown(shape)}; give ${input.about}, ${shown(wanted)} beside ${inputs[0].name} ${shown(first.shape)}`,
    )
  })
}

/** Names network and inputs in errors that come from its parts. */
export function fitting<T>(
  name: string,
  given: readonly Value[],
  inputs: readonly NetworkInput[],
  compute: () => T,
): T {
  try {
    return compute()
  } catch (error) {
    if (!(error instanceof VolvoxError) || error.where.startsWith(name)) throw error
    const shapes = given.map(({ shape }, i) => `${inputs[i]?.name ?? 'an input'} ${shown(shape)}`)
    throw error.within(`${name}: ${shapes.join(', ')} ${shapes.length === 1 ? 'does' : 'do'} not fit`)
  }
}

function isNeeded({ presence = 'needed' }: NetworkInput): boolean {
  return presence === 'needed'
}

import { GraphError } from '../core/errors.ts'
import { sizeOf } from '../core/tensor.ts'
import { at, type Value } from './ir.ts'
import { matmul, reshape, sum, transpose } from './math.ts'

/**
 * The sum of products of two tensors over the letters that the result does not have, as `einsum` writes it:
 * `contract('bhqd,bhkd->bhqk', queries, keys)`. Each letter is an axis; one matrix product does the work.
 */
export function contract(equation: string, a: Value, b: Value): Value {
  const { left, right, result } = parse(equation, a, b)
  const inBoth = [...left].filter((letter) => right.includes(letter))
  const batch = [...result].filter((letter) => inBoth.includes(letter)).join('')
  const shared = inBoth.filter((letter) => !result.includes(letter)).join('')
  const [x, y] = [summed(a, left, right + result), summed(b, right, left + result)]
  const ownOf = (letters: string) =>
    [...result].filter((letter) => letters.includes(letter) && !batch.includes(letter)).join('')
  const [rows, columns] = [ownOf(x.letters), ownOf(y.letters)]

  const [first, firstTurned] = matrices(x, batch, rows, shared)
  const [second, secondTurned] = matrices(y, batch, columns, shared)
  const product = matmul(first, second, { transposeA: firstTurned, transposeB: !secondTurned })
  const sizeOfLetter = new Map([...letterSizes(a, left), ...letterSizes(b, right)])
  const found = batch + rows + columns
  const apart = reshape(
    product,
    [...found].map((letter) => sizeOfLetter.get(letter) ?? 1),
  )
  return found === result ? apart : transpose(apart, permutation(found, result))
}

interface Lettered {
  readonly value: Value
  readonly letters: string
}

interface Equation {
  readonly left: string
  readonly right: string
  readonly result: string
}

function parse(equation: string, a: Value, b: Value): Equation {
  const match = /^([a-zA-Z]*),([a-zA-Z]*)->([a-zA-Z]*)$/.exec(equation.replaceAll(' ', ''))
  if (!match) throw new GraphError(at('contract'), `"${equation}" is not understood; write it like "ij,jk->ik"`)
  const [, left, right, result] = match
  for (const letters of [left, right, result])
    if (new Set(letters).size < letters.length)
      throw new GraphError(at('contract'), `"${letters}" of "${equation}" names an axis twice; name each once`)
  for (const [letters, { shape }] of [
    [left, a],
    [right, b],
  ] as const)
    if (letters.length !== shape.length)
      throw new GraphError(
        at('contract'),
        `"${letters}" of "${equation}" names ${letters.length} axes, the tensor [${shape.join(', ')}] has ${shape.length}`,
      )
  const sizes = new Map(letterSizes(a, left))
  for (const [letter, size] of letterSizes(b, right)) {
    const other = sizes.get(letter)
    if (other !== undefined && other !== size)
      throw new GraphError(at('contract'), `"${letter}" of "${equation}" is ${other} and ${size}; they must agree`)
    sizes.set(letter, size)
  }
  const unknown = [...result].find((letter) => !sizes.has(letter))
  if (unknown)
    throw new GraphError(
      at('contract'),
      `"${unknown}" of the result of "${equation}" is in neither tensor; leave it out`,
    )
  return { left, right, result }
}

function letterSizes({ shape }: Value, letters: string): [string, number][] {
  return [...letters].map((letter, axis) => [letter, shape[axis]])
}

/** A tensor without the axes that nothing else names. */
function summed(value: Value, letters: string, named: string): Lettered {
  const alone = [...letters].flatMap((letter, axis) => (named.includes(letter) ? [] : [axis]))
  if (alone.length === 0) return { value, letters }
  return { value: sum(value, alone), letters: [...letters].filter((letter) => named.includes(letter)).join('') }
}

/** A tensor as a batch of matrices `[own, shared]`, or `[shared, own]` (turned) where that saves moving its elements. */
function matrices({ value, letters }: Lettered, batch: string, own: string, shared: string): [Value, boolean] {
  const size = (wanted: string) => sizeOf([...wanted].map((letter) => value.shape[letters.indexOf(letter)]))
  const turned = letters === batch + shared + own && letters !== batch + own + shared
  const order = turned ? batch + shared + own : batch + own + shared
  const arranged = letters === order ? value : transpose(value, permutation(letters, order))
  const [before, after] = turned ? [shared, own] : [own, shared]
  return [reshape(arranged, [...(batch ? [size(batch)] : []), size(before), size(after)]), turned]
}

function permutation(from: string, to: string): number[] {
  return [...to].map((letter) => from.indexOf(letter))
}

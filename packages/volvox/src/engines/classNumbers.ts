import { DataError } from '../core/errors.ts'
import type { Node, Value } from '../graph/ir.ts'

/** What leaves class numbers what they are; the last three together, where `oneHot` cuts fractions off. */
const keeping: ReadonlySet<string> = new Set('cast floor reshape resize slice transpose detach abs sign mul'.split(' '))

/** How many channels are made of the class numbers in an input; null where none are, or numbers outside are meant to be. */
export function classesOf(nodes: readonly Node[], input: Value): number | null {
  const isInput = (value: Value): boolean =>
    value.node === input.node || (keeping.has(value.node.op) && value.node.inputs.every(isInput))
  const counts = nodes.flatMap(({ op, inputs, attrs }) =>
    op === 'oneHot' && isInput(inputs[0]) ? [Number(attrs.classes)] : [],
  )
  return counts.length > 0 ? Math.min(...counts) : null
}

/** Throws unless all are whole numbers from 0 to `classes` - 1. */
export function checkClassNumbers(where: string, numbers: Float32Array, classes: number): void {
  for (let i = 0; i < numbers.length; i++) {
    const x = numbers[i]
    if (x >= 0 && x < classes && x === Math.trunc(x)) continue
    throw new DataError(where, `holds ${x}; the loss tells ${classes} classes apart, numbered 0 to ${classes - 1}`)
  }
}

import { OptionError } from '../core/errors.ts'
import type { Value } from '../graph/ir.ts'
import * as m from '../graph/math.ts'

/** How gradients are kept small: all of them together by their 2-norm, or each element. */
export type Clip = { readonly norm: number } | { readonly value: number }

/** Gradients clipped, and their 2-norm before that. */
export interface Clipped {
  readonly grads: Map<string, Value>
  readonly norm: Value
}

/** torch.nn.utils.clip_grad_norm_ or clip_grad_value_. */
export function clipGradients(grads: ReadonlyMap<string, Value>, clip: Clip): Clipped {
  const limit = 'norm' in clip ? clip.norm : clip.value
  if (!(limit > 0)) throw new OptionError('clip', `${limit} does not fit; give a number above 0`)
  const norm = gradientNorm(grads)
  if ('value' in clip) return { grads: mapped(grads, (grad) => m.clip(grad, -limit, limit)), norm }
  const factor = m.min(1, m.div(limit, m.add(norm, 1e-6)))
  return { grads: mapped(grads, (grad) => m.mul(grad, factor)), norm }
}

/** The 2-norm of all gradients taken as one vector. */
export function gradientNorm(grads: ReadonlyMap<string, Value>): Value {
  const squares = [...grads.values()].map((grad) => m.sum(m.square(grad)))
  if (squares.length === 0) throw new OptionError('clip', 'there are no gradients; give at least one')
  return m.sqrt(squares.reduce((total, part) => m.add(total, part)))
}

function mapped(grads: ReadonlyMap<string, Value>, change: (grad: Value) => Value): Map<string, Value> {
  return new Map([...grads].map(([name, grad]) => [name, change(grad)]))
}

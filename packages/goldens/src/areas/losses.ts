import {
  castArray,
  graph,
  isFloating,
  tensor,
  type AdversarialLoss,
  type Loss,
  type Prediction,
  type Tensor,
} from 'volvox'
import type { Area, World } from '../area.ts'
import { tensorOf, type Golden } from '../golden.ts'
import { numbersOf } from '../numbers.ts'
import { evaluate } from '../program.ts'
import { componentOf, create, resolvedArgs, type Resolve } from '../values.ts'

/** Losses and their gradients with respect to the input, or to each level of it. */
export const losses: Area = {
  // Big sums were recorded in float32, and differ by its rounding from what is summed in another order or in float64.
  allowed: ({ tolerance }, _key, want) =>
    Math.max(tolerance, 2e-5 * Array.from(numbersOf(want)).reduce((largest, x) => Math.max(largest, Math.abs(x)), 0)),
  async run(golden, world) {
    const loss = lossOf(golden, world)
    const levels = Object.keys(golden.tensors).filter((key) => /^in\.input(\.\d+)?$/.test(key))
    const feeds: Record<string, Tensor> = {}
    const fed = (key: string): graph.Value => {
      const { dtype: recorded, shape, data } = tensorOf(golden, key)
      const dtype = isFloating(recorded) ? 'float32' : 'int32'
      feeds[key] = tensor(dtype, shape, castArray(data, recorded, dtype))
      return graph.input(key, { dtype, shape })
    }
    const inputs = levels.map(fed)
    const target = golden.tensors['in.target'] && fed('in.target')
    const mask = golden.tensors['in.mask'] && fed('in.mask')
    const value = judged(loss, golden, levels[0] === 'in.input' ? inputs[0] : inputs, target, mask)
    const seed = golden.tensors['in.grad_output'] && fed('in.grad_output')
    const grads = graph.gradients(value, inputs, seed)
    const named = grads.map((grad, i) => [levels[i].replace('in.input', 'out.grad'), grad] as const)
    return evaluate(world, { 'out.loss': value, ...Object.fromEntries(named) }, feeds)
  },
}

/** The loss; adversarial ones are told what the judgements are of instead of a target. */
function judged(
  loss: Loss | AdversarialLoss,
  { call }: Golden,
  input: Prediction,
  ...rest: (graph.Value | undefined)[]
) {
  if (!('target_is_real' in call)) return (loss as Loss).forward(input, ...rest)
  const value = (loss as AdversarialLoss).forward(input, call.target_is_real === true, call.for_discriminator === true)
  return 'node' in value ? value : value[0]
}

function lossOf(golden: Golden, world: World): Loss {
  const how: Resolve = {
    tensor: (key) => tensorOf(golden, key),
    create: (target, args) => create(componentOf(world.registry, target, 'monai.losses'), args),
    fn: (text) => text,
  }
  return create(componentOf(world.registry, golden.target, 'monai.losses'), resolvedArgs(golden.args, how)) as Loss
}

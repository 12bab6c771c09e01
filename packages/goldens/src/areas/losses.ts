import { graph, type DType, type Loss, type Tensor } from 'volvox'
import { NotImplemented, type Area, type World } from '../area.ts'
import { tensorOf, type Golden } from '../golden.ts'
import { numbersOf } from '../numbers.ts'
import { evaluate } from '../program.ts'
import { componentOf, create, resolvedArgs, type Resolve } from '../values.ts'

/** Losses and their gradients with respect to the input, or to each level of it. */
export const losses: Area = {
  async run(golden, world) {
    const loss = lossOf(golden, world)
    const levels = Object.keys(golden.tensors).filter((key) => /^in\.input(\.\d+)?$/.test(key))
    const feeds: Record<string, Tensor> = {}
    const fed = (key: string): graph.Value => {
      feeds[key] = floatsOf(tensorOf(golden, key))
      return graph.input(key, { dtype: 'float32', shape: feeds[key].shape })
    }
    const inputs = levels.map(fed)
    if (!golden.tensors['in.target']) throw new NotImplemented(`${golden.target} without a target`)
    const mask = golden.tensors['in.mask'] && fed('in.mask')
    const value = loss.forward(levels[0] === 'in.input' ? inputs[0] : inputs, fed('in.target'), mask)
    const seed = golden.tensors['in.grad_output'] && fed('in.grad_output')
    const grads = graph.gradients(value, inputs, seed)
    const named = grads.map((grad, i) => [levels[i].replace('in.input', 'out.grad'), grad] as const)
    return evaluate(world, { 'out.loss': value, ...Object.fromEntries(named) }, feeds)
  },
}

function lossOf(golden: Golden, world: World): Loss {
  const how: Resolve = {
    tensor: (key) => Array.from(numbersOf(tensorOf(golden, key))),
    create: (target, args) => create(componentOf(world.registry, target, 'monai.losses'), args),
    fn: (text) => text,
  }
  return create(componentOf(world.registry, golden.target, 'monai.losses'), resolvedArgs(golden.args, how)) as Loss
}

function floatsOf(tensor: Tensor): Tensor {
  const dtype: DType = 'float32'
  return { dtype, shape: tensor.shape, data: Float32Array.from(numbersOf(tensor)) }
}

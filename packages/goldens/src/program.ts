import { TorchGenerator, fillRandomInputs, graph, type Tensor } from 'volvox'
import type { World } from './area.ts'

/** Values of a graph, computed by the world's executor. */
export async function evaluate(
  { executor }: World,
  outputs: Readonly<Record<string, graph.Value>>,
  inputs: graph.Tensors,
  states: graph.Tensors = {},
): Promise<Record<string, Tensor>> {
  const program = graph.program('golden', outputs)
  const wanted = new Set(program.inputs.map(graph.nameOf))
  const known = new Set(program.states.map(graph.nameOf))
  const only = (tensors: graph.Tensors, names: ReadonlySet<string>) =>
    Object.fromEntries(Object.entries(tensors).filter(([name]) => names.has(name)))
  const session = await executor.open([program], only(states, known))
  try {
    // The networks were recorded right after torch.manual_seed(0).
    return await session.run('golden', { ...fillRandomInputs(program, new TorchGenerator(0)), ...only(inputs, wanted) })
  } finally {
    await session.dispose()
  }
}

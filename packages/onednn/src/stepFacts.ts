import { flopsOf, type Node, type TraceEvent } from 'volvox/graph'
import type { Chain } from './fuse.ts'
import type { Step } from './forms.ts'

/** What a profile says of a step, whatever it takes. */
export type ProfiledStep = Omit<TraceEvent, 'startMs' | 'ms'>

/** What the steps of a program are; `chains` holds the nodes that run as one by the last of them. */
export function profiledSteps(
  program: string,
  steps: readonly Step[],
  chains: ReadonlyMap<Node, Chain>,
): readonly ProfiledStep[] {
  const computing = new Map<Node, Step[]>()
  for (const step of steps) if (multiplies(step)) computing.set(step.node, [...(computing.get(step.node) ?? []), step])
  return steps.map((step): ProfiledStep => {
    const chain = chains.get(step.node) ?? [step.node]
    const { op, scope } = chain[0]
    const sharing = computing.get(step.node) ?? []
    const flops = sharing.includes(step) ? chain.reduce((sum, node) => sum + flopsOf(node), 0) / sharing.length : 0
    return { program, op, scope, kernel: kernelOf(step), isReorder: isReorder(step), flops, bytes: bytesOf(step) }
  })
}

/** Whether it is the step of its node that does the products: convolutions and matrix products take weights. */
function multiplies(step: Step): boolean {
  return step.kind === 'primitive' && step.args.some(([role]) => role === 'weights' || role === 'diffWeights')
}

function kernelOf(step: Step): string {
  return step.kind === 'primitive' ? step.primitive.implementation : 'javascript'
}

function isReorder(step: Step): boolean {
  return step.kind === 'primitive' && step.isReorder
}

/** Of all that is read and written, but for what a kernel keeps to itself. */
function bytesOf(step: Step): number {
  const forms =
    step.kind === 'primitive' ? step.args.filter(([role]) => role !== 'scratchpad').map(([, f]) => f) : step.forms
  return forms.reduce((sum, { layout }) => sum + layout.bytes, 0)
}

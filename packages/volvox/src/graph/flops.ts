import { sizeOf } from '../core/tensor.ts'
import { sorted, type Attrs, type Node, type Program, type Value } from './ir.ts'
import { isOpName, ops, type ConvWeightGradAttrs, type MatmulAttrs, type OpName } from './ops/index.ts'

/**
 * Floating-point operations of a node, a multiplication and an addition counting as two: of convolutions (all three
 * directions, taps in the padding included) and of matrix products, also of those that attention consists of. 0 for
 * everything else, which moves memory rather than compute.
 */
export function flopsOf({ op, inputs, outputs, attrs }: Node): number {
  // Attributes were checked by `infer` when the node was made.
  switch (op) {
    case 'conv':
      return 2 * sizeOf(outputs[0].shape) * perOutput(inputs[1].shape)
    case 'convInputGrad':
      return 2 * sizeOf(inputs[0].shape) * perOutput(inputs[1].shape)
    case 'convWeightGrad':
      return 2 * sizeOf(inputs[1].shape) * perOutput((attrs as unknown as ConvWeightGradAttrs).shape)
    case 'matmul': {
      const { transposeA } = attrs as unknown as MatmulAttrs
      return 2 * sizeOf(outputs[0].shape) * inputs[0].shape.at(transposeA ? -2 : -1)!
    }
    default:
      return isOpName(op) ? decomposedFlops(op, inputs, attrs) : 0
  }
}

function decomposedFlops(op: OpName, inputs: readonly Value[], attrs: Attrs): number {
  const outputs = ops[op].rules.decompose?.(inputs, attrs as never) ?? []
  const given = inputs.map((value) => value.node)
  return sorted(outputs, given).reduce((sum, node) => sum + flopsOf(node), 0)
}

/** Floating-point operations of one run of a program, as `flopsOf` counts them. */
export function programFlops({ nodes }: Program): number {
  return nodes.reduce((sum, node) => sum + flopsOf(node), 0)
}

/** Products that go into one output voxel of a convolution with the weight `[O, I/groups, ...k]`. */
function perOutput(weight: readonly number[]): number {
  return sizeOf(weight.slice(1))
}

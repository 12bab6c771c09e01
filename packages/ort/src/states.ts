import { GraphError, ShapeError, bytesOf, sameShape, sizeOf, type Tensor } from 'volvox/core'
import { nameOf, type Program, type Tensors, type TensorType } from 'volvox/graph'
import type { Tensor as OrtTensor } from 'onnxruntime-node'
import type { Runtime } from './runtime.ts'

interface State {
  readonly type: TensorType
  current: OrtTensor
}

/** The state tensors that the programs of a session share. */
export class States {
  private readonly runtime: Runtime
  private readonly byName = new Map<string, State>()

  constructor(runtime: Runtime, programs: readonly Program[], initial: Tensors) {
    this.runtime = runtime
    for (const program of programs) {
      for (const value of program.states) this.declare(nameOf(value), value, initial)
      for (const [name, value] of program.updates) this.declare(name, value, initial)
    }
  }

  current(name: string): OrtTensor {
    return this.known(name).current
  }

  /** Makes results of a run the current values; they are ours alone from then on. */
  advance(next: ReadonlyMap<string, OrtTensor>): void {
    for (const [name, tensor] of next) this.known(name).current = tensor
  }

  read(names: readonly string[] = [...this.byName.keys()]): Record<string, Tensor> {
    return Object.fromEntries(
      names.map((name) => {
        const { current, type } = this.known(name)
        const tensor = fromOrt(current, type)
        return [name, { ...tensor, data: tensor.data.slice() }]
      }),
    )
  }

  write(tensors: Tensors): void {
    const changes = Object.entries(tensors).map(
      ([name, tensor]) => [this.known(name), this.copyOf(name, this.known(name).type, tensor)] as const,
    )
    for (const [state, tensor] of changes) state.current = tensor
  }

  bytes(): number {
    let total = 0
    for (const { type } of this.byName.values()) total += sizeOf(type.shape) * bytesOf(type.dtype)
    return total
  }

  private declare(name: string, { dtype, shape }: TensorType, initial: Tensors): void {
    const known = this.byName.get(name)
    if (known && (known.type.dtype !== dtype || !sameShape(known.type.shape, shape)))
      throw new GraphError(
        `state "${name}"`,
        `is ${described(known.type)} in one place and ${described({ dtype, shape })} in another; they must agree`,
      )
    if (known) return
    const tensor = initial[name]
    if (!tensor) throw new GraphError(`state "${name}"`, `has no initial value; give ${described({ dtype, shape })}`)
    this.byName.set(name, { type: { dtype, shape }, current: this.copyOf(name, { dtype, shape }, tensor) })
  }

  private copyOf(name: string, type: TensorType, tensor: Tensor): OrtTensor {
    if (tensor.dtype !== type.dtype || !sameShape(tensor.shape, type.shape))
      throw new ShapeError(`state "${name}"`, `got ${described(tensor)}; it is ${described(type)}`)
    return toOrt(this.runtime, { ...tensor, data: tensor.data.slice() }, `state "${name}"`)
  }

  private known(name: string): State {
    const state = this.byName.get(name)
    if (!state)
      throw new GraphError(`state "${name}"`, `is not known; there is ${[...this.byName.keys()].join(', ') || 'none'}`)
    return state
  }
}

/** The tensor for ONNX Runtime, over the same memory. */
export function toOrt(runtime: Runtime, { dtype, shape, data }: Tensor, where: string): OrtTensor {
  if (dtype !== 'float32' && dtype !== 'float64' && dtype !== 'int32')
    throw new GraphError(where, `is ${dtype}; ONNX Runtime's JavaScript interface takes float32, float64 and int32`)
  return new runtime.Tensor(dtype, data as Float32Array, shape) // the constructor checks that data is of dtype
}

/** The tensor of ONNX Runtime as ours, over the same memory. */
export function fromOrt({ data }: OrtTensor, { dtype, shape }: TensorType): Tensor {
  if (Array.isArray(data)) throw new GraphError('ort', 'a result is text; a graph computes with numbers')
  return { dtype, shape, data: data as Float32Array } // dtype was written into the model
}

function described({ dtype, shape }: { readonly dtype: string; readonly shape: readonly number[] }): string {
  return `${dtype} [${shape.join(', ')}]`
}

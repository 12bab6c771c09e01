import { GraphError, ShapeError } from '../../core/errors.ts'
import { sameShape } from '../../core/tensor.ts'
import { at, type GraphDType, type TensorType } from '../ir.ts'

/** The attributes of an operation that has none. */
export type NoAttrs = Readonly<Record<string, never>>

/** `[2, 3]`: a shape as error sentences write it. */
export function shown(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`
}

/** Throws unless there are `least` to `most` inputs. */
export function takes(op: string, inputs: readonly TensorType[], least: number, most: number = least): void {
  if (inputs.length >= least && inputs.length <= most) return
  const right = most === Infinity ? `at least ${least}` : most > least ? `${least} to ${most}` : String(least)
  throw new GraphError(at(op), `got ${inputs.length} inputs; it takes ${right}`)
}

export function isFloatingType(dtype: GraphDType): boolean {
  return dtype !== 'int32'
}

/** Throws unless every type holds floating-point numbers. */
export function floating(op: string, types: readonly TensorType[]): void {
  const other = types.find((type) => !isFloatingType(type.dtype))
  if (other)
    throw new GraphError(
      at(op),
      `got ${other.dtype} numbers of shape ${shown(other.shape)}; cast them to a floating-point type first`,
    )
}

/** Throws unless all types share one element type, which is returned. */
export function commonDType(op: string, types: readonly TensorType[]): GraphDType {
  const [first, ...rest] = types
  const other = rest.find((type) => type.dtype !== first.dtype)
  if (other)
    throw new GraphError(at(op), `inputs are ${first.dtype} and ${other.dtype}; cast one to the type of the other`)
  return first.dtype
}

/** The NumPy broadcast of several shapes. */
export function broadcastShape(op: string, shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length))
  return Array.from({ length: rank }, (_, axis) => {
    let size = 1
    for (const shape of shapes) {
      const n = shape[axis - rank + shape.length] ?? 1
      if (n === 1 || n === size) continue
      if (size !== 1)
        throw new ShapeError(
          at(op),
          `shapes ${shapes.map(shown).join(' and ')} do not broadcast; each axis must be equal or 1`,
        )
      size = n
    }
    return size
  })
}

/** Throws unless `type` has exactly this shape. */
export function hasShape(op: string, what: string, type: TensorType, shape: readonly number[]): void {
  if (!sameShape(type.shape, shape))
    throw new ShapeError(at(op), `${what} has shape ${shown(type.shape)}; it must be ${shown(shape)}`)
}

/** Throws unless `axis` counts an axis of `rank` from the front. */
export function hasAxis(op: string, axis: number, rank: number): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= rank)
    throw new ShapeError(at(op), `axis ${axis} does not exist in ${rank} axes; use 0 to ${rank - 1}`)
}

/** Throws unless `values` are `count` whole numbers of at least `least`. */
export function wholeNumbers(op: string, name: string, values: readonly number[], count: number, least: number): void {
  if (values.length !== count) throw new GraphError(at(op), `${name} has ${values.length} values; it takes ${count}`)
  const wrong = values.find((n) => !Number.isInteger(n) || n < least)
  if (wrong !== undefined)
    throw new GraphError(at(op), `${name} ${shown(values)} contains ${wrong}; use whole numbers of at least ${least}`)
}

/** Throws unless the shape is `[N, C, ...spatial]` with at least `least` and at most 3 spatial axes; returns their number. */
export function spatialRank(op: string, shape: readonly number[], least = 1): number {
  const rank = shape.length - 2
  if (rank < least || rank > 3)
    throw new ShapeError(
      at(op),
      `input has shape ${shown(shape)}; it takes [N, C, ...] with ${least} to 3 spatial axes`,
    )
  return rank
}

/** How many places a window takes along each spatial axis, as convolutions and pooling count them. */
export function windowCounts(
  op: string,
  spatial: readonly number[],
  kernel: readonly number[],
  { strides, pads, dilations }: WindowAttrs,
): number[] {
  const rank = spatial.length
  wholeNumbers(op, 'strides', strides, rank, 1)
  wholeNumbers(op, 'pads', pads, 2 * rank, 0)
  wholeNumbers(op, 'dilations', dilations, rank, 1)
  return spatial.map((length, i) => {
    const padded = length + pads[i] + pads[i + rank]
    const reach = dilations[i] * (kernel[i] - 1) + 1
    if (reach > padded)
      throw new ShapeError(
        at(op),
        `the kernel spans ${reach} elements of spatial axis ${i}, the padded input has ${padded}; enlarge the input or pad more`,
      )
    return Math.floor((padded - reach) / strides[i]) + 1
  })
}

/** How a window moves over the spatial axes; `pads` lists all begins, then all ends. */
export interface WindowAttrs {
  readonly strides: readonly number[]
  readonly pads: readonly number[]
  readonly dilations: readonly number[]
}

/** A tensor as far as it is known before anything runs. */
export interface Known {
  /** ONNX's name of the element type, e.g. `float`. */
  readonly type: string
  readonly shape: readonly number[]
  /** The elements of small whole-number initializers, which say sizes and axes. */
  readonly values?: readonly number[]
}

export type Attribute = number | string | readonly number[]
export type Attributes = Readonly<Record<string, Attribute | undefined>>
type Shape = readonly number[]

/** Shapes of an operator's results; throws an Error where its inputs do not fit. Inputs that are not given are null. */
export type ShapeRule = (inputs: readonly (Known | null)[], attributes: Attributes) => readonly Shape[]

/** As the operators' documentation has it: https://onnx.ai/onnx/operators */
export const same: ShapeRule = ([x]) => [x!.shape]

export const broadcasting: ShapeRule = (inputs) => [inputs.map((x) => x!.shape).reduce(broadcast)]

/** All inputs but the first are spread over it. */
export const spread: ShapeRule = ([x, ...others]) => {
  for (const other of others)
    if (other) must(String(broadcast(x!.shape, other.shape)) === String(x!.shape), `[${other.shape}] does not spread`)
  return [x!.shape]
}

export const alongAxis: ShapeRule = ([x], { axis = -1 }) => {
  axisOf(axis as number, x!.shape.length)
  return [x!.shape]
}

export const clipping: ShapeRule = ([x, low, high]) => {
  for (const bound of [low, high]) must(!bound || bound.shape.length === 0, 'a bound is not a scalar')
  return [x!.shape]
}

export const reducing: ShapeRule = ([x, axes], { keepdims = 1 }) => {
  const { shape } = x!
  const gone = (axes ? valuesOf(axes) : shape.map((_, i) => i)).map((axis) => axisOf(axis, shape.length))
  return [shape.flatMap((n, i) => (!gone.includes(i) ? [n] : keepdims ? [1] : []))]
}

export const arg: ShapeRule = ([x], { axis = 0, keepdims = 1 }) => {
  const gone = axisOf(axis as number, x!.shape.length)
  return [x!.shape.flatMap((n, i) => (i !== gone ? [n] : keepdims ? [1] : []))]
}

export const convolution: ShapeRule = ([x, w, bias], attributes) => {
  const { group = 1, kernel_shape = w!.shape.slice(2) } = attributes
  const [batch, channels, ...spatial] = x!.shape
  const [outputs, perGroup, ...kernel] = w!.shape
  must(String(kernel_shape) === String(kernel), `kernel_shape [${String(kernel_shape)}] is not that of the weight`)
  must(channels === perGroup * Number(group), `${channels} channels, weight [${w!.shape}] in ${String(group)} groups`)
  must(outputs % Number(group) === 0, `${outputs} outputs in ${String(group)} groups`)
  must(!bias || String(bias.shape) === String([outputs]), 'the bias is not one number for each output')
  return [[batch, outputs, ...windows(spatial, kernel, attributes)]]
}

export const pooling: ShapeRule = ([x], attributes) => {
  const [batch, channels, ...spatial] = x!.shape
  const shape = [batch, channels, ...windows(spatial, attributes.kernel_shape as Shape, attributes)]
  return [shape, shape]
}

export const normalisation: ShapeRule = ([x, ...perChannel]) => {
  for (const one of perChannel) must(String(one!.shape) === String([x!.shape[1]]), 'a parameter is not one per channel')
  return [x!.shape]
}

export const resizing: ShapeRule = ([x, , scales, sizes]) => {
  must((scales === null) !== (sizes === null), 'takes scales or sizes')
  const shape = valuesOf(sizes)
  must(shape.length === x!.shape.length, 'has not one size for each axis')
  return [shape]
}

export const product: ShapeRule = ([a, b]) => {
  const [left, right] = [a!.shape, b!.shape]
  must(left.length >= 2 && right.length >= 2, 'takes matrices')
  must(left.at(-1) === right.at(-2), `[${left}] and [${right}] do not meet`)
  return [[...broadcast(left.slice(0, -2), right.slice(0, -2)), left.at(-2)!, right.at(-1)!]]
}

export const joining: ShapeRule = (inputs, { axis }) => {
  const [first, ...others] = inputs.map((x) => x!.shape)
  const at = axisOf(axis as number, first.length)
  for (const other of others)
    must(String(other.toSpliced(at, 1, first[at])) === String(first), `[${other}] does not join [${first}]`)
  return [
    first.toSpliced(
      at,
      1,
      [first, ...others].reduce((sum, shape) => sum + shape[at], 0),
    ),
  ]
}

export const slicing: ShapeRule = ([x, starts, ends, axes, steps]) => {
  const shape = [...x!.shape]
  const [from, to] = [valuesOf(starts), valuesOf(ends)]
  const along = axes ? valuesOf(axes) : from.map((_, i) => i)
  must(from.length === to.length && from.length === along.length, 'has not one start and end for each axis')
  along.forEach((axis, i) => {
    const at = axisOf(axis, shape.length)
    const step = steps ? valuesOf(steps)[i] : 1
    const [low, high] = step > 0 ? [0, shape[at]] : [-1, shape[at] - 1]
    const place = (n: number, least: number) => Math.min(high, Math.max(least, n < 0 ? n + shape[at] : n))
    shape[at] = Math.max(0, Math.ceil((place(to[i], low) - place(from[i], Math.max(0, low))) / step))
  })
  return [shape]
}

export const padding: ShapeRule = ([x, pads]) => {
  const around = valuesOf(pads)
  const rank = x!.shape.length
  must(around.length === 2 * rank, 'has not two pads for each axis')
  return [x!.shape.map((n, i) => n + around[i] + around[i + rank])]
}

export const permuting: ShapeRule = ([x], { perm }) => {
  const order = (perm as Shape | undefined) ?? x!.shape.map((_, i) => i).toReversed()
  must(String([...order].sort((a, b) => a - b)) === String(x!.shape.map((_, i) => i)), `perm [${order}]`)
  return [order.map((axis) => x!.shape[axis])]
}

export const reshaping: ShapeRule = ([x, target], { allowzero = 0 }) => {
  const sizes = valuesOf(target).map((n, i) => (n === 0 && !allowzero ? x!.shape[i] : n))
  const known = sizes.filter((n) => n !== -1).reduce(times, 1)
  const count = x!.shape.reduce(times, 1)
  const shape = sizes.map((n) => (n === -1 ? count / known : n))
  must(shape.reduce(times, 1) === count, `[${x!.shape}] cannot become [${sizes}]`)
  return [shape]
}

export const expanding: ShapeRule = ([x, target]) => [broadcast(x!.shape, valuesOf(target))]

export const sampling: ShapeRule = ([x, grid]) => {
  const [samples, channels, ...spatial] = x!.shape
  must(grid!.shape[0] === samples, 'has not one grid for each image')
  must(grid!.shape.at(-1) === spatial.length && grid!.shape.length === x!.shape.length, 'has places of other axes')
  return [[samples, channels, ...grid!.shape.slice(1, -1)]]
}

export const gathering: ShapeRule = ([x, indices], { axis = 0 }) => {
  const at = axisOf(axis as number, x!.shape.length)
  return [x!.shape.toSpliced(at, 1, ...indices!.shape)]
}

export const scattering: ShapeRule = ([x, indices, updates], { axis = 0 }) => {
  axisOf(axis as number, x!.shape.length)
  must(String(indices!.shape) === String(updates!.shape), 'has not one index for each update')
  must(indices!.shape.length === x!.shape.length, 'has indices of another rank')
  return [x!.shape]
}

function windows(spatial: Shape, kernel: Shape, attributes: Attributes): number[] {
  const ones = spatial.map(() => 1)
  const { strides = ones, dilations = ones, pads = [...spatial, ...spatial].map(() => 0) } = attributes
  const [step, gap, around] = [strides as Shape, dilations as Shape, pads as Shape]
  const ranks = [kernel.length, step.length, gap.length, around.length / 2]
  must(
    ranks.every((rank) => rank === spatial.length),
    'has attributes for another number of axes',
  )
  must(
    around.every((n) => n >= 0),
    `pads [${around}]`,
  )
  return spatial.map((n, i) => {
    const places = Math.floor((n + around[i] + around[i + spatial.length] - gap[i] * (kernel[i] - 1) - 1) / step[i]) + 1
    must(places >= 0, 'has a kernel larger than its padded input')
    return places
  })
}

function broadcast(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const [m, n] = [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1]
    must(m === n || m === 1 || n === 1, `[${a}] and [${b}] do not broadcast`)
    return m === 1 ? n : m
  })
}

function axisOf(axis: number, rank: number): number {
  must(axis >= -rank && axis < rank, `has no axis ${axis}`)
  return axis < 0 ? axis + rank : axis
}

function valuesOf(known: Known | null | undefined): readonly number[] {
  must(known?.values !== undefined, 'takes sizes that are not constant')
  return known!.values!
}

function times(a: number, b: number): number {
  return a * b
}

function must(holds: boolean, problem: string): void {
  if (!holds) throw new Error(problem)
}

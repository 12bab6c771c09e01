import { MissingError, ShapeError, sizeOf, type Tensor } from 'volvox/core'
import { nameOf, type Program, type Tensors } from 'volvox/graph'

const PORTION = 1 << 25 // bytes

/** The values of a session's states, one after the other; throws where one has none. */
export function initialStates(programs: readonly Program[], initial: Tensors): Record<string, Tensor> {
  const names = new Set(programs.flatMap(({ states }) => states.map(nameOf)))
  for (const name of names) {
    if (!initial[name])
      throw new MissingError('onednn', `state "${name}" has no initial value; give one for every state`)
    const { shape, data } = initial[name]
    if (data.length !== sizeOf(shape))
      throw new ShapeError(
        'onednn',
        `state "${name}" has ${data.length} initial values; its shape [${shape.join(', ')}] takes ${sizeOf(shape)}`,
      )
  }
  return Object.fromEntries([...names].map((name) => [name, initial[name]]))
}

/**
 * The same tensors a few at a time, so that what moves to another thread is not there twice as a whole. Each has its
 * memory for itself: what shares it with others is copied.
 */
export function* inPortions(tensors: Tensors): Generator<Tensors> {
  const sharers = new Map<ArrayBufferLike, number>()
  for (const { data } of Object.values(tensors)) sharers.set(data.buffer, (sharers.get(data.buffer) ?? 0) + 1)
  let portion: Record<string, Tensor> = {}
  let bytes = 0
  for (const [name, tensor] of Object.entries(tensors)) {
    const { data } = tensor
    if (bytes > 0 && bytes + data.byteLength > PORTION) {
      yield portion
      portion = {}
      bytes = 0
    }
    const alone = sharers.get(data.buffer) === 1 && data.byteLength === data.buffer.byteLength
    portion[name] = alone ? tensor : { ...tensor, data: data.slice() }
    bytes += data.byteLength
  }
  yield portion
}

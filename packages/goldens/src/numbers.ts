import { tensor, type Tensor } from 'volvox'

/** The elements as numbers; 64-bit integers lose digits beyond 2^53. */
export function numbersOf({ data }: Tensor): ArrayLike<number> {
  return data instanceof BigInt64Array || data instanceof BigUint64Array ? Float64Array.from(data, Number) : data
}

/** A float64 tensor from numbers, of rank 1 unless a shape is given. */
export function doubles(values: ArrayLike<number>, shape: readonly number[] = [values.length]): Tensor {
  return tensor('float64', shape, Float64Array.from(values))
}

import { sizeOf } from 'volvox'

/** A convolution of one of the networks, of cubes with half padding. */
export interface Convolution {
  readonly name: string
  /** Shapes of input, weight and output. */
  readonly x: readonly number[]
  readonly w: readonly number[]
  readonly y: readonly number[]
  readonly stride: number
  readonly pad: number
}

export const directions = ['forward', 'backwardData', 'backwardWeights'] as const
export type Direction = (typeof directions)[number]

export const convolutions: readonly Convolution[] = [
  convolution(2, 1, 16, 96, 3, 2), // the first of the UNet: nobody asks for the gradient of the image
  convolution(1, 1, 16, 96),
  convolution(1, 16, 16, 96),
  convolution(2, 16, 16, 48),
  convolution(1, 32, 32, 64),
  convolution(2, 16, 32, 48, 3, 2),
  convolution(2, 32, 32, 24),
  convolution(2, 64, 128, 12, 3, 2),
  convolution(1, 128, 128, 12),
  convolution(2, 256, 256, 6),
  convolution(2, 128, 256, 6, 1),
  convolution(1, 320, 320, 4),
]

function convolution(items: number, from: number, to: number, edge: number, kernel = 3, stride = 1): Convolution {
  const pad = (kernel - 1) / 2
  const cube = (n: number) => [n, n, n]
  return {
    name: `${from}-${to}-k${kernel}${stride > 1 ? `-s${stride}` : ''}-${items}x${edge}`,
    x: [items, from, ...cube(edge)],
    w: [to, from, ...cube(kernel)],
    y: [items, to, ...cube(Math.floor((edge + 2 * pad - kernel) / stride) + 1)],
    stride,
    pad,
  }
}

/** Directions that a network needs: an image has no gradient. */
export function directionsOf({ x }: Convolution): readonly Direction[] {
  return x[1] === 1 ? directions.filter((direction) => direction !== 'backwardData') : directions
}

/** Floating-point operations, alike in all three directions. */
export function flopsOfConvolution({ w, y }: Convolution): number {
  return 2 * sizeOf(y) * sizeOf(w.slice(1))
}

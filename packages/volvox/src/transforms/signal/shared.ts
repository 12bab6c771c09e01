import { ShapeError } from '../../core/errors.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import { Kind, type Schema, type Values } from '../../core/options.ts'
import { roundEven } from '../../core/convert.ts'
import { z } from 'zod'
import { voxels, type TransformFactory } from '../define.ts'
import { random, type RandomSource } from '../random.ts'
import { floatCopy } from '../shared.ts'

/** Least and largest value of what is drawn. */
export const bounds: Kind<readonly [number, number]> = new Kind('two numbers, the smaller one first', () =>
  z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low <= high)
    .readonly(),
)

/** Samples of a signal [channels, samples]. */
export function lengthOf(name: string, img: Image): number {
  if (img.shape.length !== 2)
    throw new ShapeError(name, `the signal has the shape [${img.shape.join(', ')}]; give [channels, samples]`)
  return img.shape[1]
}

/** The signal with `block` in place of its samples from `start` on; as in MONAI a single channel loses its axis. */
export function pasted(img: Image, block: ArrayLike<number>, start: number): Image {
  const [channels, length] = img.shape
  const data = img.data.slice()
  const count = Math.min(block.length, length - start)
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < count; i++) {
      const at = c * length + start + i
      data[at] = (typeof data[at] === 'bigint' ? BigInt(Math.trunc(block[i])) : block[i]) as never // as its elements are
    }
  return withVoxels(img, { data, shape: channels === 1 ? [length] : img.shape })
}

/** The signal in float32 with a wave added to every channel. */
export function withWave(img: Image, wave: ArrayLike<number>): Image {
  const length = img.shape[1]
  const data = floatCopy(img)
  for (let i = 0; i < data.length; i++) data[i] += Math.fround(wave[i % length])
  return withVoxels(img, { dtype: 'float32', data })
}

/** 1 in the first half of each period of 2π, else -1. */
export function squarePulse(phase: number): number {
  return phase - 2 * Math.PI * Math.floor(phase / (2 * Math.PI)) < Math.PI ? 1 : -1
}

/** `count` values of a function of the sample's number. */
export function wave(count: number, valueAt: (i: number) => number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => valueAt(i))
}

/** How many samples a part of a signal has, as Python rounds. */
export const samplesIn = (part: number, length: number): number => Math.max(0, roundEven(part * length))

/**
 * A transform that is always applied, with numbers that are drawn; MONAI's draw once more, for whether. `change` is the
 * plain transform of what was drawn.
 */
export function drawnSignal<S extends Schema, B extends Schema>(spec: {
  readonly name: string
  readonly options: S
  readonly drawn: B
  draw(source: RandomSource, options: Values<S>, length: number): Values<B>
  change(img: Image, drawn: Values<B>): Image
}) {
  const { name, options, drawn, draw, change } = spec
  const base: TransformFactory<B> = voxels({ name, options: drawn, apply: change })
  return random<S, B>(base, {
    name,
    options,
    draw(source, given, { image }) {
      const length = lengthOf(name, image)
      source.rand()
      return draw(source, given, length) as never // values of B are what may be given for B
    },
  })
}

import type { Image } from '../core/image.ts'
import type { Given, Schema, Values } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { checkImage, naming } from './checks.ts'
import { settle, type Inputs } from './define.ts'
import { calculation } from './calculation.ts'

/** Makes functions that find something out about an image and give that instead of an image. */
export type ReadingFactory<S extends Schema, R> = Component & {
  (options?: Given<S>): (img: Image, inputs?: Inputs) => R
  readonly schema: S
  /** What it finds, from parsed options; the dictionary form stores it in the sample. */
  readonly read: (img: Image, options: Values<S>, inputs: Inputs) => R
}

/** The plain form of a transform whose result is no image: boxes, index lists, peaks. */
export function reading<S extends Schema, R>(spec: {
  readonly name: string
  readonly options: S
  read(img: Image, options: Values<S>, inputs: Inputs): R
}): ReadingFactory<S, R> {
  const { name, options, read } = spec
  const make = calculation({
    name,
    options,
    apply(given, img: Image, inputs: Inputs = {}): R {
      checkImage(name, img)
      return naming(name, () => read(settle(img), given, inputs))
    },
  })
  return Object.assign(make, { read })
}

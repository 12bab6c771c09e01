import { isList } from '../core/lists.ts'
import { gridOf, type Image } from '../core/image.ts'
import { parseOptions, type Given, type Schema, type Values } from '../core/options.ts'
import type { Grid } from '../core/plan.ts'
import type { Component } from '../core/registry.ts'
import { keepingInKernels } from '../kernels/index.ts'
import { RandomState, TorchGenerator } from '../rng/index.ts'
import { checkImage, naming } from './checks.ts'
import {
  invertLast,
  recorded,
  readable,
  type Definition,
  type How,
  type ImageTransform,
  type Inputs,
  type TransformFactory,
} from './define.ts'

/**
 * The random numbers of one transform: NumPy's RandomState, and twins. Some of MONAI's transforms hold others inside
 * (RandAffine its RandAffineGrid) which are seeded with the same number and then draw on their own; each is a twin.
 */
export class RandomSource extends RandomState {
  private currentSeed: number
  private readonly twins = new Map<string, RandomSource>()
  private torchDraws: TorchGenerator | null = null

  /** Starts anywhere unless seeded, as MONAI's transforms do. */
  constructor(seed: number = Math.floor(Math.random() * 2 ** 32)) {
    super(seed)
    this.currentSeed = seed
  }

  reseed(seed: number): void {
    this.setState(new RandomState(seed).getState())
    this.currentSeed = seed
    this.torchDraws = null
    for (const twin of this.twins.values()) twin.reseed(seed)
  }

  /**
   * torch's generator of the same seed. Where MONAI draws from torch's or NumPy's generator of the whole process, which no
   * transform seeds, transforms here have twins called `torch` and `numpy`, so that one seed repeats everything.
   */
  get torch(): TorchGenerator {
    return (this.torchDraws ??= new TorchGenerator(this.currentSeed))
  }

  /** The generator of the transform called `name` inside this one: same seed, its own draws. */
  twin(name: string): RandomSource {
    let twin = this.twins.get(name)
    if (!twin) this.twins.set(name, (twin = new RandomSource(this.currentSeed)))
    return twin
  }
}

/** A `setRandomState` of MONAI's: restarts `source`, and gives what it belongs to. */
export function reseeding<T>(source: RandomSource, self: () => T): (seed: number) => T {
  return (seed) => {
    source.reseed(seed)
    return self()
  }
}

/** What a draw may look at. Only `image` of a transform that `readsVoxels` has settled voxels. */
export interface DrawContext {
  readonly image: Image
  readonly grid: Grid
  readonly inputs: Inputs
}

/** Options of the plain transform, null for "not this time", or several for a transform that gives several samples. */
export type Drawn<B extends Schema> = Given<B> | null | readonly Given<B>[]

export interface RandomDefinition<S extends Schema = Schema, B extends Schema = Schema> extends Definition<S> {
  readonly base: Definition<B>
  /**
   * MONAI's dictionary form has its own generator for "whether" and seeds the plain form's alike for "how": once for all
   * images of a sample, or for `each` by itself.
   */
  readonly gated: boolean | 'each'
  draw(source: RandomSource, options: Values<S>, context: DrawContext): Drawn<B>
  /** What is drawn for each image of a sample by itself, after `draw` was done once for all of them. */
  drawEach?(source: RandomSource, drawn: Given<B>, options: Values<S>, context: DrawContext): Given<B>
  /**
   * How the dictionary form draws for a sample of so many images, where MONAI's does not draw once as its plain form
   * does. It takes the place of `draw` and `gated`.
   */
  drawSample?(source: RandomSource, options: Values<S>, context: DrawContext, images: number): Drawn<B>
  applyDrawn(img: Image, options: Values<S>, drawn: Drawn<B>, how: How, inputs: Inputs): Image | readonly Image[]
}

/** A transform with random numbers of its own. */
export interface RandomTransform<R = Image> extends ImageTransform<R> {
  readonly source: RandomSource
  /** Restarts the random numbers as MONAI's `set_random_state(seed)` does. */
  setRandomState(seed: number): RandomTransform<R>
}

export interface RandomFactory<S extends Schema = Schema, B extends Schema = Schema, R = Image> extends Component {
  (options?: Given<S>): RandomTransform<R>
  readonly schema: S
  readonly definition: RandomDefinition<S, B>
}

/**
 * The random form of a plain transform: `draw` gives the plain options, in MONAI's order of draws, and everything else
 * is the plain transform's. History keeps the drawn options, so repeating or inverting needs no random numbers.
 */
export function random<S extends Schema, B extends Schema, R = Image>(
  base: TransformFactory<B, Image>,
  spec: {
    readonly name?: string
    readonly options: S
    readonly inputs?: Definition['inputs']
    readonly gated?: boolean | 'each'
    readonly readsVoxels?: boolean
    draw(source: RandomSource, options: Values<S>, context: DrawContext): Drawn<B>
    drawEach?(source: RandomSource, drawn: Given<B>, options: Values<S>, context: DrawContext): Given<B>
    drawSample?(source: RandomSource, options: Values<S>, context: DrawContext, images: number): Drawn<B>
    /** What happens when nothing was drawn, where that is not "the image as it is". */
    otherwise?(img: Image, options: Values<S>, how: How): Image
    /** Finishes each result, e.g. with the number of the sample. */
    after?(img: Image, options: Values<S>, index: number): Image
  },
): RandomFactory<S, B, R> {
  const name = spec.name ?? `Rand${base.definition.name}`
  const one = (img: Image, given: Given<B>, how: How, inputs: Inputs): Image => {
    const parsed = parseOptions(name, base.definition.schema, given)
    const steps = img.history.length
    const done = base.definition.apply(img, parsed, how, inputs) as Image // base is a factory of single images
    const records = done.history.slice(steps).map((record) => ({ ...record, name }))
    return { ...done, history: [...img.history, ...records] }
  }
  const applyDrawn = (
    img: Image,
    options: Values<S>,
    drawn: Drawn<B>,
    how: How,
    inputs: Inputs,
  ): Image | readonly Image[] => {
    if (drawn === null) {
      const same = spec.otherwise ? spec.otherwise(img, options, how) : img
      return base.definition.invert && same === img ? recorded(img, { name, options: null, before: gridOf(img) }) : same
    }
    const finish = spec.after ?? ((result: Image) => result)
    if (isList(drawn)) return drawn.map((given, index) => finish(one(img, given, how, inputs), options, index))
    return finish(one(img, drawn, how, inputs), options, 0)
  }
  const definition: RandomDefinition<S, B> = {
    name,
    schema: spec.options,
    inputs: spec.inputs ?? base.definition.inputs,
    lazy: base.definition.lazy,
    readsVoxels: spec.readsVoxels ?? base.definition.readsVoxels,
    handsOver: base.definition.handsOver ?? false,
    base: base.definition,
    gated: spec.gated ?? false,
    draw: spec.draw,
    ...(spec.drawEach && { drawEach: spec.drawEach }),
    ...(spec.drawSample && { drawSample: spec.drawSample }),
    applyDrawn,
    apply: () => {
      throw new Error(`${name} is applied through its random source`)
    },
    ...(base.definition.invert && { invert: base.definition.invert }),
  }
  return Object.assign((given?: Given<S>) => randomTransform<S, B, R>(definition, given), {
    componentName: name,
    schema: spec.options,
    definition,
  })
}

function randomTransform<S extends Schema, B extends Schema, R>(
  definition: RandomDefinition<S, B>,
  given?: Given<S>,
): RandomTransform<R> {
  const options = parseOptions(definition.name, definition.schema, given ?? {})
  const source = new RandomSource()
  const drawAndApply = (img: Image, how: How, inputs: Inputs): R => {
    const seen = readable(img, definition, how)
    const context = { image: seen, grid: gridOf(seen), inputs }
    const drawn = completed(definition, source, definition.draw(source, options, context), options, context)
    return definition.applyDrawn(seen, options, drawn, how, inputs) as R
  }
  const run = (img: Image, how: How, inputs: Inputs): R => {
    checkImage(definition.name, img)
    return keepingInKernels(() => naming(definition.name, () => drawAndApply(img, how, inputs)))
  }
  const transform: RandomTransform<R> = Object.assign(
    (img: Image, inputs: Inputs = {}) => run(img, { lazy: options.lazy === true }, inputs),
    {
      kind: 'image' as const,
      transformName: definition.name,
      definition: definition as unknown as Definition,
      options,
      source,
      run,
      inverse: (img: Image, how: Partial<How> = {}) =>
        invertLast(definition as unknown as Definition, definition.name, img, { lazy: false, ...how }),
      setRandomState: reseeding(source, () => transform),
    },
  )
  return transform
}

/** What was drawn for all images, with what is drawn for this one. */
export function completed<S extends Schema, B extends Schema>(
  { drawEach }: RandomDefinition<S, B>,
  source: RandomSource,
  drawn: Drawn<B>,
  options: Values<S>,
  context: DrawContext,
): Drawn<B> {
  if (!drawEach || drawn === null) return drawn
  return isList(drawn)
    ? drawn.map((one) => drawEach(source, one, options, context))
    : drawEach(source, drawn, options, context)
}

/** Whether a transform, plain or dictionary or composed, draws random numbers. */
export function isRandom(value: unknown): value is { setRandomState(seed: number): unknown } {
  return typeof value === 'function' && 'setRandomState' in value && typeof value.setRandomState === 'function'
}

import { OptionError } from '../core/errors.ts'
import { gridOf, type HistoryRecord, type Image } from '../core/image.ts'
import { bool, parseOptions, type Given, type Option, type Schema, type Values } from '../core/options.ts'
import type { AffinePlan, Grid, Plan } from '../core/plan.ts'
import type { Component } from '../core/registry.ts'
import { withFields } from '../core/stored.ts'
import { checkImage, naming } from './checks.ts'
import type { LazySampling } from './overrides.ts'
import { invertPlan, withNearest } from './plan.ts'
import { moveLater, runPending, runPlan, settleMove } from './resample.ts'

/** How a transform is being applied, beyond its options. */
export interface How {
  /** Plan only, and leave the voxels to a later resampling. */
  readonly lazy: boolean
  /** A move of whole voxels may wait for the next transform (`Image.waiting`). */
  readonly mayWait?: boolean
  /** Replaces parts of the sampling of pending plans when they are carried out. */
  readonly overrides?: LazySampling
  /** Called `nearest_interp` by MONAI's Invertd: resample with nearest, for label maps. */
  readonly nearest?: boolean
}

/** Extra images or values that a transform reads beside its image, e.g. the label that a crop is centred on. */
export type Inputs = Readonly<Record<string, unknown>>

/** The one definition of a transform, from which every form of it is derived. */
export interface Definition<S extends Schema = Schema> {
  readonly name: string
  readonly schema: S
  /**
   * Extra inputs by name, with whether they must be given. Call arguments in the plain form, `labelKey`-like options
   * in the dictionary form.
   */
  readonly inputs: Readonly<Record<string, 'required' | 'optional'>>
  /** Whether MONAI can defer it: it only plans. */
  readonly lazy: boolean
  /** Whether it must see settled voxels even when it only plans (MONAI `requires_current_data`). */
  readonly readsVoxels: boolean
  /**
   * Whether it reads an image for its result only, and keeps neither: then what the step before made may be overwritten, see
   * handover.ts.
   */
  readonly handsOver?: boolean
  /** What the transform does. */
  apply(img: Image, options: Values<S>, how: How, inputs: Inputs): Image | readonly Image[]
  /** Undoes one record of this transform; absent where there is nothing to undo or no way to. */
  invert?(img: Image, record: HistoryRecord, how: How): Image
}

/** A transform of one image, ready to be called: `Flip({ spatialAxis: [0] })(image)`. */
export interface ImageTransform<R = Image> {
  (img: Image, inputs?: Inputs): R
  readonly kind: 'image'
  readonly transformName: string
  readonly definition: Definition
  readonly options: Readonly<Record<string, unknown>>
  run(img: Image, how: How, inputs: Inputs): R
  /** Brings an image of this transform's output lattice back to the input lattice. */
  inverse(img: Image, how?: Partial<How>): Image
}

/** Makes transforms from options, and carries the definition that the other forms derive from. */
export interface TransformFactory<S extends Schema = Schema, R = Image> extends Component {
  (options?: Given<S>): ImageTransform<R>
  readonly schema: S
  readonly definition: Definition<S>
}

const eager: How = { lazy: false }

/** The plain form of a definition. `R` is what it returns: one image, or several for sampling crops. */
export function plain<S extends Schema, R = Image>(definition: Definition<S>): TransformFactory<S, R> {
  const make = (given?: Given<S>): ImageTransform<R> => {
    const options = parseOptions(definition.name, definition.schema, given ?? {})
    const run = (img: Image, how: How, inputs: Inputs) => {
      checkImage(definition.name, img)
      return naming(definition.name, () => definition.apply(readable(img, definition, how), options, how, inputs) as R)
    }
    return Object.assign((img: Image, inputs: Inputs = {}) => run(img, { lazy: options.lazy === true }, inputs), {
      kind: 'image' as const,
      transformName: definition.name,
      definition: definition as unknown as Definition,
      options,
      run,
      inverse: (img: Image, how: Partial<How> = {}) =>
        invertLast(definition as unknown as Definition, definition.name, img, { ...eager, ...how }),
    })
  }
  return Object.assign(make, { componentName: definition.name, schema: definition.schema, definition })
}

/** Settles pending plans before a transform that looks at voxels. */
export function readable(img: Image, definition: Pick<Definition, 'lazy' | 'readsVoxels'>, how: How): Image {
  const onlyPlans = definition.lazy && !definition.readsVoxels
  return onlyPlans && (how.lazy || !img.pending?.length) ? img : settle(img, how.overrides)
}

/** Carries out the plans that are left to an image; joined pending plans are resampled once. */
export function settle(img: Image, overrides?: LazySampling): Image {
  if (!img.waiting && !img.pending?.length) return img
  const { pending, ...rest } = img
  const moved = settleMove(rest)
  return pending?.length ? runPending(moved, pending, overrides) : moved
}

/** Undoes the newest record of `img`, which must be of the transform called `name`. */
export function invertLast(definition: Definition, name: string, img: Image, how: How): Image {
  const record = img.history.at(-1)
  if (!definition.invert) return img
  if (record?.name !== name)
    throw new OptionError(
      `${name}.inverse`,
      `the newest transform of this image is ${record?.name ?? 'none'}; invert transforms in reverse order`,
    )
  const rest: Image = { ...img, history: img.history.slice(0, -1) }
  return record.options === null ? rest : definition.invert(rest, record, how)
}

/** Adds a record of what was done. */
export function recorded(img: Image, record: HistoryRecord): Image {
  return withFields(img, { history: [...img.history, record] })
}

const lazyOption = { lazy: bool.opt('Only plan; a later resampling carries out all plans at once.', false) }

/** The options of a spatial transform: its own and `lazy`. */
export type Spatial<S extends Schema> = S & { readonly lazy: Option<boolean> }

/**
 * A transform that moves voxels. It only plans: given the input lattice, the output lattice and which input position
 * each output voxel takes its value from. One resampler runs plans, lazy pipelines join them, inversion runs the
 * inverse plan. `plan` gives null where there is nothing to do.
 */
export function spatial<S extends Schema>(spec: {
  readonly name: string
  readonly options: S
  readonly inputs?: Definition['inputs']
  readonly readsVoxels?: boolean
  readonly handsOver?: boolean
  plan(grid: Grid, options: Values<S>, img: Image, inputs: Inputs): Plan | null
  /** The way back of an affine plan from the present lattice, where it is not just the inverse matrix. */
  invertAffine?(plan: AffinePlan, record: HistoryRecord, now: Grid): AffinePlan
}): TransformFactory<Spatial<S>> {
  const schema: Spatial<S> = { ...spec.options, ...lazyOption }
  return plain({
    name: spec.name,
    schema,
    inputs: spec.inputs ?? {},
    lazy: true,
    readsVoxels: spec.readsVoxels ?? false,
    handsOver: spec.handsOver ?? false,
    apply(img, options, how, inputs) {
      const before = gridOf(img)
      const plan = spec.plan(before, options as Values<S>, img, inputs)
      return applyPlan(img, { name: spec.name, options: plainData(options), before, ...(plan && { plan }) }, how)
    },
    invert(img, record, how) {
      const { plan, before } = record
      if (!plan) return img
      const back =
        plan.kind === 'affine' && spec.invertAffine
          ? spec.invertAffine(plan, record, gridOf(img))
          : invertPlan(plan, before)
      const restored = runPlan(img, how.nearest ? withNearest(back) : back)
      // Rounding errors of the way back are MONAI's, and decide ties on the way; with everything undone they go.
      return img.history.length === 0 ? { ...restored, affine: before.affine } : restored
    },
  })
}

/** Options without functions, which a record could not keep through JSON; the plan says what they did. */
function plainData(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => typeof value !== 'function'))
}

/** Runs the plan of `record` on `img`, or leaves it pending and says so in the record, and adds the record. */
export function applyPlan(img: Image, record: HistoryRecord, how: How): Image {
  if (!record.plan) return recorded(img, record)
  if (!how.lazy) return recorded(how.mayWait ? moveLater(img, record.plan) : runPlan(img, record.plan), record)
  const waiting = { ...img, pending: [...(img.pending ?? []), record.plan] }
  return recorded(waiting, { ...record, extra: { ...record.extra, lazy: true } })
}

/** A transform that computes new values (or channels) and leaves every voxel in its place. */
export function voxels<S extends Schema>(spec: {
  readonly name: string
  readonly options: S
  readonly inputs?: Definition['inputs']
  readonly handsOver?: boolean
  apply(img: Image, options: Values<S>, inputs: Inputs): Image
}): TransformFactory<S> {
  return plain({
    name: spec.name,
    schema: spec.options,
    inputs: spec.inputs ?? {},
    lazy: false,
    readsVoxels: true,
    handsOver: spec.handsOver ?? false,
    apply: (img, options, _how, inputs) => spec.apply(img, options, inputs),
  })
}

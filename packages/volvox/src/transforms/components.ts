import { isRecord } from '../core/json.ts'
import { anything } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { boxComponents } from './boxes/components.ts'
import { Compose } from './compose.ts'
import { OneOf, RandomOrder, SomeOf } from './composeSome.ts'
import * as croppad from './croppad/index.ts'
import type { TransformFolder } from './folders.ts'
import * as intensity from './intensity/index.ts'
import * as io from './io/index.ts'
import * as post from './post/index.ts'
import * as profiling from './profiling.ts'
import * as regularization from './regularization/index.ts'
import * as signal from './signal/index.ts'
import * as smoothField from './smoothField/index.ts'
import * as spatial from './spatial/index.ts'
import * as utility from './utility/index.ts'

const device = anything.opt('Kept for configs of MONAI; where arrays live is up to the executor.', null)

/** These components, taking the `device` of their namesakes in MONAI, which says where torch computes, without effect. */
function withDevice(components: Readonly<Record<string, Component>>): Record<string, Component> {
  return Object.fromEntries(
    Object.entries(components).map(([name, component]) => {
      const make = (given: unknown = {}) => {
        if (!isRecord(given)) return component(given as never) // says that these are no options
        const { device: _, ...options } = given
        return component(options as never)
      }
      return [name, Object.assign(make, component, { schema: { ...component.schema, device } })]
    }),
  )
}

const { boxes, ...ofTransforms }: Readonly<Record<TransformFolder, Readonly<Record<string, Component>>>> = {
  boxes: boxComponents,
  compose: { Compose, OneOf, RandomOrder, SomeOf },
  croppad,
  intensity,
  io,
  post,
  profiling,
  regularization,
  signal,
  smoothField,
  spatial,
  utility,
}

/** The folder that has a transform; null where none has. */
export function folderOf(name: string): TransformFolder | null {
  const found = Object.entries({ ...ofTransforms, boxes }).find(([, components]) => Object.hasOwn(components, name))
  return found ? (found[0] as TransformFolder) : null // the keys of the table
}

/** Every transform under its MONAI name, in all of its forms. */
export const transformComponents: Readonly<Record<string, Component>> = {
  ...Object.fromEntries(Object.values(ofTransforms).flatMap((components) => Object.entries(components))),
  ...withDevice({
    Affine: spatial.Affine,
    AffineGrid: spatial.AffineGrid,
    Affined: spatial.Affined,
    GridDistortion: spatial.GridDistortion,
    GridDistortiond: spatial.GridDistortiond,
    Rand2DElastic: spatial.Rand2DElastic,
    Rand2DElasticd: spatial.Rand2DElasticd,
    Rand3DElastic: spatial.Rand3DElastic,
    Rand3DElasticd: spatial.Rand3DElasticd,
    RandAffine: spatial.RandAffine,
    RandAffineGrid: spatial.RandAffineGrid,
    RandAffined: spatial.RandAffined,
    RandDeformGrid: spatial.RandDeformGrid,
    RandGridDistortion: spatial.RandGridDistortion,
    RandGridDistortiond: spatial.RandGridDistortiond,
    RandSimulateLowResolution: spatial.RandSimulateLowResolution,
    RandSimulateLowResolutiond: spatial.RandSimulateLowResolutiond,
    Resample: spatial.Resample,
    EnsureType: utility.EnsureType,
    EnsureTyped: utility.EnsureTyped,
  }),
}

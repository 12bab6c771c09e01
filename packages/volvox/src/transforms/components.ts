import type { Component } from '../core/registry.ts'
import { Compose } from './compose.ts'
import { OneOf, RandomOrder, SomeOf } from './composeSome.ts'
import * as croppad from './croppad/index.ts'
import * as intensity from './intensity/index.ts'
import * as io from './io/index.ts'
import * as post from './post/index.ts'
import * as profiling from './profiling.ts'
import * as regularization from './regularization/index.ts'
import * as signal from './signal/index.ts'
import * as smoothField from './smoothField/index.ts'
import * as spatial from './spatial/index.ts'
import * as utility from './utility/index.ts'

/** Every transform under its MONAI name, in all of its forms. */
export const transformComponents: Readonly<Record<string, Component>> = {
  Compose,
  OneOf,
  RandomOrder,
  SomeOf,
  ...croppad,
  ...intensity,
  ...io,
  ...post,
  ...profiling,
  ...regularization,
  ...signal,
  ...smoothField,
  ...spatial,
  ...utility,
}

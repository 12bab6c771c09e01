import type { Component } from '../core/registry.ts'
import { Compose } from './compose.ts'
import * as intensity from './intensity/index.ts'
import * as io from './io/index.ts'
import * as post from './post/index.ts'
import * as utility from './utility/index.ts'

/** Every transform under its MONAI name, in all of its forms. */
export const transformComponents: Readonly<Record<string, Component>> = {
  Compose,
  ...intensity,
  ...io,
  ...post,
  ...utility,
}

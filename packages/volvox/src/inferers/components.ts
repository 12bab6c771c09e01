import type { Component } from '../core/registry.ts'
import { FlipInferer } from './flip.ts'
import { SimpleInferer, SliceInferer, SlidingWindowInferer } from './inferers.ts'

/** What configs can name under `monai.inferers`; FlipInferer is Volvox's own. */
export const infererComponents: Readonly<Record<string, Component>> = {
  FlipInferer,
  SimpleInferer,
  SliceInferer,
  SlidingWindowInferer,
}

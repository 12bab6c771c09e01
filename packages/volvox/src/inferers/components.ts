import type { Component } from '../core/registry.ts'
import { DiffusionInferer } from './diffusion.ts'
import { FlipInferer } from './flip.ts'
import { SlidingWindowHoVerNetInferer } from './hoverNet.ts'
import { SimpleInferer, SliceInferer, SlidingWindowInferer, SlidingWindowInfererAdapt } from './inferers.ts'
import { AvgMerger } from './merger.ts'
import { PatchInferer } from './patchInferer.ts'
import { SlidingWindowSplitter } from './splitter.ts'
import { ZarrAvgMerger } from './zarrMerger.ts'

/** What configs can name under `monai.inferers`; FlipInferer is Volvox's own. */
export const infererComponents: Readonly<Record<string, Component>> = {
  AvgMerger,
  DiffusionInferer,
  FlipInferer,
  PatchInferer,
  SimpleInferer,
  SliceInferer,
  SlidingWindowInferer,
  SlidingWindowInfererAdapt,
  SlidingWindowSplitter,
  ZarrAvgMerger,
}

/** What configs can name under `monai.apps.pathology.inferers`. */
export const pathologyInfererComponents: Readonly<Record<string, Component>> = { SlidingWindowHoVerNetInferer }

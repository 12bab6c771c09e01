import type { Component } from '../core/registry.ts'
import { ControlNetDiffusionInferer } from './controlNetDiffusion.ts'
import { DiffusionInferer } from './diffusion.ts'
import { FlipInferer } from './flip.ts'
import { SlidingWindowHoVerNetInferer } from './hoverNet.ts'
import { SimpleInferer, SliceInferer, SlidingWindowInferer, SlidingWindowInfererAdapt } from './inferers.ts'
import { ControlNetLatentDiffusionInferer, LatentDiffusionInferer } from './latentDiffusion.ts'
import { AvgMerger } from './merger.ts'
import { Ordering } from './ordering.ts'
import { PatchInferer } from './patchInferer.ts'
import { SlidingWindowSplitter } from './splitter.ts'
import { VQVAETransformerInferer } from './vqvaeTransformer.ts'
import { WSISlidingWindowSplitter } from './wsiSplitter.ts'
import { ZarrAvgMerger } from './zarrMerger.ts'

/** What configs can name under `monai.inferers`; FlipInferer is Volvox's own. */
export const infererComponents: Readonly<Record<string, Component>> = {
  AvgMerger,
  ControlNetDiffusionInferer,
  ControlNetLatentDiffusionInferer,
  DiffusionInferer,
  FlipInferer,
  LatentDiffusionInferer,
  PatchInferer,
  SimpleInferer,
  SliceInferer,
  SlidingWindowInferer,
  SlidingWindowInfererAdapt,
  SlidingWindowSplitter,
  VQVAETransformerInferer,
  WSISlidingWindowSplitter,
  ZarrAvgMerger,
}

/** What configs can name under `monai.apps.pathology.inferers`. */
export const pathologyInfererComponents: Readonly<Record<string, Component>> = { SlidingWindowHoVerNetInferer }

/** What configs can name under `monai.utils`. */
export const orderingComponents: Readonly<Record<string, Component>> = { Ordering }

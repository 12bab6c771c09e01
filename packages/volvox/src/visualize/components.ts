import type { Component } from '../core/registry.ts'
import { CAM, GradCAM, GradCAMpp } from './activationMaps.ts'
import { GuidedBackpropGrad, GuidedBackpropSmoothGrad, SmoothGrad, VanillaGrad } from './gradientMaps.ts'
import { OcclusionSensitivity } from './occlusion.ts'
import { SaliencyInferer } from './saliency.ts'

/** What configs can name under `monai.visualize`. */
export const visualizeComponents: Readonly<Record<string, Component>> = {
  CAM,
  GradCAM,
  GradCAMpp,
  GuidedBackpropGrad,
  GuidedBackpropSmoothGrad,
  OcclusionSensitivity,
  SmoothGrad,
  VanillaGrad,
}

/** What configs can name under `monai.inferers` beside the inferers that need no look into the network. */
export const saliencyComponents: Readonly<Record<string, Component>> = { SaliencyInferer }

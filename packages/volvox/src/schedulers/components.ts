import type { Component } from '../core/registry.ts'
import { DDIMScheduler } from './ddim.ts'
import { DDPMScheduler } from './ddpm.ts'
import { PNDMScheduler } from './pndm.ts'
import { RFlowScheduler } from './rflow.ts'

/** What configs can name under `monai.networks.schedulers`. */
export const schedulerComponents: Readonly<Record<string, Component>> = {
  DDIMScheduler,
  DDPMScheduler,
  PNDMScheduler,
  RFlowScheduler,
}

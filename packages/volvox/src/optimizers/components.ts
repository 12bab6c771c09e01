import type { Component } from '../core/registry.ts'
import { Adam, AdamW } from './adam.ts'
import { Novograd } from './novograd.ts'
import { ExponentialLR, LinearLR, WarmupCosineSchedule } from './rates.ts'
import { SGD } from './sgd.ts'
import * as torchRates from './torchRates.ts'

/** What configs can name under `torch.optim`. */
export const optimizerComponents: Readonly<Record<string, Component>> = { Adam, AdamW, SGD }

/** What configs can name under `monai.optimizers`. */
export const monaiOptimizerComponents: Readonly<Record<string, Component>> = {
  ExponentialLR,
  LinearLR,
  Novograd,
  WarmupCosineSchedule,
}

/** What configs can name under `torch.optim.lr_scheduler`. */
export const torchRateComponents: Readonly<Record<string, Component>> = { ...torchRates }

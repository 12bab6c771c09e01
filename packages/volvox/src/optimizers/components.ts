import type { Schema } from '../core/options.ts'
import type { Component } from '../core/registry.ts'
import { Adam, AdamW } from './adam.ts'
import { Novograd } from './novograd.ts'
import type { RateComponent } from './rateSchedule.ts'
import { ExponentialLR, LinearLR, WarmupCosineSchedule } from './rates.ts'
import { SGD } from './sgd.ts'
import * as torchRates from './torchRates.ts'

/** What configs can name under `torch.optim`. */
export const optimizerComponents: Readonly<Record<string, Component>> = { Adam, AdamW, SGD }

const monaiRates = { ExponentialLR, LinearLR, WarmupCosineSchedule }

/** What configs can name under `monai.optimizers`. */
export const monaiOptimizerComponents: Readonly<Record<string, Component>> = { ...monaiRates, Novograd }

/** What configs can name under `torch.optim.lr_scheduler`. */
export const torchRateComponents: Readonly<Record<string, Component>> = { ...torchRates }

const rateKinds: ReadonlySet<Component> = new Set([...Object.values(monaiRates), ...Object.values(torchRates)])

/** Whether a component makes learning rates. */
export function isRateComponent(component: Component): component is RateComponent<Schema> {
  return rateKinds.has(component)
}

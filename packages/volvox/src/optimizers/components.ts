import type { Component } from '../core/registry.ts'
import { Adam, AdamW } from './adam.ts'
import { SGD } from './sgd.ts'

/** What configs can name under `torch.optim`. */
export const optimizerComponents: Readonly<Record<string, Component>> = { Adam, AdamW, SGD }

import type { Layout } from '../api.ts'
import type { Form } from '../forms.ts'
import type { Plan } from '../plan.ts'

/** What the gradient of the library's batch norm reads and writes; vectors have one number for each of its channels. */
export interface NormGradForms {
  readonly gradient: Form
  readonly value: Form
  readonly mean: Form
  readonly variance: Form
  readonly scale: Form
  readonly toScale: Form
  readonly toShift: Form
  readonly to: Form
}

/** Runs the library's gradient of a batch norm, for all norms that are put together from it. */
export function rawNormGrad(plan: Plan, data: Layout, eps: number, forms: NormGradForms): void {
  const { gradient, value, mean, variance, scale, toScale, toShift, to } = forms
  plan.execute(plan.primitive({ kind: 'batchNorm', direction: 'backward', data, eps }), [
    ['diffDst', gradient],
    ['src', value],
    ['mean', mean],
    ['variance', variance],
    ['scale', scale],
    // Version 2 asks for a shift, though nothing depends on it; version 3 refuses it.
    ...(plan.api.batchNormGradTakesShift ? [['shift', scale] as const] : []),
    ['diffScale', toScale],
    ['diffShift', toShift],
    ['diffSrc', to],
  ])
}

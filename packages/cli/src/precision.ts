import type { Precision } from 'volvox/graph'
import type { Plan } from './recipes/recipe.ts'

const precisions = { fp32: 'float32', bf16: 'bfloat16' } as const satisfies Record<string, Precision>

/** Words of `--precision`. */
export type PrecisionName = keyof typeof precisions

export const precisionNames = Object.keys(precisions) as [PrecisionName, ...PrecisionName[]]

/** A plan in the precision that is asked for; as it is when none is. */
export function inPrecision(plan: Plan, name: PrecisionName | null): Plan {
  return name === null ? plan : { ...plan, precision: precisions[name] }
}

/** The word for a precision. */
export function precisionName(precision: Precision): PrecisionName {
  return precision === 'bfloat16' ? 'bf16' : 'fp32'
}

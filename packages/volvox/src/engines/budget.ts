import { OptionError } from '../core/errors.ts'

/** How long to train: until so many steps, epochs or minutes are done, whichever is given. */
export type Budget =
  | { readonly kind: 'steps'; readonly amount: number }
  | { readonly kind: 'epochs'; readonly amount: number }
  | { readonly kind: 'minutes'; readonly amount: number }

/** How far a run is. */
export interface Progress {
  readonly iteration: number
  readonly epochLength: number
  readonly elapsedSeconds: number
}

export interface BudgetOptions {
  readonly maxSteps?: number | null
  readonly maxEpochs?: number | null
  readonly maxMinutes?: number | null
}

/** The one budget that is given. */
export function budgetOf({ maxSteps, maxEpochs, maxMinutes }: BudgetOptions, where: string): Budget {
  const given: Budget[] = []
  if (maxSteps != null) given.push({ kind: 'steps', amount: maxSteps })
  if (maxEpochs != null) given.push({ kind: 'epochs', amount: maxEpochs })
  if (maxMinutes != null) given.push({ kind: 'minutes', amount: maxMinutes })
  const [budget] = given
  if (given.length !== 1)
    throw new OptionError(
      where,
      `${given.length === 0 ? 'no budget is' : `${given.length} budgets are`} given; give one of steps, epochs and minutes`,
    )
  if (!(budget.amount > 0) || (budget.kind === 'steps' && !Number.isInteger(budget.amount)))
    throw new OptionError(
      `${where}.${budget.kind}`,
      `${budget.amount} does not fit; give ${budget.kind === 'steps' ? 'a whole number of 1 or more' : 'a number above 0'}`,
    )
  return budget
}

/**
 * The share of the budget that is spent, from 0 to 1. Schedules follow it, so that a learning rate that falls to zero
 * does so at the end of the budget, also when that is a time.
 */
export function fractionOf(budget: Budget, { iteration, epochLength, elapsedSeconds }: Progress): number {
  switch (budget.kind) {
    case 'steps':
      return Math.min(1, iteration / budget.amount)
    case 'epochs':
      return Math.min(1, iteration / stepsIn(budget.amount, epochLength))
    case 'minutes':
      return Math.min(1, elapsedSeconds / (60 * budget.amount))
    default:
      return budget satisfies never
  }
}

/** Steps of the whole run; null when only time decides. */
export function totalSteps(budget: Budget, epochLength: number): number | null {
  if (budget.kind === 'minutes') return null
  return budget.kind === 'steps' ? budget.amount : stepsIn(budget.amount, epochLength)
}

function stepsIn(epochs: number, epochLength: number): number {
  return Math.ceil(epochs * epochLength)
}

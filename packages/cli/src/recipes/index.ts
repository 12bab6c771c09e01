import { didYouMean, OptionError } from 'volvox/core'
import { hippocampus } from './hippocampus.ts'
import type { Recipe } from './recipe.ts'

/** The recipes by name. */
export const recipes: Readonly<Record<string, Recipe>> = { hippocampus }

export function recipeNamed(name: string): Recipe {
  if (name in recipes) return recipes[name]
  const hint = didYouMean(name, Object.keys(recipes))
  throw new OptionError(
    '--recipe',
    `there is no recipe "${name}"; ${hint ? `did you mean "${hint}"?` : `use one of ${Object.keys(recipes).join(', ')}`}`,
  )
}

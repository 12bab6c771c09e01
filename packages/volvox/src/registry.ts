import { Registry, type Component } from './core/registry.ts'
import { metrics } from './metrics/index.ts'

/**
 * Every component under its MONAI module, the one list of what configs can name. Each folder of components exports
 * its own table; a new folder adds a line here.
 */
export function registry(): Registry {
  const tables: Readonly<Record<string, Readonly<Record<string, Component>>>> = {
    'monai.metrics': metrics,
  }
  const result = new Registry()
  for (const [module, components] of Object.entries(tables)) result.register(module, components)
  return result
}

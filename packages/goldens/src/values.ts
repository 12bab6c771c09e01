import { ConfigError, fromConfigNames, type Component, type Registry } from 'volvox'
import { NotImplemented } from './area.ts'

/** What the marked values in recorded arguments become. */
export interface Resolve {
  tensor(key: string, rest: Readonly<Record<string, unknown>>): unknown
  create(target: string, args: Record<string, unknown>): unknown
  fn(text: string): unknown
}

/** Recorded arguments with every `{"$tensor": ...}`, `{"$new": ...}` and the like resolved. */
export function resolved(value: unknown, how: Resolve): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(item, how))
  if (typeof value !== 'object' || value === null) return value
  const entries = value as Readonly<Record<string, unknown>>
  const { $tensor, $new, $fn, $float, $slice, $positional, ...rest } = entries
  if (typeof $tensor === 'string') return how.tensor($tensor, rest)
  if (typeof $new === 'string') return how.create($new, resolvedArgs(entries.args as Record<string, unknown>, how))
  if (typeof $fn === 'string') return how.fn($fn)
  if (typeof $float === 'string') return Number($float.replace(/inf(inity)?$/i, 'Infinity'))
  if ($slice !== undefined) return $slice
  if ($positional !== undefined) return resolved($positional, how)
  return resolvedArgs(entries, how)
}

export function resolvedArgs(args: Readonly<Record<string, unknown>> = {}, how: Resolve): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, resolved(value, how)]))
}

/** The component that a recording names; those of `module` come first where several have the name. */
export function componentOf(registry: Registry, target: string, module: string): Component {
  for (const name of [`${module}.${target}`, target]) {
    try {
      return registry.find(name, 'golden')
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
    }
  }
  throw new NotImplemented(target)
}

/** Calls a component with MONAI's arguments. */
export function create(component: Component, args: Readonly<Record<string, unknown>>): unknown {
  const make = component as (options: never) => unknown
  return make(fromConfigNames(component.componentName, component.schema, args) as never)
}

/** `img_dst` as `imgDst`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** A function of one number from texts such as `x > 300` and `tanh`. */
export function numericFunction(text: string): (x: number) => number | boolean {
  const [, operator, right] = /^x\s*(>=|<=|==|!=|>|<)\s*(-?[\d.]+(?:e-?\d+)?)$/.exec(text) ?? []
  const bound = Number(right)
  switch (operator) {
    case '>':
      return (x) => x > bound
    case '<':
      return (x) => x < bound
    case '>=':
      return (x) => x >= bound
    case '<=':
      return (x) => x <= bound
    case '==':
      return (x) => x === bound
    case '!=':
      return (x) => x !== bound
  }
  const known: Readonly<Record<string, (x: number) => number>> = {
    tanh: Math.tanh,
    exp: Math.exp,
    abs: Math.abs,
    sqrt: Math.sqrt,
    sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  }
  if (text in known) return known[text]
  throw new NotImplemented(`the function ${text}`)
}

import { ConfigError, didYouMean, shown } from './errors.ts'
import { isRecord } from './json.ts'
import { fromConfigNames, type Schema } from './options.ts'

/** Something that a config can name: called with parsed options, it gives the thing itself. */
export interface Component {
  (options: never): unknown
  /** MONAI's name, e.g. `Flipd`. */
  readonly componentName: string
  readonly schema: Schema
}

/** Looks up `_target_` names. Filled by explicit calls of `register`, never by scanning. */
export class Registry {
  private readonly paths = new Map<string, Component>()
  private readonly byName = new Map<string, string[]>()

  /** Adds components under a dotted module, e.g. `register('monai.transforms', { Flip, Flipd })`. */
  register(module: string, components: Readonly<Record<string, Component>>): this {
    for (const [name, component] of Object.entries(components)) {
      const path = `${module}.${name}`
      if (this.paths.has(path)) throw new ConfigError(path, 'is registered twice; give each component its own name')
      this.paths.set(path, component)
      this.byName.set(name, [...(this.byName.get(name) ?? []), path])
    }
    return this
  }

  /**
   * The component for `Flipd`, `monai.transforms.Flipd`, a deep path such as `monai.transforms.spatial.dictionary.Flipd`,
   * or the dictionary aliases `FlipD` and `FlipDict`. A bare name is MONAI's before it is PyTorch's.
   */
  find(target: string, where: string): Component {
    const exact = this.paths.get(target)
    if (exact) return exact
    const dot = target.lastIndexOf('.')
    const module = dot < 0 ? '' : target.slice(0, dot)
    const name = target.slice(dot + 1)
    const named = this.byName.get(name) ?? this.byName.get(name.replace(/(D|Dict)$/, 'd')) ?? []
    const isMonai = (path: string) => path.startsWith('monai.')
    const candidates = (module === '' && named.some(isMonai) ? named.filter(isMonai) : named).filter(
      (path) => module === '' || module.startsWith(path.slice(0, path.lastIndexOf('.'))),
    )
    if (new Set(candidates.map((path) => this.paths.get(path))).size === 1) return this.paths.get(candidates[0]!)!
    if (candidates.length > 1)
      throw new ConfigError(where, `"${target}" is ambiguous; write one of ${candidates.join(', ')}`)
    const hint = didYouMean(name, this.byName.keys())
    throw new ConfigError(
      where,
      `"${target}" is unknown${hint ? `; did you mean "${hint}"?` : '; see docs/parity.md for what there is'}`,
    )
  }

  /**
   * Builds the component that a config object describes, `{ _target_: 'Flipd', keys: 'image', spatial_axis: 0 }`, and before
   * it those that its options describe in turn. May be handed on as a function.
   */
  readonly create = (config: Readonly<Record<string, unknown>>, where = 'config'): unknown => {
    if (!isRecord(config)) throw new ConfigError(where, `is ${shown(config)}; give an object with _target_`)
    const { _target_: target, ...options } = config
    if (typeof target !== 'string')
      throw new ConfigError(`${where}._target_`, 'is missing; give the name of a component')
    const component = this.find(target, `${where}._target_`)
    const made = this.within(options, where)
    return component(fromConfigNames(component.componentName, component.schema, made) as never)
  }

  private within<T extends object>(parts: T, where: string): T {
    const make = (part: unknown, key: string): unknown => {
      if (Array.isArray(part)) return part.map((one, i) => make(one, `${key}.${i}`))
      if (!isConfigData(part)) return part
      return '_target_' in part ? this.create(part, `${where}.${key}`) : this.within(part, `${where}.${key}`)
    }
    return Object.fromEntries(Object.entries(parts).map(([key, part]) => [key, make(part, key)])) as T
  }

  /** All registered paths, sorted. */
  list(): string[] {
    return [...this.paths.keys()].sort()
  }
}

/** Whether a value may stand in a file: an object that somebody else made, e.g. a network, has functions. */
function isConfigData(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isRecord(value) || Object.getPrototypeOf(value) !== Object.prototype) return false
  return '_target_' in value || !Object.values(value).some((part) => typeof part === 'function')
}

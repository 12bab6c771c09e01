import { registry, type Component } from 'volvox'
import { describedIn, type Source } from '../docs/sources.ts'

/** A registered transform. */
export interface Form {
  readonly name: string
  readonly component: Component
  /** Where configs find it, e.g. `monai.transforms`. */
  readonly module: string
}

/** The forms of one transform, which share a page. */
export interface Family {
  /** The name of the page: the plain, fixed form where there is one. */
  readonly name: string
  readonly about: string
  /** The folder of its source: `spatial`, `apps/deepedit`, or `` for what composes others. */
  readonly folder: string
  /** Plain form, dictionary form, then the random ones. */
  readonly forms: readonly Form[]
}

/** Where MONAI has it. */
export function moduleOf({ module }: Form): string {
  return module === 'monai.apps.pathology' ? `${module}.transforms` : module
}

const modules = /^monai\.(transforms|apps\.[a-z0-9]+\.transforms|apps\.pathology)$/

/** Every registered transform, by families. */
export function transformFamilies(sources: readonly Source[]): readonly Family[] {
  const forms = transformForms()
  const names = new Set(forms.map(({ name }) => name))
  const grouped = new Map<string, Form[]>()
  for (const form of forms) {
    const page = pageOf(form.name, names)
    grouped.set(page, [...(grouped.get(page) ?? []), form])
  }
  return [...grouped]
    .map(([name, unsorted]): Family => {
      const forms = unsorted.toSorted((a, b) => rankOf(a.name, name) - rankOf(b.name, name))
      const { about, path } = describedIn(forms[0].name, sources)
      return { name, about, folder: path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '', forms }
    })
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { sensitivity: 'base' }))
}

function transformForms(): Form[] {
  const known = registry()
  const forms: Form[] = []
  for (const path of known.list()) {
    const dot = path.lastIndexOf('.')
    const [module, name] = [path.slice(0, dot), path.slice(dot + 1)]
    if (modules.test(module)) forms.push({ name, component: known.find(path, name), module })
  }
  return forms
}

/** `Flip` for each of Flip, Flipd, RandFlip and RandFlipd. */
export function pageOf(name: string, names: ReadonlySet<string>): string {
  const plain = name.endsWith('d') && names.has(name.slice(0, -1)) ? name.slice(0, -1) : name
  const fixed = plain.replace(/^Rand(?=[A-Z0-9])/, '')
  if (names.has(fixed)) return fixed.endsWith('d') && names.has(fixed.slice(0, -1)) ? fixed.slice(0, -1) : fixed
  return names.has(`${fixed}d`) ? `${fixed}d` : plain
}

/** 0 to 3: plain, dictionary, random, random dictionary. */
function rankOf(name: string, page: string): number {
  const random = name !== page && name !== `${page}d` ? 2 : 0
  return random + (name.endsWith('d') && name !== page ? 1 : 0)
}

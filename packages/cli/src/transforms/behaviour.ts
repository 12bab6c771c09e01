import { isRecord, type Component } from 'volvox'
import type { Form } from './families.ts'
import { takesSamples } from './trial.ts'

/** What a form can do, in the words of the table; `seeded` are those that were seen to draw random numbers. */
export function abilitiesOf(
  { name, component }: Form,
  forms: readonly Form[],
  seeded: ReadonlySet<string>,
): Readonly<Record<string, string>> {
  const plain = name.endsWith('d') ? forms.find((other) => other.name === name.slice(0, -1)) : undefined
  const definition = definitionOf(component) ?? (plain && definitionOf(plain.component))
  const yes = (value: unknown) => (value ? 'yes' : '')
  const kind = takesSamples(component) ? 'samples' : definition ? 'images' : 'values'
  const random = seeded.has(name) || (definition ? 'draw' in definition : /^Rand[A-Z]/.test(name))
  return { kind, random: yes(random), lazy: yes(definition?.lazy), inverse: yes(definition?.invert) }
}

function definitionOf(component: Component): { readonly lazy?: boolean; readonly invert?: unknown } | undefined {
  return 'definition' in component && isRecord(component.definition) ? component.definition : undefined
}

/** Sentences that forms give for input that does not fit: an option of the wrong kind, a value that is no image. */
export function errorsOf(forms: readonly Form[]): string[] {
  const sentences = forms.flatMap(({ name, component }) => {
    const make = (options: object) => component(options as never)
    const keys = 'keys' in component.schema ? { keys: ['image'] } : {}
    const wrong = Object.keys(component.schema).map((key) => thrownBy(() => make({ ...keys, [key]: { odd: true } })))
    const sample = thrownBy(() =>
      (make(keys) as (value: unknown) => unknown)(takesSamples(component) ? { scan: 1 } : 7),
    )
    return [wrong.find((one) => one?.startsWith(name)), sample?.startsWith(name) ? sample : null]
  })
  return [...new Set(sentences.filter((one) => typeof one === 'string'))]
}

/** The sentence of the error that `run` ends with; null when it ends well. */
function thrownBy(run: () => unknown): string | null {
  try {
    run()
    return null
  } catch (error) {
    return error instanceof Error ? error.message : null
  }
}

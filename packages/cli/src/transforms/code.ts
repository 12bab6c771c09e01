import { isImage, isRecord, registry, toConfigNames, type Schema } from 'volvox'
import type { Options } from './examples/example.ts'
import { moduleOf } from './families.ts'
import { takesSamples, type Trial } from './trial.ts'

/** How a trial is written in TypeScript. */
export function typescriptOf(trial: Trial, plain: Trial['form'] | undefined): string {
  const { form, options, also, random } = trial
  const call = (name: string, given: Options, argument: string) =>
    `${name}(${asCode(given)})${random ? '.setRandomState(0)' : ''}(${argument})`
  const lines = []
  const names = new Set([form.name])
  if (plain && plain !== form) {
    names.add(plain.name)
    const own = Object.fromEntries(Object.entries(options).filter(([key]) => key in plain.component.schema))
    const once = 'mode' in own && Array.isArray(own.mode) ? { ...own, mode: own.mode[0] } : own
    const inputs = inputsOf(options)
    lines.push(`const out = ${call(plain.name, shortened(plain.component.schema, once), `image${inputs}`)}`)
  }
  const further = also.map((one) =>
    isRecord(one) && !isImage(one) ? `{ ${Object.keys(one).join(', ')} }` : argument(one),
  )
  const first = argumentOf(trial)
  const given = shortened(form.component.schema, withoutGrid(options))
  const variable = takesSamples(form.component) ? 'const result' : 'const out'
  lines.push(`${variable} = ${call(form.name, given, [first, ...further].join(', '))}`)
  return [`import { ${[...names].sort().join(', ')} } from 'volvox'`, '', ...lines].join('\n')
}

/** How a trial is written in a config of MONAI; null where it takes functions, which JSON cannot name. */
export function configOf({ form, options }: Trial): string | null {
  const given = shortened(form.component.schema, withoutGrid(options))
  if (!isPlain(given)) return null
  const named = toConfigNames(form.component.schema, given)
  const target = form.module === 'monai.transforms' ? form.name : `${moduleOf(form)}.${form.name}`
  return JSON.stringify({ _target_: target, ...named }, null, 1)
    .replaceAll(/\n\s*/g, ' ')
    .replaceAll(/([[{]) /g, '$1')
    .replaceAll(/ ([\]}])/g, '$1')
}

/** Without the grid, which only the picture needs. */
function withoutGrid(options: Options): Options {
  if (!Array.isArray(options.keys) || !options.keys.includes('grid')) return options
  const keys = options.keys.filter((key) => key !== 'grid')
  return { ...options, keys, ...(Array.isArray(options.mode) && { mode: options.mode.slice(0, keys.length) }) }
}

/** The extra inputs that a plain form takes where the dictionary form takes their keys. */
function inputsOf(options: Options): string {
  const names = Object.keys(options).filter((key) => /^(label|image|w)Key$/.test(key))
  const inputs = names.map((key) => (key === 'wKey' ? 'weightMap' : key.slice(0, -3)))
  return inputs.length > 0 ? `, { ${inputs.join(', ')} }` : ''
}

/** Without what is the default anyway. */
function shortened(schema: Schema, options: Options): Options {
  const same = (key: string, value: unknown) => JSON.stringify(schema[key]?.fallback) === JSON.stringify(value)
  return Object.fromEntries(
    Object.entries(options).filter(([key, value]) => typeof value === 'function' || schema[key]?.required || !same(key, value)), // prettier-ignore
  )
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'function' || ArrayBuffer.isView(value) || isImage(value)) return false
  if (Array.isArray(value)) return value.every(isPlain)
  return !isRecord(value) || Object.values(value).every(isPlain)
}

/** What the call is given: by its name in the text, or written out where it is short. */
function argumentOf({ form, before }: Trial): string {
  if (takesSamples(form.component) || form.module.startsWith('monai.apps.deepgrow')) return 'sample'
  if (typeof before === 'string' || (isRecord(before) && !('data' in before))) return asCode(before)
  if (isImage(before)) return form.module.includes('detection') && before.shape.length === 2 ? 'boxes' : 'image'
  return Array.isArray(before) ? 'list' : 'batch'
}

const argument = (value: unknown) => (typeof value === 'object' ? 'second' : asCode(value))

/** A value as it is written in code; transforms by their options, images and arrays by a name. */
function asCode(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (isTransform(value)) return `${value.transformName}(${asCode(given(value))})`
  if (typeof value === 'function') return onOneLine(String(value))
  if (isImage(value) || ArrayBuffer.isView(value)) return 'values'
  if (Array.isArray(value)) return `[${value.map(asCode).join(', ')}]`
  if (!isRecord(value)) return String(value)
  const entries = Object.entries(value).map(([key, one]) => `${key}: ${asCode(one)}`)
  return entries.length > 0 ? `{ ${entries.join(', ')} }` : ''
}

/** The text of a function, however the compiler has broken it into lines. */
function onOneLine(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/,? ([)\]])/g, '$1')
    .replaceAll(/([([]) /g, '$1')
    .replaceAll(/, }/g, ' }')
}

interface Made {
  readonly transformName: string
  readonly options: Options
}

function isTransform(value: unknown): value is Made {
  return typeof value === 'function' && 'transformName' in value && 'options' in value
}

/** What was given to a transform in an example: options that are not their defaults, and keys without the grid. */
function given({ transformName, options }: Made): Options {
  return withoutGrid(shortened(registry().find(transformName, 'code').schema, options))
}

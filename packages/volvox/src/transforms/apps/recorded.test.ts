import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { castArray, toFloats } from '../../core/convert.ts'
import type { DType } from '../../core/dtype.ts'
import { image, isImage } from '../../core/image.ts'
import { registry } from '../../registry.ts'
import { isRandom } from '../random.ts'
import type { Sample } from '../sample.ts'
import { appsTransformComponents } from './components.ts'

/** What MONAI 1.4 made of small inputs; arrays are `{ $a: [dtype, shape, values] }`, null standing for NaN. */
interface Recorded {
  readonly target: string
  readonly args: Readonly<Record<string, unknown>>
  readonly seed?: number
  readonly sample?: Sample
  readonly inputs?: readonly unknown[]
  readonly out: unknown
}

type Encoded = { readonly $a: readonly [DType, readonly number[], readonly (number | null)[]] }

const isEncoded = (value: unknown): value is Encoded => typeof value === 'object' && value !== null && '$a' in value

/** The value with arrays as images. */
function decoded(value: unknown): unknown {
  if (isEncoded(value)) {
    const [dtype, shape, values] = value.$a
    return image(dtype, shape, castArray(Float64Array.from(values, (x) => x ?? NaN), 'float64', dtype)) // prettier-ignore
  }
  if (Array.isArray(value)) return value.map(decoded)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decoded(inner)]))
}

const near = (a: number, b: number) => (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= 1e-5 + 1e-5 * Math.abs(b) // prettier-ignore

/** Compares what came out with what was recorded; arrays may come out as images, tensors or lists. */
function compare(got: unknown, wanted: unknown, where: string): void {
  if (isEncoded(wanted)) {
    const [, shape, values] = wanted.$a
    const tensor = got as { shape?: readonly number[]; dtype: DType; data: Float32Array }
    const flat = Array.isArray(got) ? got.flat(Infinity).map(Number) : Array.from(toFloats(tensor.dtype, tensor.data))
    if (!Array.isArray(got)) expect(tensor.shape, where).toEqual(shape)
    const off = flat.findIndex((x, i) => !near(x, values[i] ?? NaN))
    expect([flat.length, off, flat[off]], where).toEqual([values.length, -1, undefined])
  } else if (Array.isArray(wanted)) {
    const list = isImage(got) ? Array.from(toFloats(got.dtype, got.data)) : (got as readonly unknown[])
    expect(list.length, where).toBe(wanted.length)
    wanted.forEach((one, i) => compare(list[i], one, `${where}[${i}]`))
  } else if (typeof wanted === 'number') {
    expect(near(Number(got), wanted) ? wanted : got, where).toBe(wanted)
  } else if (typeof wanted === 'string' && typeof got === 'string') {
    expect(got.replaceAll(' ', ''), where).toBe(wanted.replaceAll(' ', ''))
  } else if (typeof wanted === 'object' && wanted !== null) {
    for (const [key, one] of Object.entries(wanted))
      compare((got as Readonly<Record<string, unknown>>)[key], one, `${where}.${key}`)
  } else expect(got, where).toEqual(wanted)
}

const folder = new URL('recorded/', import.meta.url)

const recorded = readdirSync(folder).map((file) => {
  const lines = readFileSync(new URL(file, folder), 'utf8').trim().split('\n')
  return { file, cases: lines.map((line) => JSON.parse(line) as Recorded) }
})

test('every transform of the apps is compared with MONAI', () => {
  const compared = new Set(recorded.flatMap(({ cases }) => cases.map(({ target }) => target.split('.').at(-1))))
  const all = Object.values(appsTransformComponents).flatMap(Object.keys)
  expect(all.filter((name) => !compared.has(name))).toEqual([])
})

for (const { file, cases } of recorded)
  cases.forEach(({ target, args, seed, sample, inputs, out }, i) =>
    test(`${file} ${i}: ${target.split('.').at(-1)} as in MONAI`, () => {
      const made = registry().create({ _target_: target, ...(decoded(args) as object) })
      if (seed !== undefined && isRandom(made)) made.setRandomState(seed)
      const run = made as (...given: readonly unknown[]) => unknown
      const given = sample ? [decoded(sample)] : (inputs ?? []).map(decoded)
      const before = structuredClone(given)
      compare(run(...given), out, 'out')
      expect(given).toEqual(before)
    }),
  )

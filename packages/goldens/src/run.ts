import { VolvoxError } from 'volvox'
import { NotImplemented, type Area, type World } from './area.ts'
import { areas } from './areas/index.ts'
import { compare, type Difference } from './compare.ts'
import type { Golden } from './golden.ts'

/** What became of one case. */
export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly differences: readonly Difference[] }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'missing'; readonly message: string }

/** Runs one case and compares everything that was recorded. */
export async function runGolden(golden: Golden, world: World): Promise<Outcome> {
  const area = areas[golden.area]
  if (!area) return { kind: 'missing', message: `area ${golden.area} is not implemented` }
  try {
    return judge(golden, area, await area.run(golden, world))
  } catch (error) {
    if (error instanceof NotImplemented) return { kind: 'missing', message: error.message }
    if (!(error instanceof Error)) throw error
    return { kind: 'error', message: error instanceof VolvoxError ? error.message : String(error.stack) }
  }
}

function judge(golden: Golden, area: Area, results: Awaited<ReturnType<Area['run']>>): Outcome {
  const mismatches = Number(golden.metadata.max_mismatch_fraction ?? 0)
  const expected = area.expected?.(golden) ?? Object.keys(golden.tensors).filter((key) => key.startsWith('out.'))
  const differences = expected.flatMap((key) => {
    const want = golden.tensors[key]
    const allowed = area.allowed?.(golden, key, want) ?? golden.tolerance
    return compare(key, results[key], want, allowed, mismatches) ?? []
  })
  return differences.length === 0 ? { kind: 'passed' } : { kind: 'failed', differences }
}

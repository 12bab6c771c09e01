import { groupProfile, type ProfileGroup, type ProfileRow } from 'volvox/graph'
import { counted } from './progressBar.ts'

/** Scopes that are listed. */
const shownScopes = 10
/** Kernels that are named for an operation, slowest first. */
const shownKernels = 2

/** What operations took on average over `steps` steps, as lines: by operation, then the slowest places of the network. */
export function profileLines(rows: readonly ProfileRow[], steps: number): string[] {
  const total = rows.reduce((sum, { ms }) => sum + ms, 0)
  const byOperation = groupProfile(rows, ({ op, isReorder }) => (isReorder ? 'reorder' : op))
  const byScope = groupProfile(rows, placeOf).slice(0, shownScopes)
  return [
    `${(total / steps).toFixed(1)} ms a step in operations, over ${counted(steps, 'step')}. Each is waited for here, so that steps take longer than usual.`,
    '',
    ...table('operation', byOperation, steps, ({ kernels }) => kernelText(kernels)),
    '',
    reorderLine(rows, steps),
    ...referenceLines(rows, total),
    '',
    ...table('slowest scopes', byScope, steps, ({ name }) => operationsOf(rows, name)),
  ]
}

function table(
  title: string,
  groups: readonly ProfileGroup[],
  steps: number,
  last: (group: ProfileGroup) => string,
): string[] {
  const head = [
    title,
    'calls',
    'ms',
    'share',
    'GFLOP/s',
    'GB',
    'GB/s',
    title === 'operation' ? 'kernels' : 'operations',
  ]
  const cells = groups.map((group) => {
    const { name, calls, ms, share, flops, bytes } = group
    return [
      name,
      (calls / steps).toFixed(0),
      (ms / steps).toFixed(2),
      `${(100 * share).toFixed(1)}%`,
      flops > 0 ? (flops / (ms * 1e6)).toFixed(0) : '',
      bytes > 0 ? (bytes / steps / 1e9).toFixed(3) : '',
      bytes > 0 ? (bytes / (ms * 1e6)).toFixed(1) : '',
      last(group),
    ]
  })
  const widths = head.map((word, i) => Math.max(word.length, ...cells.map((row) => row[i].length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === 0 || i === row.length - 1 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd()
  return [head, ...cells].map(line)
}

function reorderLine(rows: readonly ProfileRow[], steps: number): string {
  const [reorders] = groupProfile(rows, ({ isReorder }) => String(isReorder)).filter(({ name }) => name === 'true')
  if (!reorders) return 'Reorders: none.'
  const [most] = groupProfile(
    rows.filter(({ isReorder }) => isReorder),
    ({ op }) => op,
  )
  return `Reorders: ${(reorders.calls / steps).toFixed(0)} a step, ${(100 * reorders.share).toFixed(1)}% of the time; most of it for ${most.name}.`
}

/** Reference kernels can be a thousand times slower than generated ones, so each is named. */
function referenceLines(rows: readonly ProfileRow[], total: number): string[] {
  const slow = rows.filter(({ kernel }) => kernel.startsWith('ref'))
  const ms = slow.reduce((sum, row) => sum + row.ms, 0)
  if (slow.length === 0) return []
  const names = slow.slice(0, 3).map(({ op, scope, kernel }) => `${op}${scope && ` (${scope})`} ${kernel}`)
  return [`Reference kernels: ${((100 * ms) / total).toFixed(1)}% of the time; ${names.join(', ')}.`]
}

function kernelText(kernels: readonly string[]): string {
  const more = kernels.length - shownKernels
  return `${kernels.slice(0, shownKernels).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function operationsOf(rows: readonly ProfileRow[], place: string): string {
  const own = groupProfile(
    rows.filter((row) => placeOf(row) === place),
    ({ op }) => op,
  )
  return own
    .slice(0, 3)
    .map(({ name }) => name)
    .join(', ')
}

/** What the network did not build is without a scope. */
function placeOf({ scope }: ProfileRow): string {
  return scope || '(loss, optimiser)'
}

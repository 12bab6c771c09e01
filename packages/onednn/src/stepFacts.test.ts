import { floats, sizeOf } from 'volvox'
import * as g from 'volvox/graph'
import { expect, test } from 'vitest'
import { openInThread } from './session.ts'
import { available } from './testing.ts'

const of = (shape: readonly number[]) => ({ dtype: 'float32', shape }) as const
const noise = (shape: readonly number[]) =>
  floats(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i)),
  )

const x = g.input('x', of([1, 16, 12, 12, 12]))
const w = g.state('w', of([16, 16, 3, 3, 3]))
const y = g.scoped('first', () => g.relu(g.conv(x, w, null, { pads: 1 })))
const [dw] = g.gradients(g.sum(y), [w])
const step = g.program('step', { y, dw })

test.skipIf(!available)('a step tells its operation, products, bytes and kernel, and whether it only reorders', () => {
  const session = openInThread([step], { w: noise(w.shape) }, { profile: true })
  session.run('step', { x: noise(x.shape) })
  const rows = session.profile()
  const flops = 2 * 16 * 12 ** 3 * 16 * 27
  for (const op of ['conv', 'convWeightGrad']) {
    const [row, ...others] = rows.filter((one) => one.op === op && one.flops > 0)
    expect(others).toEqual([])
    expect(row).toMatchObject({ program: 'step', scope: 'first', calls: 1, flops, isReorder: false })
    expect(row.bytes).toBeGreaterThanOrEqual(4 * (2 * 16 * 12 ** 3 + 16 * 16 * 27))
    expect(row.kernel).not.toMatch(/^ref|^$/)
  }
  const reorders = rows.filter(({ isReorder }) => isReorder)
  expect(reorders.reduce((sum, { calls }) => sum + calls, 0)).toBe(session.describe('step').reorders)
  expect(reorders.every((row) => row.flops === 0)).toBe(true)
  session.dispose()
})

test.skipIf(!available)(
  'a trace has every step of the run, one after the other; after profiling runs are not timed',
  () => {
    const session = openInThread([step], { w: noise(w.shape) }, { profile: { skip: 1 } })
    for (let i = 0; i < 3; i++) session.run('step', { x: noise(x.shape) })
    expect(session.profile().every(({ calls }) => calls % 2 === 0)).toBe(true)
    const events = session.trace()
    expect(events).toHaveLength(session.describe('step').steps)
    events.slice(1).forEach((event, i) => {
      const before = events[i]
      expect(event.startMs).toBeGreaterThanOrEqual(before.startMs + before.ms)
    })
    const rows = session.profile()
    session.run('step', { x: noise(x.shape) })
    expect(session.profile()).toEqual(rows)
    session.dispose()
  },
)

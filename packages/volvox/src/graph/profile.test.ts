import { expect, test } from 'vitest'
import type { TraceEvent } from './executor.ts'
import { chromeTrace, groupProfile, Profiler } from './profile.ts'

const event = (op: string, ms: number, rest: Partial<TraceEvent> = {}): TraceEvent => ({
  program: 'learn',
  op,
  scope: 'model.0',
  kernel: 'jit',
  isReorder: false,
  startMs: 0,
  ms,
  flops: 0,
  bytes: 8,
  ...rest,
})

test('runs are added up from where warm-up ends until the rows are asked for', () => {
  const profiler = new Profiler({ skip: 1 })
  expect(profiler.begin('learn')).toBeNull()
  for (const ms of [2, 4]) {
    const events = profiler.begin('learn')!
    events.push(event('conv', ms, { flops: 100 }), event('relu', 1))
    profiler.end(events)
  }
  expect(profiler.begin('predict')).toBeNull() // its first
  const rows = profiler.finish()
  expect(rows.map(({ op, calls, ms, flops, bytes }) => [op, calls, ms, flops, bytes])).toEqual([
    ['conv', 2, 6, 200, 16],
    ['relu', 2, 2, 0, 16],
  ])
  expect(profiler.trace().map(({ ms }) => ms)).toEqual([4, 1])
  expect(profiler.begin('learn')).toBeNull()
})

test('groups are sums with their share of the time and their kernels, slowest first', () => {
  const profiler = new Profiler(true)
  profiler.end([
    event('conv', 1, { kernel: 'ref' }),
    event('conv', 2),
    event('conv', 1, { isReorder: true }),
    event('relu', 6),
  ])
  const groups = groupProfile(profiler.finish(), ({ op, isReorder }) => (isReorder ? 'reorder' : op))
  expect(groups.map(({ name, calls, share }) => [name, calls, share])).toEqual([
    ['relu', 1, 0.6],
    ['conv', 2, 0.3],
    ['reorder', 1, 0.1],
  ])
  expect(groups[1].kernels).toEqual(['jit', 'ref'])
  expect(groupProfile([], ({ op }) => op)).toEqual([])
})

test('a trace has one complete event a step, in microseconds', () => {
  const { traceEvents } = JSON.parse(
    chromeTrace([event('conv', 2, { startMs: 1, flops: 4e6 }), event('conv', 1, { startMs: 3, isReorder: true })]),
  ) as { traceEvents: Record<string, unknown>[] }
  expect(traceEvents.map(({ ph, name, ts, dur }) => [ph, name, ts, dur])).toEqual([
    ['M', 'thread_name', undefined, undefined],
    ['X', 'conv', 1000, 2000],
    ['X', 'reorder for conv', 3000, 1000],
  ])
  expect(traceEvents[1].args).toEqual({ scope: 'model.0', kernel: 'jit', bytes: 8, flops: 4e6, gflops: 2 })
})

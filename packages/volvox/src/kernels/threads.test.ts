import { afterEach, expect, test, vi } from 'vitest'
import { gaussianFilter } from './gaussian.ts'
import { withScratch } from './runtime.ts'
import { useKernelThreads } from './threads.ts'

afterEach(() => {
  vi.restoreAllMocks()
  useKernelThreads(1, () => ({ terminate() {} }))
})

const smooth = () => gaussianFilter(new Float32Array(1000).fill(1), [1, 10, 10, 10], [1, 1, 1])

test('a thread that never comes is no harm', () => {
  const alone = smooth()
  useKernelThreads(2, () => ({ terminate() {} }))
  expect(smooth()).toEqual(alone)
})

test('a thread that stops in the middle of its rows is told, and others begin with the next call', () => {
  let begun = 0
  let ended = 0
  useKernelThreads(2, ({ control }) => {
    if (begun++ === 0) Atomics.add(new Int32Array(control), 2, 1) // says that it is at work, and nothing more
    return { terminate: () => ended++ }
  })
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 40_000))
  expect(smooth).toThrow('kernel correlateRows: a thread stopped in the middle of its rows')
  expect([begun, ended]).toEqual([1, 1])
  expect(smooth()).toHaveLength(1000)
  expect(begun).toBe(2)
})

test('what failed in all threads does not make the next call fail', () => {
  const alone = smooth()
  useKernelThreads(2, ({ control }) => {
    Atomics.store(new Int32Array(control), 8, 1) // says that a kernel failed in it
    return { terminate() {} }
  })
  const failing = () =>
    withScratch('rows', 0, ({ overRows }) =>
      overRows('correlateRows', [], 0, 10, () => {
        throw new Error('in this thread as well')
      }),
    )
  expect(failing).toThrow('in this thread as well')
  expect(smooth()).toEqual(alone)
})

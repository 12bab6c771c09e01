import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { GraphError, floats, fromWire, toWire } from 'volvox/core'
import * as g from 'volvox/graph'
import { expect, test } from 'vitest'
import { createOnednn, onednnStatus } from './executor.ts'
import { available } from './testing.ts'

// Threads run the built files; the workspace's test command builds them first.
const built = existsSync(new URL('../dist/worker.js', import.meta.url))
const ready = available && built

function doubling(): g.Program {
  const x = g.input('x', { dtype: 'float32', shape: [3] })
  const w = g.state('w', { dtype: 'float32', shape: [3] })
  return g.program('p', { y: g.add(x, w) }, new Map([['w', g.mul(w, 2)]]))
}

test.skipIf(!ready)('a session in a thread runs in turn and gives what is the caller’s own', async () => {
  const w = floats([3], [1, 2, 3])
  const session = await createOnednn().open([doubling()], { w }, { threads: 1 })
  const x = floats([3], [10, 10, 10])
  const [first, second] = await Promise.all([session.run('p', { x }), session.run('p', { x })])
  expect([...first.y.data]).toEqual([11, 12, 13])
  expect([...second.y.data]).toEqual([12, 14, 16])
  expect([...x.data, ...w.data]).toEqual([10, 10, 10, 1, 2, 3])
  await session.write({ w: floats([3], [0, 0, 1]) })
  expect([...(await session.read(['w'])).w.data]).toEqual([0, 0, 1])
  expect(await session.memoryBytes()).toBeGreaterThan(0)
  await expect(session.run('p', {})).rejects.toThrow('p: input "x" is missing')
  const last = session.run('p', { x })
  await session.dispose()
  expect([...(await last).y.data]).toEqual([10, 10, 11])
  await expect(session.run('p', { x })).rejects.toThrow('session: is disposed; open a new one')
  await session.dispose()
})

test.skipIf(!ready)('the event loop is free while a thread computes', async () => {
  const x = g.input('x', { dtype: 'float32', shape: [1, 16, 64, 64, 64] })
  const w = g.state('w', { dtype: 'float32', shape: [16, 16, 3, 3, 3] })
  const session = await createOnednn().open([g.program('p', { y: g.sum(g.conv(x, w, null, { pads: 1 })) })], {
    w: floats(w.shape),
  })
  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  const feed = floats(x.shape)
  for (let i = 0; i < 5; i++) await session.run('p', { x: feed })
  clearInterval(timer)
  await session.dispose()
  expect(ticks).toBeGreaterThan(0)
})

test.skipIf(!ready)('a program that cannot be compiled rejects with its error', async () => {
  const x = g.input('x', { dtype: 'float64', shape: [1] })
  await expect(createOnednn().open([g.program('p', { y: g.neg(x) })], {})).rejects.toMatchObject({ code: 'GRAPH' })
})

test.skipIf(!built)('without the library there is one sentence that says what to do', () => {
  const script = `
    const { createOnednn, onednnStatus } = await import(${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)})
    const error = await createOnednn().open([], {}).catch((error) => error)
    console.log(JSON.stringify([onednnStatus().missing, error.name, error.message]))`
  const env = { ...process.env, VOLVOX_ONEDNN: '/nonexistent', NODE_OPTIONS: '' }
  const text = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    env,
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  })
  const [missing, name, message] = JSON.parse(text) as [string, string, string]
  expect(name).toBe('MissingError')
  expect(message).toBe(missing)
  expect(message).toMatch(/^onednn: \/nonexistent \(VOLVOX_ONEDNN\) cannot be loaded \(.+\); install oneDNN /)
})

test('errors keep their class between threads', () => {
  const error = fromWire(toWire(new GraphError('conv', 'has no kernel')))
  expect(error).toBeInstanceOf(GraphError)
  expect(error.message).toBe('conv: has no kernel')
  expect(fromWire(toWire('text')).message).toBe('text')
})

test.skipIf(!available)('the library is known', () => {
  const status = onednnStatus()
  expect(status).toMatchObject({
    version: expect.stringMatching(/^[23]\.\d+\.\d+$/),
    path: expect.stringMatching(/^\/.*libdnnl/),
    hasBfloat16: expect.any(Boolean),
  })
  if (process.arch === 'x64') expect(status).toMatchObject({ isFast: true })
})

test.skipIf(!ready)('the session has the initial arrays for itself only when told so', async () => {
  for (const takeInitial of [true, false]) {
    const w = floats([3], [1, 2, 3])
    const session = await createOnednn().open([doubling()], { w }, { threads: 1, takeInitial })
    const { y } = await session.run('p', { x: floats([3], [1, 1, 1]) })
    await session.dispose()
    expect([...y.data]).toEqual([2, 3, 4])
    expect(w.data.length).toBe(takeInitial ? 0 : 3)
    if (takeInitial)
      await expect(createOnednn().open([doubling()], { w }, { takeInitial })).rejects.toThrow(
        'onednn: state "w" has 0 initial values; its shape [3] takes 3',
      )
  }
})

test.skipIf(!ready)(
  'large outputs come in the memory of the run before the last when they may, else in their own',
  async () => {
    const shape = [64, 64, 8]
    const x = g.input('x', { dtype: 'float32', shape })
    const built = g.program('p', { y: g.mul(x, 2), total: g.sum(x) })
    const session = await createOnednn().open([built], {}, { threads: 1 })
    const run = (value: number, reuseOutputs: boolean) =>
      session.run('p', { x: floats(shape, new Float32Array(64 * 64 * 8).fill(value)) }, { reuseOutputs })
    const [first, own] = [await run(1, true), await run(2, false)]
    expect([first.y.data[5], first.total.data[0]]).toEqual([2, 64 * 64 * 8])
    const [second, third] = await Promise.all([run(3, true), run(4, false)])
    expect([first.y.data[5], own.y.data[5], second.y.data[5], third.y.data[5]]).toEqual([2, 4, 6, 8])
    const fourth = await run(5, true)
    expect([first.y.data[5], own.y.data[5], second.y.data[5], fourth.y.data[5]]).toEqual([10, 4, 6, 10])
    expect([second.total.data[0], fourth.total.data[0]]).toEqual([3 * 64 * 64 * 8, 5 * 64 * 64 * 8])
    await session.dispose()
  },
)

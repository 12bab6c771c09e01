import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { floats, GraphError } from 'volvox'
import { conv, input, program, relu, state, type Value } from 'volvox/graph'
import { createOrt } from './executor.ts'

const built = existsSync(new URL('../dist/worker.js', import.meta.url))

/** A chain of convolutions; a few tenths of a second when the image is 32 wide. */
function chain(width: number) {
  const shape = [1, 8, width, width, width]
  const x = input('x', { dtype: 'float32', shape })
  const w = state('w', { dtype: 'float32', shape: [8, 8, 3, 3, 3] })
  let y: Value = x
  for (let i = 0; i < 12; i++) y = relu(conv(y, w, null, { pads: 1 }))
  return {
    program: program('chain', { y }),
    initial: { w: floats([8, 8, 3, 3, 3], new Float32Array(1728).fill(0.01)) },
    image: floats(shape, new Float32Array(8 * width ** 3).fill(1)),
  }
}

test.skipIf(!built)('the event loop goes on while a session opens and computes', async () => {
  const { program, initial, image } = chain(32)
  const session = await createOrt().open([program], initial, { threads: 1 })
  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  const { y } = await session.run('chain', { x: image })
  clearInterval(timer)
  expect(ticks).toBeGreaterThan(5)
  expect(y.data[y.data.length / 2]).toBeGreaterThan(0)
  expect(image.data).toHaveLength(8 * 32 ** 3) // still ours
  await session.dispose()
})

test.skipIf(!built)('sessions live side by side, and each can be disposed of twice', async () => {
  const { program, initial, image } = chain(8)
  const open = () => createOrt().open([program], initial, { threads: 1 })
  const sessions = await Promise.all([open(), open(), open()])
  const [a, b, c] = await Promise.all(sessions.map((session) => session.run('chain', { x: image })))
  expect(b.y.data).toEqual(a.y.data)
  expect(c.y.data).toEqual(a.y.data)
  await Promise.all(sessions.flatMap((session) => [session.dispose(), session.dispose()]))
})

test.skipIf(!built)('mistakes keep their class and sentence on the way out of the thread', async () => {
  const { program, initial } = chain(8)
  await expect(createOrt().open([program], {})).rejects.toThrow(GraphError)
  await expect(createOrt().open([program], {})).rejects.toThrow(
    'state "w": has no initial value; give float32 [8, 8, 3, 3, 3]',
  )
  const session = await createOrt().open([program], initial)
  await expect(session.run('other', {})).rejects.toThrow(GraphError)
  await session.dispose()
  await expect(session.read()).rejects.toThrow('session: is disposed; open a new one')
})

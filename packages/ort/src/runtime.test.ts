import { expect, test } from 'vitest'
import * as ort from 'onnxruntime-node'
import { floats } from 'volvox'
import { add, input, program } from 'volvox/graph'
import { nodeRuntime } from './runtime.ts'
import { createOrt } from './executor.ts'

test('a runtime that is not installed is told in a sentence', async () => {
  await expect(nodeRuntime('onnxruntime-nowhere')).rejects.toThrow(
    /^ort: onnxruntime-node does not load \(.*\); install it/,
  )
  await expect(nodeRuntime('fast-check')).rejects.toThrow('ort: onnxruntime-node is not the module that was expected')
})

test('the runtime can be handed in', async () => {
  const x = input('x', { dtype: 'float32', shape: [2] })
  const session = await createOrt({ runtime: ort }).open([program('twice', { y: add(x, x) })], {})
  expect([...(await session.run('twice', { x: floats([2], [1, 2]) })).y.data]).toEqual([2, 4])
  await session.dispose()
})

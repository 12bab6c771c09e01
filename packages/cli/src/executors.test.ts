import { expect, test } from 'vitest'
import { floats, MissingError } from 'volvox'
import { input, program, relu } from 'volvox/graph'
import { chooseExecutor } from './executors.ts'

const x = input('x', { dtype: 'float32', shape: [2] })
const programs = [program('p', { y: relu(x) })]
const io = { note: (line: string) => expect(line).toBe('nothing') }

test('ort computes on the processor, even where there is something faster', async () => {
  const executor = await chooseExecutor('ort', io)
  expect(executor.name).toBe('ort')
  const session = await executor.open(programs, {})
  expect([...(await session.run('p', { x: floats([2], [-1, 1]) })).y.data]).toEqual([0, 1])
  await session.dispose()
})

test.skipIf(process.platform === 'win32')(
  'what ONNX Runtime cannot compute on here is refused, not replaced',
  async () => {
    const opening = (await chooseExecutor('ort:dml', io)).open(programs, {})
    await expect(opening).rejects.toThrow(MissingError)
    await expect((await chooseExecutor('ort:dml', io)).open(programs, {})).rejects.toThrow(
      /^ort provider "dml": this build of ONNX Runtime has cpu, .*; DirectML takes onnxruntime-node on Windows/,
    )
  },
)

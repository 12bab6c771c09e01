import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const bin = fileURLToPath(new URL('../bin/volvox.js', import.meta.url))
const built = existsSync(new URL('../dist/main.js', import.meta.url))
const data = fileURLToPath(new URL('../../../examples/data/hippocampus', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'volvox-interrupt-'))
afterAll(() => rmSync(root, { recursive: true }))

/** Starts a long training as a process and sends it Ctrl-C when it trains. */
function trainUntilInterrupted(
  out: string,
  presses: number,
  executor: string[] = [],
): Promise<{ code: number | null; signal: NodeJS.Signals | null; err: string }> {
  const words = ['train', '--data', data, '--steps', '100000', '--out', out, ...executor]
  const child = spawn(process.execPath, [bin, ...words])
  let err = ''
  let pressed = 0
  child.stderr.on('data', (text: Buffer) => {
    err += text.toString()
    const ready = pressed === 0 ? / step \d/ : /Finishing this step/
    if (pressed < presses && ready.test(err)) {
      pressed++
      child.kill('SIGINT')
    }
  })
  return new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal, err })))
}

test.skipIf(!built)('Ctrl-C finishes the step, saves and says how to resume', async () => {
  const out = join(root, 'once')
  const { code, err } = await trainUntilInterrupted(out, 1)
  expect(err).toContain('Finishing this step, then saving. Ctrl-C again to end at once.')
  expect(err).toMatch(/Saved\. To go on: volvox train --out .*once --resume/)
  expect(code).toBe(130)
  expect(existsSync(join(out, 'last.safetensors'))).toBe(true)
})

test.skipIf(!built)('a second Ctrl-C ends at once', async () => {
  // A step on ONNX Runtime takes about a second: time for the second press.
  const { signal, err } = await trainUntilInterrupted(join(root, 'twice'), 2, ['--executor', 'ort'])
  expect(signal).toBe('SIGINT') // 130 in a shell
  expect(err).not.toContain('Saved.')
})

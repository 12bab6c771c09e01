import { expect, test } from 'vitest'
import { floats, MissingError } from 'volvox'
import { add, input, program } from 'volvox/graph'
import { createOrt } from './executor.ts'
import { checkProvider, type Provider } from './provider.ts'
import { nodeRuntime, type Runtime } from './runtime.ts'

const node = await nodeRuntime()
const x = input('x', { dtype: 'float32', shape: [2] })
const twice = program('twice', { y: add(x, x) })

/** A runtime that was built with some providers, of which those in `broken` do not start. */
function runtime(built: readonly string[] | null, broken: Readonly<Record<string, string>> = {}): Runtime {
  return {
    Tensor: node.Tensor,
    InferenceSession: {
      create: (model, options) => {
        const [name] = options!.executionProviders as string[]
        if (name in broken) throw new Error(broken[name])
        return node.InferenceSession.create(model)
      },
    },
    ...(built && { listSupportedBackends: () => built.map((name) => ({ name })) }),
  }
}

const sentence = (provider: Provider, from: Runtime) =>
  checkProvider(provider, from).then(
    () => 'fine',
    (error: unknown) => (error instanceof MissingError ? error.message : error),
  )

test('a provider that was not built in is told in a sentence, with what it takes', async () => {
  const linux = runtime(['cpu', 'webgpu'])
  expect(await sentence('coreml', linux)).toBe(
    'ort provider "coreml": this build of ONNX Runtime has cpu, webgpu; Core ML takes onnxruntime-node on macOS',
  )
  expect(await sentence('dml', linux)).toMatch(/DirectML takes onnxruntime-node on Windows/)
  expect(await sentence('wasm', linux)).toMatch(/it takes onnxruntime-web, passed as createOrt\(\{ runtime \}\)$/)
  expect(await sentence('cuda', linux)).toMatch(/NVIDIA card, CUDA 12/)
  expect(await sentence('cpu', linux)).toBe('fine')
  expect(await sentence('webgpu', linux)).toBe('fine')
})

test('a provider that does not start is told in a sentence, with its own words', async () => {
  const linux = runtime(['cpu', 'cuda'], { cuda: 'libcudnn.so.9: cannot open shared object file\n at stack' })
  expect(await sentence('cuda', linux)).toMatch(
    /^ort provider "cuda": does not start here \(libcudnn\.so\.9: cannot open shared object file\); it takes onnxruntime-node on Linux x64/,
  )
  const web = runtime(null, { webgpu: 'no adapter', cpu: 'backend not found.' })
  expect(await sentence('webgpu', web)).toMatch(/\(no adapter\); it takes a graphics card .* a browser with WebGPU$/)
  expect(await sentence('cpu', web)).toMatch(/the processor is called "wasm" in onnxruntime-web$/)
  expect(await sentence('wasm', web)).toBe('fine')
})

test('what is asked for is used or refused, never replaced', async () => {
  const feeds = { x: floats([2], [1, 2]) }
  for (const provider of ['cpu', 'cuda', 'dml', 'coreml', 'webgpu', 'wasm'] as const) {
    const opening = createOrt({ runtime: node, provider }).open([twice], {})
    const session = await opening.catch((error: unknown) => {
      expect(error).toBeInstanceOf(MissingError)
      expect((error as Error).message).toMatch(new RegExp(`^ort provider "${provider}": .*; `))
    })
    if (!session) continue
    expect([...(await session.run('twice', feeds)).y.data]).toEqual([2, 4])
    await session.dispose()
  }
})

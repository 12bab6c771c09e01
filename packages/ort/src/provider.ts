import { MissingError } from 'volvox/core'
import { Model } from './model.ts'
import { firstLine, type Runtime } from './runtime.ts'

/** Where ONNX Runtime can compute, by its own names: execution providers. */
export const providers = ['cpu', 'cuda', 'dml', 'coreml', 'webgpu', 'wasm'] as const
export type Provider = (typeof providers)[number]

/** What each takes; told when it is not there. */
const needs: Readonly<Record<Provider, string>> = {
  cpu: 'the processor is called "wasm" in onnxruntime-web',
  cuda: 'it takes onnxruntime-node on Linux x64 with an NVIDIA card, CUDA 12, cuDNN 9 and the libraries that "node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12" fetches',
  dml: 'DirectML takes onnxruntime-node on Windows, with a card for DirectX 12',
  coreml: 'Core ML takes onnxruntime-node on macOS',
  webgpu: 'it takes a graphics card with a driver for Vulkan, Metal or DirectX 12, and in a page a browser with WebGPU',
  wasm: 'it takes onnxruntime-web, passed as createOrt({ runtime })',
}

/**
 * Throws `MissingError` unless the runtime computes with the provider: first by what it was built with, then by starting
 * it on a model of one node. Left to itself, ONNX Runtime may go on on the CPU with nothing but a warning.
 */
export async function checkProvider(provider: Provider, runtime: Runtime): Promise<void> {
  const where = `ort provider "${provider}"`
  const built = builtIn(runtime)
  if (built && !built.includes(provider))
    throw new MissingError(where, `this build of ONNX Runtime has ${built.join(', ')}; ${needs[provider]}`)
  if (provider === 'cpu' && built) return
  try {
    const session = await runtime.InferenceSession.create(oneNode(), {
      executionProviders: [provider],
      logSeverityLevel: 4,
    })
    await session.release()
  } catch (error) {
    throw new MissingError(where, `does not start here (${firstLine(error)}); ${needs[provider]}`)
  }
}

/** Those of our providers that were compiled into onnxruntime-node; null for onnxruntime-web, which does not tell. */
function builtIn(runtime: Runtime): readonly Provider[] | null {
  const names = runtime.listSupportedBackends?.().map(({ name }) => name)
  return names ? providers.filter((provider) => names.includes(provider)) : null
}

function oneNode(): Uint8Array {
  const model = new Model('probe')
  const x = model.input({ name: 'x', dtype: 'float32', shape: [1] })
  model.output(model.emit('Neg', [x]), { name: 'y', dtype: 'float32', shape: [1] })
  return model.encode()
}

import { MissingError } from 'volvox/core'
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'

/** What we use of `onnxruntime-node` or `onnxruntime-web`; pass the module object itself. */
export interface Runtime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>
  }
  readonly Tensor: typeof OrtTensor
  readonly env?: { logLevel?: unknown }
  /** What it was built with; onnxruntime-web has no such list. */
  listSupportedBackends?(): readonly { readonly name: string }[]
}

/** ONNX Runtime for Node, loaded when it is first needed; by a variable name, so that bundlers for the browser leave it alone. */
export async function nodeRuntime(name = 'onnxruntime-node'): Promise<Runtime> {
  try {
    const module: unknown = await import(name)
    const runtime = isRuntime(module) ? module : (module as { default?: unknown }).default
    if (isRuntime(runtime)) {
      if (runtime.env) runtime.env.logLevel = 'fatal' // what goes wrong is thrown, too
      return runtime
    }
  } catch (error) {
    throw new MissingError(
      'ort',
      `onnxruntime-node does not load (${firstLine(error)}); install it with npm, or pass createOrt({ runtime })`,
    )
  }
  throw new MissingError('ort', 'onnxruntime-node is not the module that was expected; install version 1.18 or later')
}

/** The first line of what was thrown, without the place in ONNX Runtime's sources: its messages go on with stack traces. */
export function firstLine(error: unknown): string {
  const [line] = (error instanceof Error ? error.message : String(error)).split('\n')
  return line.replace(/^\S+\.cc:\d+ .* was false\. (?=\S)/, '')
}

function isRuntime(module: unknown): module is Runtime {
  return typeof module === 'object' && module !== null && 'InferenceSession' in module && 'Tensor' in module
}

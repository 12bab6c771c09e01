import { createOrt } from '@volvox/ort'
import * as ort from 'onnxruntime-web/wasm'
import { program, relu, input } from 'volvox/graph'
import { compute } from './compute.ts'

// Runs in the browser; the test calls what is left in `volvoxPage`.

ort.env.wasm.wasmPaths = '/ort/'
ort.env.wasm.numThreads = 2

const x = input('x', { dtype: 'float32', shape: [1] })

Object.assign(globalThis, {
  volvoxPage: {
    compute: () => compute(ort),
    refusal: (provider: 'webgpu' | 'cuda') =>
      createOrt({ runtime: ort, provider })
        .open([program('p', { y: relu(x) })], {})
        .then(
          () => null,
          (error: unknown) => String(error),
        ),
    // ONNX Runtime sets the number to 1 where threads cannot be had.
    threads: () => ort.env.wasm.numThreads,
  },
})

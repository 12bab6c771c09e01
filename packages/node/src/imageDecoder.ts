import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { MissingError, type ImageDecoder, type ImageDecoderName } from 'volvox/core'
import { wasmCodecs, wasmImageDecoder, type WasmFactory } from 'volvox/formats/dicom'

const require = createRequire(import.meta.url)
const loaded = new Map<ImageDecoderName, ImageDecoder>()

/** The decoder of compressed pixels of this name; its package is loaded at the first call. */
export function imageDecoder(name: ImageDecoderName): ImageDecoder {
  const known = loaded.get(name)
  if (known) return known
  const { factory, wasm } = wasmCodecs[name]
  try {
    const decoder = wasmImageDecoder(name, require(factory) as WasmFactory, readFileSync(require.resolve(wasm)))
    loaded.set(name, decoder)
    return decoder
  } catch (error) {
    throw new MissingError(factory, `cannot be loaded (${error instanceof Error ? error.message : String(error)}); run npm install`) // prettier-ignore
  }
}

import { FormatError } from '../../core/errors.ts'
import type { DecodedImage, ImageDecoder, ImageDecoderName } from '../../core/files.ts'

/** What Emscripten's modules of the @cornerstonejs codecs give: a class that decodes one image. */
interface DecoderInstance {
  getEncodedBuffer(length: number): Uint8Array
  decode(): void
  getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number }
  getDecodedBuffer(): Uint8Array
  /** JPEG-LS only: 0 where each component has a plane. */
  getInterleaveMode?(): number
  delete(): void
}

type Imports = WebAssembly.Imports
type Receive = (instance: WebAssembly.Instance, module: WebAssembly.Module) => void

/** Makes a module; it is ready at once when `instantiateWasm` calls `receive` before it returns. */
export type WasmFactory = (options: {
  instantiateWasm(imports: Imports, receive: Receive): WebAssembly.Exports
  print(): void
  printErr(): void
}) => unknown

/** The packages that decode, the names of their files for a bundler or `require`, and of the class inside. */
export const wasmCodecs: Readonly<
  Record<ImageDecoderName, { readonly factory: string; readonly wasm: string; readonly decoder: string }>
> = {
  jpegLs: {
    factory: '@cornerstonejs/codec-charls/decodewasmjs',
    wasm: '@cornerstonejs/codec-charls/decodewasm',
    decoder: 'JpegLSDecoder',
  },
  jpeg2000: {
    factory: '@cornerstonejs/codec-openjpeg/decodewasmjs',
    wasm: '@cornerstonejs/codec-openjpeg/decodewasm',
    decoder: 'J2KDecoder',
  },
  htj2k: {
    factory: '@cornerstonejs/codec-openjph/wasmjs',
    wasm: '@cornerstonejs/codec-openjph/wasm',
    decoder: 'HTJ2KDecoder',
  },
}

/** A wasm instance that has grown beyond this is given up after the image, since its memory never shrinks. */
const keptBytes = 256 * 2 ** 20

/**
 * A decoder from one of `wasmCodecs`, without waiting for anything: in Node the bytes are read from the package, in a browser they
 * are fetched (or compiled) before. After a failure the next image gets a fresh instance.
 */
export function wasmImageDecoder(
  name: ImageDecoderName,
  factory: WasmFactory,
  wasm: Uint8Array<ArrayBuffer> | WebAssembly.Module,
): ImageDecoder {
  const module = wasm instanceof WebAssembly.Module ? wasm : new WebAssembly.Module(wasm)
  const start = () => {
    const made: Record<string, unknown> & { memory?: WebAssembly.Memory } = {}
    const options = {
      instantiateWasm(imports: Imports, receive: Receive) {
        const instance = new WebAssembly.Instance(module, imports)
        made.memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory)
        receive(instance, module)
        return instance.exports
      },
      print: () => {},
      printErr: () => {},
    }
    factory(Object.assign(made, options))
    const Decoder = made[wasmCodecs[name].decoder]
    if (typeof Decoder !== 'function')
      throw new FormatError(name, 'its decoder is not ready at once; give the factory and the wasm of the same package')
    return { make: () => new (Decoder as new () => DecoderInstance)(), memory: made.memory }
  }
  let running: ReturnType<typeof start> | null = null
  return (encoded) => {
    const { make, memory } = (running ??= start())
    running = null // until the image is whole
    const decoded = decodeOne(make(), encoded)
    if (!memory || memory.buffer.byteLength <= keptBytes) running = { make, memory }
    return decoded
  }
}

function decodeOne(decoder: DecoderInstance, encoded: Uint8Array): DecodedImage {
  decoder.getEncodedBuffer(encoded.length).set(encoded)
  decoder.decode()
  const { width, height, bitsPerSample: bits, componentCount: components } = decoder.getFrameInfo()
  const data = decoder.getDecodedBuffer().slice()
  const planar = components > 1 && decoder.getInterleaveMode?.() === 0
  decoder.delete()
  return { width, height, components, bits, data, planar }
}

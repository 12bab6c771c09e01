/** Bytes of all arrays that were made since the last `reset`. */
export interface Allocations {
  reset(): void
  readonly bytes: number
}

const types = [
  'Uint8Array',
  'Int8Array',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'ArrayBuffer',
] as const

/** Counts from now on what `new` allocates of typed arrays. To be called before the code that is watched is loaded. */
export function watchAllocations(): Allocations {
  let bytes = 0
  for (const name of types) {
    const Original = globalThis[name]
    const watched = new Proxy(Original, {
      construct(target, args: unknown[], newTarget) {
        const made = Reflect.construct(target, args, newTarget === watched ? target : newTarget) as ArrayBufferView
        if (!(args[0] instanceof ArrayBuffer)) bytes += made.byteLength
        return made
      },
    })
    Object.defineProperty(globalThis, name, { value: watched, writable: true, configurable: true })
  }
  return {
    reset: () => void (bytes = 0),
    get bytes() {
      return bytes
    },
  }
}

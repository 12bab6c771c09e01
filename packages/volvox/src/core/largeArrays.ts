/** Arrays of so many bytes are large: they take many pages of memory, which the system hands out and clears one by one. */
export const largeBytes: number = 4 * 2 ** 20

let ready: ((array: ArrayBufferView) => void) | null = null

/** Calls `prepare` for each large array before it is written to; `null` ends that. */
export function prepareLargeArrays(prepare: ((array: ArrayBufferView) => void) | null): void {
  ready = prepare
}

/** The same array, made ready if it is large. To be called before its first element is written. */
export function prepared<T extends ArrayBufferView>(array: T): T {
  if (array.byteLength >= largeBytes) ready?.(array)
  return array
}

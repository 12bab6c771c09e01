/** dnnl_status_t */
export const OK = 0
export const UNIMPLEMENTED = 3

const names = ['success', 'out of memory', 'invalid arguments', 'unimplemented', 'iterator ends', 'runtime error', 'not required'] // prettier-ignore

export function check(status: number, what: string): void {
  if (status !== OK) throw new Error(`oneDNN: ${what} failed (${names[status] ?? status})`)
}

/** The handle that `create` leaves. */
export function created(what: string, create: (out: BigInt64Array) => number): bigint {
  const out = new BigInt64Array(1)
  check(create(out), what)
  return out[0]
}

/** `1 × 32 × 48³` for [1, 32, 48, 48, 48]: equal sizes behind the first `apart` axes stand together. */
export function shortShape(shape: readonly number[], apart = 2): string {
  const parts: string[] = []
  for (let i = 0; i < shape.length;) {
    const equal =
      i < apart ? 1 : [2, 3].filter((n) => shape.slice(i, i + n).every((size) => size === shape[i])).length + 1
    const same = Math.min(equal, shape.length - i)
    parts.push(`${shape[i]}${['', '', '²', '³'][same]}`)
    i += same
  }
  return parts.join(' × ') || '1'
}

/** 1234567 as `1.2M`. */
export function shortCount(count: number): string {
  const steps = [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const
  const [size, letter] = steps.find(([least]) => count >= least) ?? [1, '']
  const scaled = count / size
  return `${scaled >= 100 || size === 1 ? Math.round(scaled) : scaled.toFixed(1)}${letter}`
}

/** 1234567 bytes as `1.2 MiB`. */
export function shortBytes(bytes: number): string {
  const power = bytes > 0 ? Math.min(4, Math.floor(Math.log2(bytes) / 10)) : 0
  const scaled = bytes / 1024 ** power
  return `${power === 0 || scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`
}

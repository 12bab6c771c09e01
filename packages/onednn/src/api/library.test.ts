import { expect, test } from 'vitest'
import type { Layout, Operation } from '../api.ts'
import { loadLibrary, releaseLibrary } from '../ffi.ts'
import { available } from '../testing.ts'
import { runOnce } from './testing.ts'

const close = (found: Float32Array, expected: readonly number[], digits = 5) => {
  expect(found.length).toBeGreaterThanOrEqual(expected.length)
  expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, digits))
}

test.skipIf(!available)('a layout says where its elements lie', () => {
  const { api } = loadLibrary()
  const dims = [2, 20, 3, 4, 5]
  const plain = api.layout('float32', dims, 'plain')
  expect(plain).toMatchObject({ dims, strides: [1200, 60, 20, 5, 1], blocks: [], bytes: 9600, dense: true })
  const last = api.layout('float32', dims, 'channelsLast')
  expect(last).toMatchObject({ strides: [1200, 1, 400, 100, 20], blocks: [], bytes: 9600, dense: true })
  const blocked = api.layout('float32', dims, 'blocked16')
  const full = 2 * 32 * 60 * 4 // 20 channels take two blocks
  expect(blocked).toMatchObject({ strides: [1920, 960, 320, 80, 16], blocks: [{ axis: 1, size: 16 }], bytes: full })
  expect(blocked.dense).toBe(false)
  expect(api.layout('bfloat16', [2, 16, 4], 'blocked16')).toMatchObject({ dtype: 'bfloat16', bytes: 256, dense: true })
  expect(api.layout('int32', [0, 3], 'plain')).toMatchObject({ dtype: 'int32', bytes: 0, dense: true })
  expect(() => api.layout('float32', [2, 16], 'blocked16')).toThrow('no blocked16 layout for 2 axes')
})

test.skipIf(!available)('equal layouts have equal keys, others have others', () => {
  const { api } = loadLibrary()
  const dims = [2, 32, 4, 4, 4]
  const layouts = (['plain', 'channelsLast', 'blocked16', 'any'] as const).flatMap((tag) =>
    (['float32', 'bfloat16'] as const).map((dtype) => api.layout(dtype, dims, tag)),
  )
  const parts = [0, 16].map((at) => api.part(layouts[0], [2, 16, 4, 4, 4], [0, at, 0, 0, 0]))
  const keys = [...layouts, ...parts].map(({ key }) => key)
  expect(new Set(keys).size).toBe(keys.length)
  expect(api.strided('float32', dims, [2048, 64, 16, 4, 1]).key).toBe(keys[0])
  expect(api.strided('float32', dims, [2048, 1, 512, 128, 32]).key).toBe(keys[2])
})

test.skipIf(!available)('a part lies in the memory of its whole', () => {
  const { api } = loadLibrary()
  const whole = api.layout('float32', [4, 6], 'plain')
  const part = api.part(whole, [2, 6], [1, 0])
  expect(part).toMatchObject({ dims: [2, 6], strides: [6, 1], bytes: 4 * 18, dense: false })
  const numbers = Array.from({ length: 24 }, (_, i) => i)
  const dst = api.layout('float32', [2, 6], 'plain')
  const { of } = runOnce(loadLibrary(), { kind: 'reorder', src: part, dst }, [
    ['src', part, numbers.slice(0, 18)],
    ['dst', dst],
  ])
  expect(Array.from(of('dst').subarray(0, 12))).toEqual(numbers.slice(6, 18))
})

for (const [tag, dims, sizes, from, to] of [
  ['plain', [2, 6], [2, 2], [0, 4], [0, 0]],
  ['plain', [2, 3, 4], [2, 2, 4], [0, 0, 0], [0, 1, 0]],
  ['channelsLast', [2, 6, 8], [2, 3, 8], [0, 3, 0], [0, 0, 0]],
  ['blocked16', [1, 32, 8, 8], [1, 32, 4, 4], [0, 0, 0, 0], [0, 0, 4, 4]],
  ['blocked16', [2, 48, 4, 4], [2, 32, 4, 4], [0, 0, 0, 0], [0, 16, 0, 0]],
] as const)
  test.skipIf(!available)(`from part to part of ${tag} [${dims}], what lies between them stays`, () => {
    const library = loadLibrary()
    const whole = library.api.layout('float32', dims, tag)
    const [src, dst] = [library.api.part(whole, sizes, from), library.api.part(whole, sizes, to)]
    const all = Array.from({ length: whole.bytes / 4 }, (_, i) => i)
    const untouched = Array.from(all, () => NaN) // a sum with what was there would show
    const copied = runOnce(library, { kind: 'reorder', src, dst }, [
      ['src', src, all.slice(0, src.bytes / 4)],
      ['dst', dst, untouched.slice(0, dst.bytes / 4)],
    ])
    const place = (index: readonly number[]) =>
      index.reduce((at, i, axis) => {
        const block = whole.blocks.find((b) => b.axis === axis)?.size ?? 1
        return at + Math.floor(i / block) * whole.strides[axis] + (i % block)
      }, 0)
    const expected = [...untouched]
    const visit = (index: readonly number[]): void => {
      const n = sizes[index.length]
      if (n === undefined)
        expected[place(index.map((i, axis) => i + to[axis]))] = place(index.map((i, axis) => i + from[axis]))
      else for (let i = 0; i < n; i++) visit([...index, i])
    }
    visit([])
    expect(Array.from(copied.of('dst'))).toEqual(expected.slice(0, dst.bytes / 4))
  })

test.skipIf(!available)('a primitive tells the layouts that it chose, and nothing of those it has not', () => {
  const { api } = loadLibrary()
  const [src, dst] = [
    api.layout('float32', [1, 16, 8, 8], 'blocked16'),
    api.layout('float32', [1, 32, 8, 8], 'blocked16'),
  ]
  const weights = api.layout('float32', [32, 16, 3, 3], 'any')
  const frame = { strides: [1, 1], dilates: [0, 0], padBegin: [1, 1], padEnd: [1, 1] }
  const primitive = api.primitive({
    kind: 'convolution',
    direction: 'forward',
    src,
    weights,
    bias: null,
    dst,
    ...frame,
  })
  if (!primitive) throw new Error('no convolution')
  expect(primitive.layout('src').key).toBe(src.key)
  expect(primitive.layout('dst').key).toBe(dst.key)
  const chosen = primitive.layout('weights')
  expect(chosen.dims).toEqual([32, 16, 3, 3])
  expect(chosen.bytes).toBeGreaterThanOrEqual(4 * 32 * 16 * 9)
  expect(primitive.layout('diffWeights')).toMatchObject({ dims: [], bytes: 0 })
  expect(primitive.implementation).toMatch(/\w/)
  api.destroy(primitive)
})

test.skipIf(!available)('bfloat16 keeps eight bits, rounded to even', () => {
  const library = loadLibrary()
  const [wide, narrow] = (['float32', 'bfloat16'] as const).map((dtype) => library.api.layout(dtype, [4], 'plain'))
  const numbers = [1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -2.5]
  const { of } = runOnce(library, { kind: 'reorder', src: wide, dst: narrow }, [
    ['src', wide, numbers],
    ['dst', narrow],
  ])
  const bits = new Uint16Array(of('dst').buffer, 0, 4)
  const back = new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer)
  expect([...back]).toEqual([1, 1, 1 + 2 ** -6, -2.5])
})

test.skipIf(!available)('layer norm and its gradient', () => {
  const library = loadLibrary()
  const data = library.api.layout('float32', [2, 3], 'plain')
  const stats = library.api.layout('float32', [2], 'plain')
  const vector = library.api.layout('float32', [3], 'plain')
  const x = [1, 2, 6, -1, 0, 4]
  const [scale, shift] = [[1, 2, -1], [0, 1, 0.5]] // prettier-ignore
  const eps = 0.5
  const forward = runOnce(library, { kind: 'layerNorm', direction: 'forward', data, stats, eps }, [
    ['src', data, x],
    ['scale', vector, scale],
    ['shift', vector, shift],
    ['mean', stats],
    ['variance', stats],
    ['dst', data],
  ])
  const rows = [x.slice(0, 3), x.slice(3)]
  const means = rows.map((row) => (row[0] + row[1] + row[2]) / 3)
  const variances = rows.map((row, i) => row.reduce((sum, v) => sum + (v - means[i]) ** 2, 0) / 3)
  const normal = rows.map((row, i) => row.map((v) => (v - means[i]) / Math.sqrt(variances[i] + eps)))
  close(forward.of('mean'), means)
  close(forward.of('variance'), variances)
  close(
    forward.of('dst'),
    normal.flatMap((row) => row.map((v, c) => v * scale[c] + shift[c])),
  )
  const g = [0.5, -1, 2, 1, 1, -3]
  const backward = runOnce(library, { kind: 'layerNorm', direction: 'backward', data, stats, eps }, [
    ['src', data, x],
    ['diffDst', data, g],
    ['scale', vector, scale],
    ['shift', vector], // asked for before 3.8, though no gradient depends on it
    ['mean', stats, means],
    ['variance', stats, variances],
    ['diffSrc', data],
    ['diffScale', vector],
    ['diffShift', vector],
  ])
  close(
    backward.of('diffScale'),
    [0, 1, 2].map((c) => g[c] * normal[0][c] + g[c + 3] * normal[1][c]),
  )
  close(
    backward.of('diffShift'),
    [0, 1, 2].map((c) => g[c] + g[c + 3]),
  )
  // dx = (h - mean(h) - n * mean(h n)) / std, with h = g * scale
  const expected = normal.flatMap((n, i) => {
    const h = n.map((_, c) => g[3 * i + c] * scale[c])
    const mean = (h[0] + h[1] + h[2]) / 3
    const along = (h[0] * n[0] + h[1] * n[1] + h[2] * n[2]) / 3
    return h.map((v, c) => (v - mean - n[c] * along) / Math.sqrt(variances[i] + eps))
  })
  close(backward.of('diffSrc'), expected)
})

for (const log of [false, true])
  test.skipIf(!available)(`${log ? 'log softmax' : 'softmax'} and its gradient`, () => {
    const library = loadLibrary()
    const data = library.api.layout('float32', [2, 3], 'plain')
    const x = [1, 2, 4, 0, 0, -1]
    const forward = runOnce(library, { kind: 'softmax', direction: 'forward', log, axis: 1, data }, [
      ['src', data, x],
      ['dst', data],
    ])
    const p = [0, 3].flatMap((at) => {
      const e = x.slice(at, at + 3).map(Math.exp)
      return e.map((v) => v / (e[0] + e[1] + e[2]))
    })
    const y = log ? p.map(Math.log) : p
    close(forward.of('dst'), y)
    const g = [1, -2, 0.5, 3, 1, 1]
    const backward = runOnce(library, { kind: 'softmax', direction: 'backward', log, axis: 1, data }, [
      ['dst', data, y],
      ['diffDst', data, g],
      ['diffSrc', data],
    ])
    const expected = g.map((v, i) => {
      const at = i < 3 ? 0 : 3
      const sum = [0, 1, 2].reduce((total, c) => total + g[at + c] * (log ? 1 : p[at + c]), 0)
      return log ? v - p[i] * sum : p[i] * (v - sum)
    })
    close(backward.of('diffSrc'), expected)
  })

test.skipIf(!available)(
  'two linear functions after a sum have parameters of their own where the library says so',
  () => {
    const library = loadLibrary()
    const { api } = library
    const data = api.layout('float32', [64], 'plain')
    const operation: Operation = { kind: 'binary', algorithm: 'add', a: data, b: data, dst: data }
    const numbers = Array.from({ length: 64 }, (_, i) => i)
    const linear = (alpha: number, beta: number) => ({ kind: 'eltwise', algorithm: 'linear', alpha, beta }) as const
    const { of } = runOnce(
      library,
      operation,
      [
        ['src', data, numbers],
        ['src1', data, numbers],
        ['dst', data],
      ],
      [linear(2, 1), linear(3, 5)],
    )
    const exact = 3 * (2 * (7 + 7) + 1) + 5
    expect(of('dst')[7] === exact).toBe(api.hasOwnPostOpParameters)
  },
)

test.skipIf(!available)('what is not implemented is null, and memory is given back', () => {
  const { api } = loadLibrary()
  const data = (dtype: 'int32' | 'float32'): Layout => api.layout(dtype, [2, 3], 'plain')
  const pair = { kind: 'softmax', direction: 'forward', log: false, axis: 1 } as const
  expect(api.primitive({ ...pair, data: data('int32') })).toBeNull()
  releaseLibrary()
  const again = loadLibrary().api
  expect(again).not.toBe(api)
  const made = again.primitive({ ...pair, data: again.layout('float32', [2, 3], 'plain') })
  expect(made).not.toBeNull()
  if (made) again.destroy(made)
})

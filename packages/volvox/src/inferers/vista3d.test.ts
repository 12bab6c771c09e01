// The numbers of 13 cases were compared with MONAI's sliding windows and point_based_window_inferer when this was written.
import { expect, test } from 'vitest'
import { floats, type FloatTensor } from '../core/tensor.ts'
import { vista3d132 } from '../networks/index.ts'
import { pointWindowInference } from './pointWindow.ts'
import type { RunningNetwork } from './runNetwork.ts'
import { slidingWindowInference } from './slidingWindow.ts'
import { vista3dPredictor } from './vista3d.ts'
import { mergedByComponents } from './vista3dMerge.ts'

/** A row of voxels as masks `[B, 1, 1, 1, n]`. */
const row = (...masks: readonly (readonly number[])[]) => floats([masks.length, 1, 1, 1, masks[0].length], masks.flat())
const at = (...places: readonly number[]) => places.flatMap((x) => [0, 0, x])
const clicks = (places: readonly number[], labels: readonly number[]) => ({
  coords: floats([1, labels.length, 3], at(...places)),
  labels: floats([1, labels.length], labels),
})

test('points change the components that they lie in or beside, and no others', () => {
  const before = row([-5, -5, -5, -5, -5, 5, 5, -5, -5])
  const marked = row([1, 1, -1, -1, -1, -1, -1, -1, 1])
  const merged = (places: readonly number[], labels: readonly number[]) =>
    Array.from(mergedByComponents(before, marked, clicks(places, labels)).data)
  expect(merged([0], [1])).toEqual([1, 1, -5, -5, -5, 5, 5, -5, -5])
  expect(merged([3], [3])).toEqual([1, 1, -5, -5, -5, 5, 5, -5, -5]) // two voxels beside it
  expect(merged([4], [1])).toEqual(Array.from(before.data)) // three voxels from either
  expect(merged([6], [0])).toEqual([-5, -5, -5, -5, -5, -1, -1, -5, -5])
  expect(merged([8, 5], [1, 2])).toEqual([-5, -5, -5, -5, -5, -1, -1, -5, 1])
  expect(merged([0], [-1])).toEqual(Array.from(before.data))
})

test('a point inside a mask brings the whole component of what the points mark, and NaN stays', () => {
  const marked = row([1, 2, 3, -4])
  expect(Array.from(mergedByComponents(row([5, -5, -5, -5]), marked, clicks([0], [1])).data)).toEqual([1, 2, 3, -5])
  expect(Array.from(mergedByComponents(row([-5, NaN, 5, 5]), marked, clicks([0], [1])).data)).toEqual([1, NaN, 5, 5])
})

/** VISTA3D that answers the class or the number of points everywhere, and notes what it was asked. */
function answering(asked: string[] = []): RunningNetwork {
  const everywhere = ({ shape }: FloatTensor, value: (row: number) => number) =>
    floats(
      [shape[0], 1, 4, 4, 4],
      Float32Array.from({ length: shape[0] * 64 }, (_, i) => value(Math.floor(i / 64))),
    )
  return {
    network: vista3d132({ encoderEmbedDim: 8 }),
    call: async (method, _, first, labels, classes) => {
      asked.push(
        `${method} ${[first, labels, classes].flatMap((one) => (one ? [`[${one.data.join()}]`] : [])).join(' ')}`,
      )
      const byClass = (given: FloatTensor) => everywhere(given, (object) => given.data[object])
      if (method === 'forward') return [byClass(first)]
      const marked = everywhere(labels, () => labels.shape[1])
      return method === 'pointMasks' ? [marked] : [byClass(classes), marked]
    },
    dispose: async () => {},
  }
}

test('windows see the points that lie strictly inside, of the objects that have some', async () => {
  const asked: string[] = []
  const predictor = vista3dPredictor(answering(asked), {
    pointCoords: floats([2, 2, 3], [1, 1, 1, 1, 1, 6, 1, 1, 5, 0, 0, 0]),
    pointLabels: floats([2, 2], [1, 0, 1, -1]),
  })
  const image = floats([1, 1, 4, 4, 12])
  const options = { roiSize: 4, overlap: 0, withCoord: true } as const
  const { shape, data } = (await slidingWindowInference(image, predictor, options)) as FloatTensor
  expect(asked).toEqual([
    'pointMasks [1,1,1] [1]', // the first window: one point of the first object
    'pointMasks [0,0,0,1,1,2,1,1,1,0,0,0] [-1,0,1,-1]',
  ])
  expect(shape).toEqual([1, 2, 4, 4, 12])
  expect([0, 4, 8].flatMap((x) => [data[x], data[x + 192]])).toEqual([1, -9999, 2, 2, -9999, -9999])
})

test('padding of small images moves points, and classes may come with many windows at once', async () => {
  const asked: string[] = []
  const points = { pointCoords: floats([1, 1, 3], [1, 1, 1]), pointLabels: floats([1, 1], [1]) }
  const small = vista3dPredictor(answering(asked), { ...points, classVector: floats([1], [7]) })
  await slidingWindowInference(floats([1, 1, 2, 4, 4]), small, { roiSize: 4, withCoord: true })
  expect(asked).toEqual(['bothMasks [2,1,1] [1] [7]'])
  const automatic = vista3dPredictor(answering(), { classVector: floats([2, 1], [3, 4]) })
  const windows = { roiSize: 4, swBatchSize: 1, withCoord: true }
  const { data } = (await slidingWindowInference(floats([1, 1, 4, 4, 4]), automatic, windows)) as FloatTensor
  expect([data[0], data[64]]).toEqual([3, 4])
})

test('windows around points are summed; elsewhere there is what was before', async () => {
  const image = floats(
    [1, 1, 4, 4, 12],
    Float32Array.from({ length: 192 }, (_, i) => i % 12),
  )
  const pointCoords = floats([1, 2, 3], [2, 2, 3, 2, 2, 4])
  const seen = await pointWindowInference(image, (window) => window, { roiSize: [4, 4, 4], pointCoords })
  expect(Array.from(seen.data.slice(0, 12))).toEqual([NaN, 1, 4, 6, 8, 5, NaN, NaN, NaN, NaN, NaN, NaN])
  const prevMask = floats([1, 1, 4, 4, 12])
  const options = { roiSize: [4, 4, 4], pointCoords, pointStart: 1, prevMask }
  const filled = await pointWindowInference(image, (window) => window, options)
  expect(Array.from(filled.data.slice(0, 12))).toEqual([0, 0, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0])
  const three = { roiSize: [4, 4, 4], pointCoords: floats([1, 1, 3], [2, 2, 6]), centerOnly: false, margin: 1 }
  const around = await pointWindowInference(image, (window) => floats(window.shape, window.data.fill(1)), three)
  expect(Array.from(around.data.slice(0, 12))).toEqual([NaN, NaN, NaN, 9, 18, 27, 27, 18, 9, NaN, NaN, NaN])
})

test('prompts that do not fit get one sentence', async () => {
  const points = floats([1, 2, 3])
  const of = (prompts: Parameters<typeof vista3dPredictor>[1]) => () => vista3dPredictor(answering(), prompts)
  expect(of({ pointCoords: points })).toThrow(
    /^vista3dPredictor: got points without labels, or labels without points; give both$/,
  )
  expect(of({ pointCoords: points, pointLabels: floats([1, 3]) })).toThrow(
    /^vista3dPredictor: points \[1, 2, 3\] and labels \[1, 3\] do not go together; give \[B, N, 3\] and \[B, N\]$/,
  )
  const both = { pointCoords: points, pointLabels: floats([1, 2]) }
  expect(of({ ...both, classVector: floats([2]) })).toThrow(/got 2 classes and points of 1 objects; give as many/)
  expect(of({ ...both, prevMask: floats([1, 2, 4, 4, 4]) })).toThrow(/got 2 masks from before and points of 1 objects/)
  await expect(async () => of(both)()(floats([1, 1, 4, 4, 4]))).rejects.toThrow(
    /^vista3dPredictor: got 1 windows at once, or no places; use withCoord, and swBatchSize 1 for points$/,
  )
  const wide = { roiSize: [4, 4, 4], pointCoords: floats([2, 1, 3]) }
  await expect(pointWindowInference(floats([1, 1, 4, 4, 4]), (x) => x, wide)).rejects.toThrow(
    /^pointWindowInference: was given points \[2, 1, 3\]; it takes those of one object, \[1, N, 3\]$/,
  )
})

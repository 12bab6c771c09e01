import fc from 'fast-check'
import { expect, test } from 'vitest'
import { floats, sizeOf, type FloatTensor } from '../core/tensor.ts'
import { fixedBatch } from './fixedBatch.ts'
import { FlipInferer } from './flip.ts'
import { outputList, type Predictor } from './inferer.ts'
import { SimpleInferer, SliceInferer, SlidingWindowInferer } from './inferers.ts'
import { slidingWindowInference, type SlidingWindowOptions } from './slidingWindow.ts'

function ramp(shape: readonly number[]): FloatTensor {
  return floats(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => i),
  )
}

const twice: Predictor = (batch) => ({ ...batch, data: batch.data.map((x) => 2 * x) })

async function only(
  outputs: ReturnType<Predictor> | ReturnType<ReturnType<typeof SimpleInferer>>,
): Promise<FloatTensor> {
  const list = outputList(await outputs)
  expect(list).toHaveLength(1)
  return list[0]
}

test('windows of a voxelwise network add up to what the whole image gives', async () => {
  const shape = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 })
  const cases = shape.chain((size) =>
    fc.record({
      size: fc.constant(size),
      batch: fc.integer({ min: 1, max: 2 }),
      roiSize: fc.array(fc.integer({ min: -1, max: 12 }), { minLength: size.length, maxLength: size.length }),
      overlap: fc.constantFrom(0, 0.25, 0.6),
      mode: fc.constantFrom('constant' as const, 'gaussian' as const),
      swBatchSize: fc.integer({ min: 1, max: 5 }),
    }),
  )
  await fc.assert(
    fc.asyncProperty(cases, async ({ size, batch, ...options }) => {
      const image = ramp([batch, 2, ...size])
      const got = await only(SlidingWindowInferer(options)(image, twice))
      expect(got.shape).toEqual(image.shape)
      got.data.forEach((x, i) => expect(Math.abs(x - 2 * i)).toBeLessThanOrEqual(1e-5 * (i + 1)))
    }),
    { numRuns: 60 },
  )
})

test('a predictor works on one call at a time, and may give its memory of two calls before again', async () => {
  const memory = [new Float32Array(8), new Float32Array(8)]
  let busy = false
  const reusing: Predictor = async (batch) => {
    expect(busy).toBe(false)
    busy = true
    await Promise.resolve()
    busy = false
    const data = memory.reverse()[0]
    data.set(batch.data)
    return { ...batch, data }
  }
  const image = ramp([1, 1, 40])
  const got = await only(SlidingWindowInferer({ roiSize: 8, overlap: 0.5 })(image, reusing))
  expect(got.data).toEqual(image.data)
})

test('what fails first is told: a predictor, or what was done with the outputs of the call before', async () => {
  let calls = 0
  const failing: Predictor = (batch) => (calls++ === 2 ? Promise.reject(new Error('no third')) : Promise.resolve(batch))
  const run = (processFn: SlidingWindowOptions['processFn']) =>
    slidingWindowInference(ramp([1, 1, 40]), failing, { roiSize: 8, processFn })
  await expect(run(null)).rejects.toThrow('no third')
  calls = 1
  const broken = () => {
    throw new Error('not this one')
  }
  await expect(run(broken)).rejects.toThrow('not this one')
})

test('windows come with their places, and progress is told', async () => {
  const seen: number[] = []
  const progress: [number, number][] = []
  const spy: Predictor = (batch, places = []) => {
    expect(places).toHaveLength(batch.shape[0])
    places.forEach(({ item, start, stop }, n) => {
      expect(stop[0] - start[0]).toBe(3)
      expect(batch.data[n * 3]).toBe(item * 7 + start[0])
      seen.push(start[0])
    })
    return batch
  }
  await slidingWindowInference(ramp([2, 1, 7]), spy, {
    roiSize: 3,
    overlap: 0,
    swBatchSize: 4,
    withCoord: true,
    onProgress: (...p) => progress.push(p),
  })
  expect(seen).toEqual([0, 3, 4, 0, 3, 4])
  expect(progress).toEqual([
    [4, 6],
    [6, 6],
  ])
})

test('an output of half the size lands in proportion', async () => {
  const halved: Predictor = (batch) =>
    floats(
      [batch.shape[0], 1, batch.shape[2] / 2],
      batch.data.filter((_, i) => i % 2 === 0),
    )
  const both: Predictor = async (batch) => [batch, await only(halved(batch))]
  const [whole, half] = outputList(await slidingWindowInference(ramp([1, 1, 12]), both, { roiSize: 4, overlap: 0.5 }))
  expect([...whole.data]).toEqual([...ramp([12]).data])
  expect([...half.data]).toEqual([0, 2, 4, 6, 8, 10])
})

test('outputs keep their names, and windows may be processed before they are blended', async () => {
  const named: Predictor = (batch) => ({ b: batch, a: { ...batch, data: batch.data.map((x) => -x) } })
  const image = ramp([1, 1, 6])
  const got = await slidingWindowInference(image, named, {
    roiSize: [null],
    processFn: ([a, b], windows, weights) => [[{ ...a, data: a.data.map((x, i) => x + windows.data[i]) }, b], weights],
  })
  expect(got).toEqual({ a: floats([1, 1, 6]), b: image })
  const flipped = await FlipInferer()(image, named)
  expect(flipped).toMatchObject({ b: image })
})

test('slices are seen as images of two axes', async () => {
  const image = ramp([1, 1, 3, 4, 5])
  const flat: Predictor = (batch) => {
    expect(batch.shape.slice(2)).toEqual([3, 2])
    return twice(batch)
  }
  const got = await only(SliceInferer({ roiSize: [3, 2], spatialDim: 1, swBatchSize: 2 })(image, flat))
  expect(got.shape).toEqual(image.shape)
  expect([...got.data]).toEqual(Array.from(image.data, (x) => 2 * x))
})

test('flip averaging undoes each flip, and evens out what depends on the side', async () => {
  const image = ramp([1, 1, 2, 3])
  expect([...(await only(FlipInferer()(image, twice))).data]).toEqual([0, 2, 4, 6, 8, 10])
  let calls = 0
  const position: Predictor = (batch) => {
    calls++
    return ramp(batch.shape)
  }
  expect([...(await only(FlipInferer({ spatialAxes: [-1] })(image, position))).data]).toEqual([1, 1, 1, 4, 4, 4])
  expect(calls).toBe(2)
  const windows = SlidingWindowInferer({ roiSize: [2, 2] })
  expect([...(await only(FlipInferer({ inferer: windows })(image, twice))).data]).toEqual([0, 2, 4, 6, 8, 10])
})

test('a fixed batch is filled up and cut again', async () => {
  const strict: Predictor = (batch) => {
    expect(batch.shape[0]).toBe(4)
    return twice(batch)
  }
  const got = await only(
    SlidingWindowInferer({ roiSize: 2, overlap: 0, swBatchSize: 4 })(ramp([1, 1, 10]), fixedBatch(strict, 4)),
  )
  expect([...got.data]).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18])
})

test('bad options and outputs are refused in one sentence', async () => {
  const image = ramp([1, 1, 4, 4])
  await expect(SlidingWindowInferer({ roiSize: 2, overlap: 1 })(image, twice)).rejects.toThrow(
    'slidingWindowInference.overlap: 1 is out of range; give 0 or more and less than 1',
  )
  await expect(SlidingWindowInferer({ roiSize: [2, 2, 2] })(image, twice)).rejects.toThrow(
    /roiSize: \[2, 2, 2\] has 3 values/,
  )
  await expect(SlidingWindowInferer({ roiSize: 2 })(image, () => floats([3, 1, 2, 2]))).rejects.toThrow(
    /gave 3 outputs for 1 windows/,
  )
  await expect(SlidingWindowInferer({ roiSize: 2 })(ramp([4, 4]), twice)).rejects.toThrow(
    'slidingWindowInference: was given [4, 4] with 16 values; it takes images [batch, channel, ...spatial]',
  )
  let channels = 0
  const changing: Predictor = () => floats([1, ++channels, 2, 2])
  await expect(SlidingWindowInferer({ roiSize: 2 })(image, changing)).rejects.toThrow(
    'the predictor gave [1, 2, 2, 2] with 8 values after windows of [1, 2, 2]; all windows must give the same shape',
  )
  let calls = 0
  const more: Predictor = (batch) => Array.from({ length: ++calls }, () => batch)
  await expect(SlidingWindowInferer({ roiSize: 2 })(image, more)).rejects.toThrow(
    'the predictor gave 2 tensors after 1 before; it must give the same number, 1 or more, for every window',
  )
  await expect(SlidingWindowInferer({ roiSize: 20, paddingMode: 'reflect' })(image, twice)).rejects.toThrow(
    /reflect padding by 8 needs more than the 4 voxels/,
  )
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LoadImage, RandomState, Resize, useFiles, writeVolume, type Image } from 'volvox'
import { imageFromStored } from 'volvox/core'
import { nodeFiles } from './files.ts'
import { nodeKernelThreads } from './nodeKernelThreads.ts'

const folder = mkdtempSync(join(tmpdir(), 'volvox-briefly-'))
const shape = [96, 96, 96]
const length = 96 ** 3
const names = ['a.nii.gz', 'b.mgz', 'c.nrrd', 'd.mha']
const voxels = names.map((_, i) => Int16Array.from(new RandomState(i).randint(-2000, 2000, length)))
const path = (i: number): string => join(folder, names[i])

beforeAll(() => {
  useFiles(nodeFiles)
  names.forEach((_, i) => {
    const volume = { shape, spatialDims: 3, affine: identity, meta: {}, dtype: 'int16' as const, data: voxels[i] }
    writeVolume(path(i), volume, { compress: true, level: 1 }, nodeFiles)
  })
  nodeKernelThreads(2)
})
afterAll(() => {
  nodeKernelThreads(1)
  rmSync(folder, { recursive: true })
})

const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
const isThatOf = (img: Image, i: number): boolean => img.data.every((x, at) => x === voxels[i][at])

test('images whose voxels were left in kernel memory have them, whatever is read, resampled or looked at before', () => {
  const load = LoadImage({ ensureChannelFirst: true })
  for (const order of [
    [0, 1, 2, 3],
    [3, 0, 0, 1],
    [2, 2, 0, 3],
  ]) {
    const images = order.map((i) => load(path(i)))
    const resize = Resize({ spatialSize: [20, 20, 20] })
    resize(load(path(order[3])))
    for (const at of [2, 0, 3, 1]) expect(isThatOf(images[at], order[at]), `${names[order[at]]}`).toBe(true)
  }
  const kept = LoadImage({ dtype: null })(path(0))
  load(path(1))
  expect(isThatOf(kept, 0)).toBe(true)
})

test('voxels die with the image that computed them: V8 need not mark all that is alive to find that', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (how: { type: 'minor' }) => void
  const stored = { dtype: 'int16', elements: () => voxels[0], start: 0, shape, strides: [1, 96, 96 ** 2] } as const
  const look = (): number =>
    imageFromStored(
      { shape, affine: identity, meta: {}, history: [] },
      { ...stored, scaling: null },
      () => new Float32Array(length),
    ).data.length
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < 20; i++) {
    look()
    collect({ type: 'minor' })
  }
  collect({ type: 'minor' })
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5 * 4 * length)
})

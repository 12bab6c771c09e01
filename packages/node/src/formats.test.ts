import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readVolume, type Volume } from 'volvox'
import { nodeFiles } from './files.ts'

const data = join(import.meta.dirname, '../../../../shared/data')
const formatsIndex = join(data, 'formats/index.json')

interface Recorded {
  readonly file: string
  readonly format: string
  readonly shape: readonly number[]
  readonly affineRAS: readonly (readonly number[])[] | null
  readonly info: {
    readonly nibabelAffine?: readonly (readonly number[])[]
    readonly axisWithoutDirection?: readonly number[]
  }
  /** Index, value. */
  readonly probes: readonly (readonly (number | readonly number[])[])[]
  readonly expected: string | null
}

function indexOf<T>(path: string, key: string): readonly T[] {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, readonly T[]>)[key] : []
}

const recorded = indexOf<Recorded>(formatsIndex, 'files')

describe.skipIf(recorded.length === 0)('recorded files of all formats (shared/data/formats)', () => {
  test.each(recorded)('$file', (file) => {
    const volume = readVolume(join(data, 'formats', file.file), { affineRule: 'standard' }, nodeFiles)
    const axes = axesOf(file)
    expect(axes.map((axis) => volume.shape[axis])).toEqual(file.shape)
    const matrix = file.affineRAS?.flat()
    if (matrix) volume.affine.forEach((x, i) => expect(x).toBeCloseTo(matrix[i], 4))
    if (file.info.nibabelAffine)
      expect(readVolume(join(data, 'formats', file.file), {}, nodeFiles).affine).toEqual(file.info.nibabelAffine.flat())
    for (const probe of file.probes) {
      const value = probe[axes.length]
      if (typeof value === 'number') expect(at(volume, axes, probe as number[])).toBe(value)
    }
    if (file.expected === null) return
    const npy = nodeFiles.inflate(nodeFiles.read(join(data, 'formats', file.expected)), 2 ** 28)
    const expected = readVolume('expected.npy', {}, { ...nodeFiles, read: () => npy })
    const complex = expected.shape.length > axes.length
    const order = complex ? [...axes, axes.length] : axes
    let wrong = 0
    eachIndex(expected.shape, (index, i) => {
      const [found, wanted] = [at(volume, order, index), Number(expected.data[i])]
      if (found !== wanted && !(Number.isNaN(found) && Number.isNaN(wanted))) wrong++
    })
    expect(wrong).toBe(0)
  })
})

/** Which axis of a volume each recorded axis is: NRRD may have others in front, images are recorded by row and column. */
function axesOf({ format, shape, info }: Recorded): number[] {
  const all = shape.map((_, axis) => axis)
  if (format === 'image') return shape.length === 3 && shape[2] > 4 ? [2, 1, 0] : [1, 0, ...all.slice(2)]
  const without = info.axisWithoutDirection ?? []
  const order = [...all.filter((axis) => !without.includes(axis)), ...without]
  return all.map((axis) => order.indexOf(axis))
}

function at({ shape, data: voxels }: Volume, axes: readonly number[], index: readonly number[]): number {
  const own = shape.map((_, axis) => index[axes.indexOf(axis)])
  return Number(voxels[own.reduce((place, i, axis) => place * shape[axis] + i, 0)])
}

function eachIndex(shape: readonly number[], visit: (index: readonly number[], i: number) => void): void {
  const index = shape.map(() => 0)
  const count = shape.reduce((product, n) => product * n, 1)
  for (let i = 0; i < count; i++) {
    visit(index, i)
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) index[axis] = 0
  }
}

import { expect, test } from 'vitest'
import { memoryFiles } from '../memoryFiles.ts'
import { readVolume } from '../open.ts'

const affineOf = (...fields: string[]): number[] => {
  const head = ['NRRD0004', 'type: uchar', 'dimension: 3', 'sizes: 4 5 6', 'encoding: raw', ...fields, '', ''].join(
    '\n',
  )
  const bytes = new Uint8Array(head.length + 120)
  bytes.set(new TextEncoder().encode(head))
  return [...readVolume('a.nrrd', {}, memoryFiles(new Map([['a.nrrd', bytes]]))).affine]
}
const diagonal = (steps: number[], first: number[]) => [-steps[0], 0, 0, 0 - first[0], 0, -steps[1], 0, 0 - first[1], 0, 0, steps[2], first[2], 0, 0, 0, 1] // prettier-ignore

test('extents are those of cells, unless samples are nodes; without spacings they give them', () => {
  const mins = 'axis mins: 5 6 7'
  expect(affineOf('spacings: 1 2 3')).toEqual(diagonal([1, 2, 3], [0, 0, 0]))
  expect(affineOf('spacings: 1 2 3', mins)).toEqual(diagonal([1, 2, 3], [5.5, 7, 8.5])) // as ITK 5.2
  expect(affineOf('spacings: 1 2 3', mins, 'centerings: cell node ???')).toEqual(diagonal([1, 2, 3], [5.5, 6, 8.5]))
  expect(affineOf(mins, 'axis maxs: 15 16 19', 'centers: cell cell node')).toEqual(diagonal([2.5, 2, 2.4], [6.25, 7, 7])) // prettier-ignore
})

// The numbers are compared with MONAI by the runner of goldens; here is what prompts promise.
import { expect, test } from 'vitest'
import { floats, sizeOf, type FloatTensor } from '../../core/tensor.ts'
import { evaluate } from '../../graph/interpret/index.ts'
import { input } from '../../graph/ir.ts'
import { TorchGenerator } from '../../rng/index.ts'
import { forwardPass } from '../pass.ts'
import { PointMappingSAM } from './pointMappingSam.ts'
import { SegResNetDS2 } from './segresnetDs.ts'
import { ClassMappingClassify, VISTA3D, vista3d132 } from './vista3d.ts'

const featureSize = 8
const net = VISTA3D({
  imageEncoder: SegResNetDS2({ blocksDown: [1, 1], norm: 'instance', outChannels: featureSize, initFilters: 8 }),
  classHead: ClassMappingClassify({ nClasses: 20, featureSize }),
  pointHead: PointMappingSAM({ featureSize, nClasses: 20, lastSupported: 9 }),
})
const states = net.init(new TorchGenerator(1))
const shape = [1, 1, 8, 8, 8]
const voxels = 512
const image = floats(
  shape,
  Float32Array.from({ length: voxels }, (_, i) => Math.sin(i)),
)
const points = floats([2, 2, 3], [1, 2, 3, 6, 5, 4, 2, 2, 2, 7, 1, 0])
const classes = floats([2, 1], [3, 4])

function masksOf(...prompts: FloatTensor[]): Float64Array {
  const feeds = [image, ...prompts]
  const inputs = feeds.map((value, i) => input(String(i), { dtype: 'float32', shape: value.shape }))
  const [masks] = evaluate([net.forward(forwardPass(), ...inputs)], { ...states, ...feeds })
  return masks.data as Float64Array
}

test('objects without points keep the masks of their classes, and have none where no classes are asked for', () => {
  const labels = floats([2, 2], [-1, -1, 1, 0])
  const alone = masksOf(classes)
  const both = masksOf(points, labels, classes, classes)
  expect(both.slice(0, voxels)).toEqual(alone.slice(0, voxels))
  expect(both.slice(voxels)).not.toEqual(alone.slice(voxels))
  const marked = masksOf(points, labels)
  expect(new Set(marked.slice(0, voxels))).toEqual(new Set([-9999]))
  expect(masksOf(points, floats([2, 2], [-1, -1, -1, -1])).every((x) => x > -9999)).toBe(true)
})

test('objects do not know of each other, and new classes are told from known ones', () => {
  const labels = floats([2, 2], [1, -1, 3, 2])
  const marked = masksOf(points, labels, classes)
  const swapped = masksOf(
    floats([2, 2, 3], [...points.data.slice(6), ...points.data.slice(0, 6)]),
    floats([2, 2], [3, 2, 1, -1]),
    classes,
  )
  swapped.slice(voxels).forEach((x, i) => expect(x).toBeCloseTo(marked[i], 9))
  expect(masksOf(points, labels, floats([2, 1], [9, 9]))).toEqual(marked)
  expect(masksOf(points, labels, floats([2, 1], [10, 9])).slice(0, voxels)).not.toEqual(marked.slice(0, voxels))
})

test('vista3d132 has the weights of the published one', () => {
  const { weights } = vista3d132({})
  const learnt = weights.filter(({ trainable }) => trainable)
  expect(learnt.reduce((sum, weight) => sum + sizeOf(weight.shape), 0)).toBe(217_964_982)
  expect(weights).toHaveLength(259)
  expect(weights.at(-1)!.name).toBe('point_head.supported_embed.weight')
})

test('prompts and options that do not fit get one sentence', () => {
  expect(() => masksOf(points, floats([2, 3], [1, 1, 1, 1, 1, 1]))).toThrow(
    /^VISTA3D: input_images \[.*\], .* do not fit: points: points \[2, 2, 3\] and labels \[2, 3\] do not go together; give \[B, N, 3\] and \[B, N\]$/,
  )
  expect(() => masksOf()).toThrow(/^VISTA3D: got no prompts; give class_vector, or point_coords and point_labels$/)
  expect(() => PointMappingSAM({ featureSize: 12 })).toThrow(
    /^PointMappingSAM.featureSize: is 12; give a multiple of 8$/,
  )
})

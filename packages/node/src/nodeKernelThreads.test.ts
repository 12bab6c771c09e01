import { afterAll, expect, test } from 'vitest'
import {
  Activations,
  Affine,
  Compose,
  GibbsNoise,
  image,
  KSpaceSpikeNoise,
  Rand3DElastic,
  RandomState,
  Resize,
  Rotate90,
  Spacing,
  useKernelThreads,
  type Image,
} from 'volvox'
import { nodeKernelThreads } from './nodeKernelThreads.ts'

afterAll(() => useKernelThreads(1, () => ({ terminate() {} })))

const shape = [2, 40, 37, 33]
const data = Float32Array.from(new RandomState(2).rand(2 * 40 * 37 * 33))

function results(): Image[] {
  const scan = image('float32', shape, data)
  const elastic = Rand3DElastic({ prob: 1, sigmaRange: [2, 3], magnitudeRange: [5, 9] }).setRandomState(4)
  return [
    Affine({ rotateParams: [0.2, 0.1, -0.3] })(scan),
    Affine({ rotateParams: [0.2, 0.1, -0.3], mode: 'bicubic' })(scan),
    Resize({ spatialSize: [20, 50, 41], mode: 'trilinear', antiAliasing: true })(scan),
    Compose([Spacing({ pixdim: [1.3, 0.7, 1.1] })])(scan) as Image,
    elastic(scan),
    Activations({ softmax: true })(scan),
    Activations({ sigmoid: true })(scan),
    Rotate90({ spatialAxes: [0, 2] })(scan),
    GibbsNoise({ alpha: 0.5 })(scan),
    KSpaceSpikeNoise({ loc: [3, 4, 5] })(scan),
  ]
}

test('threads give the same bits as one, whether or not they have started yet', async () => {
  const alone = results()
  nodeKernelThreads(3)
  for (let round = 0; round < 4; round++) {
    results().forEach((result, i) => expect(Buffer.compare(bytes(result), bytes(alone[i]))).toBe(0))
    await new Promise((resolve) => setTimeout(resolve, 50)) // by then the threads take part
  }
})

test('a number of threads that cannot be is refused', () => {
  expect(() => nodeKernelThreads(0)).toThrow(
    'useKernelThreads: 0 threads cannot be used; give a whole number from 1 to 16',
  )
})

function bytes({ data: voxels }: Image): Buffer {
  return Buffer.from(voxels.buffer, voxels.byteOffset, voxels.byteLength)
}

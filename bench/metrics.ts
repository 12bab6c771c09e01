import { keepFreedMemory, nodeKernelThreads } from '@volvox/node'
import {
  computeDice,
  HausdorffDistanceMetric,
  image,
  KeepLargestConnectedComponent,
  RandomState,
  sizeOf,
  SurfaceDistanceMetric,
  tensor,
  type FloatTensor,
} from 'volvox'
import { smoothed } from './synthetic.ts'
import { peakMib, timed, type Measured, type Workload } from './workload.ts'

const volume = [128, 128, 96]

/** Metrics of two smooth one-hot maps of three classes, and what is often done to a prediction before; or some of them. */
export const metrics =
  (...names: readonly string[]): Workload =>
  async ({ reps, threads }) => {
    nodeKernelThreads(threads)
    keepFreedMemory()
    const rng = new RandomState(0)
    const noise = (sigma: number) => smoothed(Float64Array.from(rng.randn(sizeOf(volume))), volume, sigma)
    const a = noise(5)
    const b = noise(4).map((x, i) => a[i] + 0.1 * x)
    const [y, g] = [threeClasses(a), threeClasses(b)]
    const hausdorff = HausdorffDistanceMetric({ percentile: 95 })
    const surface = SurfaceDistanceMetric({ symmetric: true })
    const largest = KeepLargestConnectedComponent({ appliedLabels: [1, 2], isOnehot: true })
    const map = image('float32', [3, ...volume], y.data)
    const tasks: Readonly<Record<string, () => unknown>> = {
      'metric-dice': () => computeDice(y, g),
      'metric-hd95': () => hausdorff(y, g),
      'metric-asd': () => surface(y, g),
      'post-largest-component': () => largest(map),
    }
    const results: Measured[] = []
    for (const [name, task] of Object.entries(tasks).filter(([name]) => names.length === 0 || names.includes(name)))
      results.push({ name, times: await timed(name, reps, async () => task()), peak_mib: peakMib() })
    return results
  }

/** Three ranges of values as channels: about half of the voxels are background, few are of the last class. */
function threeClasses(values: Float64Array): FloatTensor {
  const size = values.length
  const data = new Float32Array(3 * size)
  values.forEach((x, i) => (data[(x < 0.01 ? 0 : x < 0.03 ? 1 : 2) * size + i] = 1))
  return tensor('float32', [1, 3, ...volume], data)
}

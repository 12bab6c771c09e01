import { keepFreedMemory, nodeKernelThreads } from '@volvox/node'
import * as v from 'volvox'
import { smoothed } from './synthetic.ts'
import { cases, type Case, type Input } from './transformCases.ts'
import { peakMib, timed, type Measured, type Workload } from './workload.ts'

type Transform = (img: v.Image, inputs?: Readonly<Record<string, unknown>>) => unknown

/** Every case of transformCases.ts, or those of one transform, a line each. */
export const transforms =
  (...names: readonly string[]): Workload =>
  async ({ reps, threads }) => {
    nodeKernelThreads(threads)
    keepFreedMemory()
    const inputs = images()
    const results: Measured[] = []
    for (const [name, one] of Object.entries(cases).filter(([name]) => names.length === 0 || names.includes(name))) {
      const img = inputs[one.input ?? 'image']
      const transform = ready(name, one)
      const times = await timed(name, reps, async () => transform(img, { label: inputs.mask }))
      results.push({ name, times, peak_mib: peakMib() })
    }
    return results
  }

function ready(name: string, { options }: Case): Transform {
  const transform = v.registry().create({ _target_: `monai.transforms.${name.split(' ')[0]}`, ...options }) as Transform
  if (v.isRandom(transform)) transform.setRandomState(0)
  return transform
}

function images(): Readonly<Record<Input, v.Image>> {
  const shape = [128, 128, 128]
  const size = v.sizeOf(shape)
  const rng = new v.RandomState(0)
  const noise = smoothed(Float64Array.from(rng.randn(size)), shape, 2)
  const values = Float32Array.from(rng.rand(size), (x, i) => 0.4 + 4 * noise[i] + 0.2 * x)
  const classes = Float32Array.from(noise, (x) => Number(x > 0) + Number(x > 0.05))
  return {
    image: v.image('float32', [1, ...shape], values),
    labels: v.image('float32', [1, ...shape], classes),
    mask: v.image('float32', [1, ...shape], classes.map((x) => Number(x > 1))), // prettier-ignore
    scores: v.image('float32', [4, 128, 128, 32], values),
  }
}

import { instance, ints, parseOptions, type Given } from '../core/options.ts'
import { axisIndex, type FloatTensor } from '../core/tensor.ts'
import { outputList, outputNames, packed, type Inferer } from './inferer.ts'
import type { InfererComponent } from './component.ts'
import { SimpleInferer } from './inferers.ts'
import { flipAxes } from './volume.ts'

const inner = instance<Inferer>('an inferer', (value) => typeof value === 'function')

const schema = {
  inferer: inner.opt('What runs each flipped image; the whole image at once unless given.', null),
  spatialAxes: ints.opt('Spatial axes to flip, in all combinations; all of them unless given.', null),
}

/**
 * Test-time augmentation by mirroring: runs another inferer on the image flipped along every combination of axes (2ⁿ
 * runs), flips the outputs back and averages them. Let the predictor give probabilities when those should be averaged.
 */
export const FlipInferer: InfererComponent<typeof schema> = Object.assign(
  (given: Given<typeof schema> = {}): Inferer => {
    const options = parseOptions('FlipInferer', schema, given)
    const run = options.inferer ?? SimpleInferer()
    return Object.assign(
      async (inputs: FloatTensor, predictor: Parameters<Inferer>[1]) => {
        const spatial = inputs.shape.length - 2
        const axes = (options.spatialAxes ?? Array.from({ length: spatial }, (_, axis) => axis)).map(
          (axis) => axisIndex(axis, spatial, 'FlipInferer.spatialAxes') + 2,
        )
        const flips = combinations([...new Set(axes)])
        let sums: readonly FloatTensor[] | null = null
        let names: readonly string[] | null = null
        for (const flip of flips) {
          const given = await run(flipAxes(inputs, flip), predictor)
          const outputs = outputList(given).map((output) => flipAxes(output, flip))
          names = outputNames(given)
          sums = sums ? sums.map((sum, i) => added(sum, outputs[i])) : outputs
        }
        const means = (sums ?? []).map((sum) => ({ ...sum, data: sum.data.map((x) => x / flips.length) }))
        return packed(means, names)
      },
      { infererName: 'FlipInferer' },
    )
  },
  { componentName: 'FlipInferer', schema },
)

/** All subsets, the empty one first. */
function combinations(axes: readonly number[]): number[][] {
  return axes.reduce<number[][]>((all, axis) => [...all, ...all.map((flip) => [...flip, axis])], [[]])
}

function added(a: FloatTensor, b: FloatTensor): FloatTensor {
  const data = new Float32Array(a.data.length)
  for (let i = 0; i < data.length; i++) data[i] = a.data[i] + b.data[i]
  return { ...a, data }
}

import { gridSampler } from 'volvox/graph'
import type { Lower } from './lowering.ts'

// oneDNN has nothing that picks voxels by computed places.

export const gridSample: Lower<'gridSample'> = (plan, { inputs: [x, grid], output, attrs }) => {
  const to = plan.output(output, plan.plainLayout(output))
  const sampler = gridSampler(x.shape, grid.shape, attrs)
  plan.host(
    [plan.plain(x), plan.plain(grid), to],
    ([image, places, y]) =>
      () =>
        sampler.sample(image, places, y),
  )
}

export const gridSampleGrad: Lower<'gridSampleGrad'> = (plan, { inputs: [g, x, grid], outputs, attrs }) => {
  const forms = outputs.map((value) => plan.output(value, plan.plainLayout(value)))
  const sampler = gridSampler(x.shape, grid.shape, attrs)
  plan.host(
    [plan.plain(g), plan.plain(x), plan.plain(grid), ...forms],
    ([gradient, image, places, dx, dPlaces]) =>
      () =>
        sampler.pullBack(gradient, image, places, dx, dPlaces),
  )
}

import { distancesToZero } from 'volvox/graph'
import type { Lower } from './lowering.ts'

/** In JavaScript, by the WebAssembly kernel of the metrics: the library has nothing of the kind. */
export const distanceTransform: Lower<'distanceTransform'> = (plan, { inputs: [x], output }) => {
  const to = plan.output(output, plan.plainLayout(output))
  plan.host([plan.plain(x), to], ([values, distances]) => () => {
    distancesToZero(values, x.shape, (i, squared) => (distances[i] = Math.sqrt(squared)))
  })
}

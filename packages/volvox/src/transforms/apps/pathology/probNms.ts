import type { Image } from '../../../core/image.ts'
import { settle } from '../../define.ts'
import { ProbNMS } from '../../post/probNms.ts'
import { calculation } from '../../calculation.ts'

/**
 * Peaks of a probability map, at the places that they have in the slide: the map was made at a level of resolution, each of
 * which halves the size (MONAI `PathologyProbNMS`).
 */
export const PathologyProbNMS = calculation({
  name: 'PathologyProbNMS',
  options: ProbNMS.schema,
  apply: (options, map: Image, resolutionLevel: number = 0): number[][] =>
    ProbNMS.read(settle(map), options, {}).map(([probability, ...place]) => [
      probability,
      ...place.map((x) => Math.trunc((x + 0.5) * 2 ** resolutionLevel)),
    ]),
})

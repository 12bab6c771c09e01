import type { Area } from '../area.ts'
import { checkpoints } from './checkpoints.ts'
import { inferers } from './inferers.ts'
import { losses } from './losses.ts'
import { metrics } from './metrics.ts'
import { networks } from './networks.ts'
import { pipelines } from './pipelines.ts'
import { random } from './random.ts'
import { rng } from './rng.ts'
import { transforms } from './transforms.ts'

/** The areas that can be run, by the name of their folder. */
export const areas: Readonly<Record<string, Area | undefined>> = {
  checkpoints,
  inferers,
  losses,
  metrics,
  networks,
  pipelines,
  random,
  rng,
  transforms,
}

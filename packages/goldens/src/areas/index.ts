import type { Area } from '../area.ts'
import { rng } from './rng.ts'

/** The areas that can be run, by the name of their folder. */
export const areas: Readonly<Record<string, Area | undefined>> = { rng }

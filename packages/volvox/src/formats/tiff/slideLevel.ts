import { OptionError, shown } from '../../core/errors.ts'
import type { Slide } from './slide.ts'

/** What a level is chosen by: at most one of the first three; level 0 if none is given. */
export interface LevelChoice {
  readonly level: number | null
  /** Micrometres a pixel, down and across. */
  readonly mpp: readonly number[] | null
  /** Magnification of the objective. */
  readonly power: number | null
  /** Tolerances: what is found may differ by `atol + rtol * asked`. */
  readonly mppRtol: number
  readonly mppAtol: number
  readonly powerRtol: number
  readonly powerAtol: number
}

/** The number of the level that is asked for, or whose resolution is the nearest (MONAI `WSIReader.get_valid_level`). */
export function levelAt(slide: Slide, choice: LevelChoice, where: string): number {
  const { level, mpp, power, mppRtol, mppAtol, powerRtol, powerAtol } = choice
  const given = Object.entries({ level, mpp, power }).filter(([, value]) => value !== null)
  if (given.length > 1)
    throw new OptionError(`${where}.${given[1][0]}`, `${given[0][0]} is given too; give one of level, mpp and power`)
  if (mpp !== null) return nearest('mpp', mpp, slide.mpp, (x, by) => x * by, mppRtol, mppAtol)
  if (power !== null)
    return nearest(
      'power',
      [power],
      slide.power === null ? null : [slide.power],
      (x, by) => x / by,
      powerRtol,
      powerAtol,
    )
  if (level !== null && !slide.levels[level])
    throw new OptionError(`${where}.level`, `${slide.path} has no level ${level}; give 0 to ${slide.levels.length - 1}`)
  return level ?? 0

  function nearest(
    name: 'mpp' | 'power',
    asked: readonly number[],
    first: readonly number[] | null,
    at: (first: number, downsample: number) => number,
    rtol: number,
    atol: number,
  ): number {
    if (first === null)
      throw new OptionError(`${where}.${name}`, `${slide.path} does not tell its ${name}; give a level instead`)
    const values = slide.levels.map(({ downsample }) => first.map((x) => at(x, downsample)))
    const distances = values.map((value) => value.reduce((sum, x, i) => sum + Math.abs(x - asked[i]), 0))
    const found = distances.indexOf(Math.min(...distances))
    if (values[found].every((x, i) => Math.abs(x - asked[i]) <= atol + rtol * Math.abs(asked[i]))) return found
    throw new OptionError(
      `${where}.${name}`,
      `${shown(asked)} is not among those of ${slide.path}: ${shown(values)}; give one of them, or more of ${name}Rtol or ${name}Atol`,
    )
  }
}

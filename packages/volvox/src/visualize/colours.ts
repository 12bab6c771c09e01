import { OptionError, didYouMean } from '../core/errors.ts'

/** A channel of a colour map: places from 0 to 1 and its value at each, straight lines between them. */
type Line = readonly (readonly [place: number, value: number])[]

interface Lines {
  readonly red: Line
  readonly green: Line
  readonly blue: Line
}

const same = (line: Line): Lines => ({ red: line, green: line, blue: line })
/** Places in 63rds, as the maps with 64 colours are defined. */
const of63 = (...points: readonly (readonly [number, number])[]): Line => points.map(([n, value]) => [n / 63, value])

/** matplotlib's colour maps by name. */
const maps: Readonly<Record<string, Lines>> = {
  gray: same([
    [0, 0],
    [1, 1],
  ]),
  // The rim of the colour wheel.
  hsv: {
    red: of63(
      [0, 1],
      [10, 1],
      [11, 31 / 32],
      [21, 1 / 32],
      [22, 0],
      [42, 0],
      [43, 1 / 32],
      [53, 31 / 32],
      [54, 1],
      [63, 1],
    ),
    green: of63([0, 0], [10, 15 / 16], [11, 1], [32, 1], [42, 1 / 16], [43, 0], [63, 0]),
    blue: of63([0, 0], [21, 0], [22, 1 / 16], [32, 1], [53, 1], [54, 15 / 16], [63, 3 / 32]),
  },
  hot: {
    red: of63([0, 0.0416], [23, 1], [63, 1]),
    green: of63([0, 0], [23, 0], [47, 1], [63, 1]),
    blue: of63([0, 0], [47, 0], [63, 1]),
  },
  jet: {
    red: [
      [0, 0],
      [0.35, 0],
      [0.66, 1],
      [0.89, 1],
      [1, 0.5],
    ],
    green: [
      [0, 0],
      [0.125, 0],
      [0.375, 1],
      [0.64, 1],
      [0.91, 0],
      [1, 0],
    ],
    blue: [
      [0, 0.5],
      [0.11, 1],
      [0.34, 1],
      [0.65, 0],
      [1, 0],
    ],
  },
}

const steps = 256

/** A colour map as 256 colours of red, green and blue from 0 to 1. */
export function colourMap(name: string, where: string): readonly (readonly number[])[] {
  if (!Object.hasOwn(maps, name)) {
    const hint = didYouMean(name, Object.keys(maps))
    throw new OptionError(
      where,
      `"${name}" is unknown; ${hint ? `did you mean "${hint}"?` : `use one of ${Object.keys(maps).join(', ')}`}`,
    )
  }
  const { red, green, blue } = maps[name]
  return Array.from({ length: steps }, (_, i) => [red, green, blue].map((line) => valueAt(line, i / (steps - 1))))
}

/** The colour of a value: whole numbers name colours, others go from the first at 0 to the last at 1. */
export function colourOf(map: readonly (readonly number[])[], value: number, whole: boolean): readonly number[] {
  if (Number.isNaN(value)) return [0, 0, 0]
  const index = whole ? value : value === 1 ? steps - 1 : Math.floor(value * steps)
  return map[Math.min(steps - 1, Math.max(0, index))]
}

function valueAt(line: Line, place: number): number {
  const next = line.findIndex(([at]) => at >= place)
  if (next === 0) return line[0][1]
  const [[from, low], [to, high]] = [line[next - 1], line[next]]
  return low + ((place - from) / (to - from)) * (high - low)
}

import type { DataSet } from './dataSet.ts'
import { hasModalityTable } from './colour.ts'
import type { DicomFile } from './part10.ts'
import type { Keyword } from './tags.ts'
import { itemsOf, numberOf, numbersOf, textOf, vectorOf } from './values.ts'

export type Vector = readonly [number, number, number]

/** One frame of one file: where it lies and what tells it from others at the same place. Millimetres, LPS. */
export interface Slice {
  readonly file: DicomFile
  /** The file's name, for error sentences. */
  readonly name: string
  /** Which frame of the file, from 0. */
  readonly frame: number
  /** Centre of the first pixel; null where the object has no place in space. */
  readonly position: Vector | null
  /** Directions in which columns and rows are counted; null as above. */
  readonly across: Vector | null
  readonly down: Vector | null
  /** Distance of neighbours across and down. */
  readonly pixelMm: readonly [across: number, down: number]
  /** Distance to the next slice, as far as one slice can tell. */
  readonly stepMm: number
  readonly scaling: { readonly slope: number; readonly intercept: number } | null
  readonly rows: number
  readonly columns: number
  readonly instance: number | null
  readonly uid: string
}

/** Where an attribute of a frame may stand: the frame's functional groups, the shared ones, then the object itself. */
export interface FrameSets {
  readonly groups: readonly DataSet[]
  readonly root: DataSet
}

export function frameSets(root: DataSet, frame: number): FrameSets {
  const own = itemsOf(root, 'PerFrameFunctionalGroupsSequence')[frame]
  const shared = itemsOf(root, 'SharedFunctionalGroupsSequence')[0]
  return { root, groups: [own, shared].filter((set) => set !== undefined) }
}

/** The item of a frame's functional group, else the object. */
export function groupOf({ groups, root }: FrameSets, sequence: Keyword): DataSet {
  return groups.map((set) => itemsOf(set, sequence)[0]).find((set) => set !== undefined) ?? root
}

/** The frames of a file. */
export function slicesOf(file: DicomFile, frames: number, rows: number, columns: number, name: string): Slice[] {
  const { set } = file
  const uid = textOf(set, 'SOPInstanceUID') ?? ''
  const instance = numberOf(set, 'InstanceNumber', name) ?? null
  const offsets = numbersOf(set, 'GridFrameOffsetVector', name)
  return Array.from({ length: frames }, (_, frame) => {
    const sets = frameSets(set, frame)
    const direction = vectorOf(groupOf(sets, 'PlaneOrientationSequence'), 'ImageOrientationPatient', 6, name)
    const first = vectorOf(groupOf(sets, 'PlanePositionSequence'), 'ImagePositionPatient', 3, name) as Vector | undefined
    const across = direction ? unit(direction.slice(0, 3) as unknown as Vector) : null
    const down = direction ? unit(direction.slice(3, 6) as unknown as Vector) : null
    const placed = first && across && down ? { across, down } : null
    const measures = groupOf(sets, 'PixelMeasuresSequence')
    const own = first && placed ? moved(first, cross(placed.across, placed.down), offsetOf(offsets, frame, set)) : null
    return {
      file,
      name,
      frame,
      rows,
      columns,
      uid,
      instance,
      position: own,
      across: placed?.across ?? null,
      down: placed?.down ?? null,
      pixelMm: pixelSize(measures, set, name),
      stepMm: positive(numberOf(measures, 'SpacingBetweenSlices', name)) ?? positive(numberOf(measures, 'SliceThickness', name)) ?? 1,
      scaling: scalingOf(sets, name),
    }
  }) // prettier-ignore
}

/** Doses give the frames' distances from the first one along the normal. */
function offsetOf(offsets: readonly number[] | undefined, frame: number, set: DataSet): number {
  if (!offsets || textOf(set, 'Modality') !== 'RTDOSE') return 0
  return (offsets[frame] ?? 0) - offsets[0]
}

/** PixelSpacing gives rows first: the distance down, then across. */
function pixelSize(measures: DataSet, root: DataSet, name: string): readonly [number, number] {
  const given =
    numbersOf(measures, 'PixelSpacing', name) ??
    numbersOf(root, 'ImagerPixelSpacing', name) ??
    numbersOf(root, 'NominalScannedPixelSpacing', name)
  const [down, across] = given ?? []
  return [positive(across) ?? 1, positive(down) ?? 1]
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined
}

function scalingOf(sets: FrameSets, name: string): Slice['scaling'] {
  if (hasModalityTable(sets.root)) return null
  const set = groupOf(sets, 'PixelValueTransformationSequence')
  const dose = numberOf(sets.root, 'DoseGridScaling', name)
  const slope = dose ?? numberOf(set, 'RescaleSlope', name) ?? 1
  const intercept = numberOf(set, 'RescaleIntercept', name) ?? 0
  // A slope of 0 would leave nothing; it stands in files that mean no scaling.
  return (slope === 1 || slope === 0) && intercept === 0 ? null : { slope: slope === 0 ? 1 : slope, intercept }
}

export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

export function minus(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

export function times(a: Vector, factor: number): Vector {
  return [a[0] * factor, a[1] * factor, a[2] * factor]
}

function moved(from: Vector, along: Vector, distance: number): Vector {
  return [from[0] + along[0] * distance, from[1] + along[1] * distance, from[2] + along[2] * distance]
}

/** A direction as it is written, or null where it is none: written ones are a little off length 1, which readers keep. */
function unit(direction: Vector): Vector | null {
  const length = Math.sqrt(dot(direction, direction))
  return Math.abs(length - 1) < 0.01 ? direction : null
}

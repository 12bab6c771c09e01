import { ShapeError, shown } from '../core/errors.ts'
import { floats, sameShape, sizeOf, type FloatTensor } from '../core/tensor.ts'
import { surelyNot } from '../networks/index.ts'
import type { Predictor, WindowPlace } from './inferer.ts'
import type { RunningNetwork } from './runNetwork.ts'
import { mergedByComponents, type MarkedPoints } from './vista3dMerge.ts'
import { forEachCommonRun } from './volume.ts'

const where = 'vista3dPredictor'

/** What VISTA3D is to find in an image: classes, or objects that points mark, or both for the same objects. */
export interface Vista3dPrompts {
  /** Classes of the B objects, `[B]` or `[B, 1]`. */
  readonly classVector?: FloatTensor | null
  /** Points of the objects, `[B, N, 3]` in voxels of the image. */
  readonly pointCoords?: FloatTensor | null
  /** Their labels `[B, N]`: -1 for none, 0 and 1 for negative and positive, 2 and 3 for those of special classes. */
  readonly pointLabels?: FloatTensor | null
  /** Classes of what the points mark, `[B]` or `[B, 1]`, which tell known ones from new ones. */
  readonly promptClass?: FloatTensor | null
  /** Logits `[1, B, ...spatial]` from before, which points correct, window after window; not with classes. */
  readonly prevMask?: FloatTensor | null
}

/**
 * VISTA3D on windows of an image, for inferers that tell where their windows lie: `SlidingWindowInferer` with `withCoord`, or
 * `pointWindowInference`. Gives logits `[N, B, ...window]`; points correct masks by connected components (MONAI
 * VISTA3D.forward with `patch_coords` and `transpose`). Windows with points come one by one. A predictor with `prevMask` is for
 * one run: a window sees what those before it corrected.
 */
export function vista3dPredictor(running: RunningNetwork, prompts: Vista3dPrompts): Predictor {
  const { classVector = null, promptClass = null, prevMask = null } = prompts
  const previous = prevMask && { ...prevMask, data: prevMask.data.slice() }
  const clicks = clicksOf(prompts)
  const objects = (classVector ?? clicks?.labels)?.shape[0] ?? 1
  return async (windows, places, padding = [0, 0, 0]) => {
    const [samples, , ...grid] = windows.shape
    if (!places || (clicks && samples !== 1))
      throw new ShapeError(
        where,
        `got ${samples} windows at once, or no places; use withCoord, and swBatchSize 1 for points`,
      )
    const inside = clicks && clicksInside(clicks, places[0], padding)
    if (!inside)
      return classVector
        ? objectsAsChannels((await running.call('forward', windows, asColumn(classVector)))[0])
        : filled([samples, objects, ...grid])
    const { points, mapped } = inside
    const call = (method: string, ...classes: FloatTensor[]) => {
      const told = promptClass ? [asColumn(rowsOf(promptClass, mapped))] : []
      return running.call(method, windows, points.coords, points.labels, ...classes, ...told)
    }
    const corrected = (masks: FloatTensor, marked: FloatTensor) =>
      withRows(masks, mapped, mergedByComponents(rowsOf(masks, mapped), marked, points))
    if (classVector) {
      const [masks, marked] = await call('bothMasks', asColumn(classVector))
      return objectsAsChannels(corrected(masks, marked))
    }
    const [marked] = await call('pointMasks')
    const shape = [objects, 1, ...grid]
    if (!previous) return objectsAsChannels(withRows(filled(shape), mapped, marked))
    const before = floats(shape)
    copyPart(previous, before, places[0], padding, 'in')
    const after = corrected(before, marked)
    copyPart(previous, after, places[0], padding, 'back')
    return objectsAsChannels(after)
  }
}

/** The points of prompts; null where there are none. */
function clicksOf({ pointCoords, pointLabels, classVector, prevMask }: Vista3dPrompts): MarkedPoints | null {
  const wrong = (problem: string): never => {
    throw new ShapeError(where, problem)
  }
  if (!pointCoords !== !pointLabels) wrong('got points without labels, or labels without points; give both')
  if (!pointCoords || !pointLabels) return null
  const [objects, count] = pointLabels.shape
  if (!sameShape(pointCoords.shape, [objects, count, 3]) || pointLabels.shape.length !== 2)
    wrong(
      `points ${shown(pointCoords.shape)} and labels ${shown(pointLabels.shape)} do not go together; give [B, N, 3] and [B, N]`,
    )
  if (classVector && classVector.shape[0] !== objects)
    wrong(
      `got ${classVector.shape[0]} classes and points of ${objects} objects; give as many, with labels of -1 for none`,
    )
  if (prevMask && prevMask.shape[1] !== objects)
    wrong(`got ${prevMask.shape[1]} masks from before and points of ${objects} objects; give as many`)
  return { coords: pointCoords, labels: pointLabels }
}

/**
 * Points in the voxels of a window, of those objects alone that have some strictly inside, and the numbers of these objects;
 * null where there are none. Points outside that share their column with one inside stay as label -1 at the first voxel.
 */
function clicksInside(
  { coords, labels }: MarkedPoints,
  { start, stop }: WindowPlace,
  padding: readonly number[],
): { readonly points: MarkedPoints; readonly mapped: readonly number[] } | null {
  const [objects, count] = labels.shape
  const moved = coords.data.map((x, i) => x + padding[i % 3])
  const isInside = (at: number) =>
    start.every((from, axis) => moved[3 * at + axis] > from && moved[3 * at + axis] < stop[axis])
  const known = labels.data.map((label, at) => (isInside(at) ? label : -1))
  const range = (n: number) => Array.from({ length: n }, (_, i) => i)
  const columns = range(count).filter((n) => range(objects).some((object) => known[object * count + n] !== -1))
  const mapped = range(objects).filter((object) => columns.some((n) => known[object * count + n] !== -1))
  if (mapped.length === 0) return null
  const kept = mapped.flatMap((object) => columns.map((n) => object * count + n))
  const places = kept.flatMap((at) => start.map((from, axis) => (isInside(at) ? moved[3 * at + axis] - from : 0)))
  return {
    points: {
      coords: floats([mapped.length, columns.length, 3], places),
      labels: floats(
        [mapped.length, columns.length],
        kept.map((at) => known[at]),
      ),
    },
    mapped,
  }
}

/** Copies the part of masks `[1, B, ...spatial]` that a window covers into masks of the window, or back. */
function copyPart(
  masks: FloatTensor,
  window: FloatTensor,
  { start }: WindowPlace,
  padding: readonly number[],
  copy: 'in' | 'back',
): void {
  const [, objects, ...size] = masks.shape
  const grid = window.shape.slice(2)
  const from = start.map((n, axis) => n - padding[axis]) // in voxels of the image; may be negative
  const first = from.map((n) => Math.max(n, 0))
  const extent = first.map((n, axis) => Math.min(from[axis] + grid[axis], size[axis]) - n)
  const inMasks = { shape: [objects, ...size], start: [0, ...first] }
  const inWindow = { shape: [objects, ...grid], start: [0, ...first.map((n, axis) => n - from[axis])] }
  forEachCommonRun([objects, ...extent], inMasks, inWindow, (a, b, run) => {
    if (copy === 'in') window.data.set(masks.data.subarray(a, a + run), b)
    else masks.data.set(window.data.subarray(b, b + run), a)
  })
}

function filled(shape: readonly number[]): FloatTensor {
  return floats(shape, new Float32Array(sizeOf(shape)).fill(surelyNot))
}

function asColumn({ shape, data }: FloatTensor): FloatTensor {
  return floats([shape[0], 1], data)
}

/** Some entries along the first axis. */
function rowsOf({ shape, data }: FloatTensor, rows: readonly number[]): FloatTensor {
  const size = sizeOf(shape.slice(1))
  const out = floats([rows.length, ...shape.slice(1)])
  rows.forEach((row, i) => out.data.set(data.subarray(row * size, (row + 1) * size), i * size))
  return out
}

/** The same with other entries along the first axis. */
function withRows({ shape, data }: FloatTensor, rows: readonly number[], others: FloatTensor): FloatTensor {
  const size = sizeOf(shape.slice(1))
  const out = floats(shape, data.slice())
  rows.forEach((row, i) => out.data.set(others.data.subarray(i * size, (i + 1) * size), row * size))
  return out
}

/** Masks `[B, N, ...]` as `[N, B, ...]`. */
function objectsAsChannels(masks: FloatTensor): FloatTensor {
  const [objects, samples, ...grid] = masks.shape
  const size = sizeOf(grid)
  const out = floats([samples, objects, ...grid])
  for (let object = 0; object < objects; object++)
    for (let sample = 0; sample < samples; sample++) {
      const from = (object * samples + sample) * size
      out.data.set(masks.data.subarray(from, from + size), (sample * objects + object) * size)
    }
  return out
}

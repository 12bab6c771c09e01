import {
  computeFpTpProbsNd,
  computeFrocCurveData,
  computeFrocScore,
  computeRocAuc,
  CumulativeAverage,
  getMaskEdges,
  getMaskSurfaces,
  getSurfaceDistance,
  type Mask,
  type RocAverage,
  type Tensor,
} from 'volvox'
import type { Area, Results, World } from '../area.ts'
import { tensorOf, type Golden } from '../golden.ts'
import { doubles, numbersOf } from '../numbers.ts'
import { camelCase, componentOf, create, numericFunction, resolvedArgs, type Resolve } from '../values.ts'

interface Aggregate {
  readonly value: Tensor
  readonly notNans: Tensor
}

interface Metric {
  (yPred: Tensor, y: Tensor | undefined, facts: Readonly<Record<string, unknown>>): Tensor
  aggregate(reduction?: string): Aggregate
  /** Of metrics that give several measures. */
  readonly aggregateEach?: (reduction?: string) => readonly Aggregate[]
}

/** Metrics of a batch and their aggregates, and the surface functions below them. */
export const metrics: Area = {
  run(golden, world) {
    if (golden.target === 'get_mask_edges') return maskEdges(golden)
    if (golden.target === 'get_surface_distance') return surfaceDistance(golden)
    if (golden.name === 'FROC') return freeResponse(golden)
    if (golden.target === 'compute_roc_auc')
      return {
        'out.auc': computeRocAuc(
          tensorOf(golden, 'in.y_pred'),
          tensorOf(golden, 'in.y'),
          golden.args.average as RocAverage,
        ),
      }
    if (golden.target === 'CumulativeAverage') return runningAverage(golden)
    return scores(golden, world)
  },
}

function scores(golden: Golden, world: World): Results {
  const component = componentOf(world.registry, golden.target, 'monai.metrics')
  const how: Resolve = {
    tensor: (key) => tensorOf(golden, key),
    create: (target, args) => create(componentOf(world.registry, target, 'monai.losses'), args),
    fn: numericFunction,
  }
  const metric = create(component, resolvedArgs(golden.args, how)) as Metric
  const { y_pred: _, y: __, ...facts } = resolvedArgs(golden.call, how)
  const named = Object.fromEntries(Object.entries(facts).map(([name, value]) => [camelCase(name), value]))
  const raw = metric(tensorOf(golden, 'in.y_pred'), golden.tensors['in.y'], named)
  const results: Record<string, Tensor | undefined> = {
    'out.raw': raw,
    'out.confusion_matrix': raw,
    'out.fid': raw,
    'out.mmd': raw,
    ...measures(golden, metric),
  }
  if (golden.tensors['out.auc']) results['out.auc'] = metric.aggregate().value
  for (const key of Object.keys(golden.tensors)) {
    const [, reduction, rest] = /^out\.aggregate\.([a-z_]+)(\.not_nans)?$/.exec(key) ?? []
    if (reduction) results[key] = metric.aggregate(reduction)[rest === '.not_nans' ? 'notNans' : 'value']
  }
  return results
}

/** What metrics with several measures give: numbered, and by name for each reduction. */
function measures(golden: Golden, metric: Metric): Results {
  if (!metric.aggregateEach) return {}
  const results: Record<string, Tensor> = {}
  const names = [golden.args.metric_name ?? []].flat() as string[]
  metric.aggregateEach().forEach(({ value }, i) => {
    results[`out.${i}`] = value
    results[`out.aggregate.${i}`] = value
  })
  for (const key of Object.keys(golden.tensors)) {
    const [, numbered] = /^out\.aggregate\.([a-z_]+)\.0$/.exec(key) ?? []
    if (numbered) results[key] = metric.aggregateEach(numbered)[0].value
    const [, name, reduction, rest] = /^out\.(\w+)\.(\w+?)(\.not_nans)?$/.exec(key) ?? []
    const index = names.findIndex((given) => given.replaceAll(' ', '_') === name)
    if (index >= 0) results[key] = metric.aggregateEach(reduction)[index][rest ? 'notNans' : 'value']
  }
  return results
}

function maskEdges(golden: Golden): Results {
  const { label_idx: label = 1, crop = true, spacing } = golden.args as EdgeArgs
  const [p, t] = [maskAt(golden, 'in.y_pred', label), maskAt(golden, 'in.y', label)]
  const edges = (shape: readonly number[], data: Uint8Array): Tensor => ({ dtype: 'bool', shape, data })
  if (spacing) {
    const surfaces = getMaskSurfaces(p, t, spacing, crop)
    // MONAI gives the empty masks in place of surfaces.
    const both = surfaces
      ? [surfaces.prediction, surfaces.truth]
      : [p, t].map(({ shape, data }) => ({ shape, edges: data, areas: Float64Array.from(data) }))
    return Object.fromEntries([
      ...both.map(({ shape, edges: data }, i) => [`out.${i}`, edges(shape, data)]),
      ...both.map(({ shape, areas }, i) => [`out.${i + 2}`, doubles(areas, shape)]),
    ]) as Results
  }
  const { prediction, truth } = getMaskEdges(p, t, crop)
  return { 'out.0': edges(prediction.shape, prediction.data), 'out.1': edges(truth.shape, truth.data) }
}

interface EdgeArgs {
  readonly label_idx?: number
  readonly crop?: boolean
  readonly spacing?: readonly number[]
}

function freeResponse(golden: Golden): Results {
  const list = (key: string) => Array.from(numbersOf(tensorOf(golden, key)))
  const images = Object.keys(golden.tensors).flatMap((key) => /^in\.(\d+)\.probs$/.exec(key)?.[1] ?? [])
  const judged = images
    .sort((a, b) => Number(a) - Number(b))
    .map((i) =>
      computeFpTpProbsNd(
        list(`in.${i}.probs`),
        tensorOf(golden, `in.${i}.coords`),
        tensorOf(golden, `in.${i}.mask`),
        list(`in.${i}.exclude`),
      ),
    )
  const targets = judged.reduce((n, { numTargets }) => n + numTargets, 0)
  const fps = judged.flatMap(({ fpProbs }) => fpProbs)
  const tps = judged.flatMap(({ tpProbs }) => tpProbs)
  const curve = computeFrocCurveData(fps, tps, targets, judged.length)
  const custom = golden.args.eval_thresholds_custom as number[] | undefined
  return {
    ...Object.fromEntries(
      judged.flatMap(({ fpProbs, tpProbs, numTargets }, i) => [
        [`out.${i}.fp`, doubles(fpProbs)],
        [`out.${i}.tp`, doubles(tpProbs)],
        [`out.${i}.num_targets`, doubles([numTargets], [])],
      ]),
    ),
    'out.fps_per_image': doubles(curve.fpsPerImage),
    'out.total_sensitivity': doubles(curve.totalSensitivity),
    'out.score': doubles([computeFrocScore(curve)], []),
    'out.score_custom': doubles([computeFrocScore(curve, custom)], []),
  }
}

function runningAverage(golden: Golden): Results {
  const average = CumulativeAverage()
  const rows = ({ shape: [n, size], ...tensor }: Tensor) =>
    Array.from({ length: n }, (_, i) =>
      Array.from(numbersOf({ shape: [n, size], ...tensor })).slice(i * size, (i + 1) * size),
    )
  const counts = rows(tensorOf(golden, 'in.counts'))
  rows(tensorOf(golden, 'in.values')).forEach((row, i) => average.append(row, counts[i]))
  return { 'out.current': average.getCurrent(), 'out.aggregate': average.aggregate() }
}

function surfaceDistance(golden: Golden): Results {
  const from = maskAt(golden, 'in.pred_edges')
  const to = maskAt(golden, 'in.gt_edges')
  const tensor = (data: Float32Array): Tensor => ({ dtype: 'float32', shape: [data.length], data })
  return {
    'out.euclidean': tensor(getSurfaceDistance(from, to)),
    'out.chessboard': tensor(getSurfaceDistance(from, to, 'chessboard')),
    'out.taxicab': tensor(getSurfaceDistance(from, to, 'taxicab')),
    'out.euclidean_spacing': tensor(getSurfaceDistance(from, to, 'euclidean', golden.args.spacing as number[])),
  }
}

/** Where a mask is, or a map holds a label. */
function maskAt(golden: Golden, key: string, label = 1): Mask {
  const tensor = tensorOf(golden, key)
  const inside = tensor.dtype === 'bool' ? 1 : label
  return { shape: tensor.shape, data: Uint8Array.from(numbersOf(tensor), (x) => (x === inside ? 1 : 0)) }
}

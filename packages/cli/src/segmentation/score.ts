import {
  affine,
  computeDice,
  HausdorffDistanceMetric,
  ShapeError,
  sameShape,
  SurfaceDistanceMetric,
  type CaseScores,
  type Image,
  type Tensor,
} from 'volvox'

/** Dice, 95 % Hausdorff distance and mean surface distance (mm) of each foreground class; both label maps lie on one grid. */
export function scoreCase(name: string, prediction: Image, truth: Image, classes: number): CaseScores {
  if (!sameShape(prediction.shape, truth.shape))
    throw new ShapeError(
      name,
      `the segmentation has [${prediction.shape.join(', ')}] voxels, the label [${truth.shape.join(', ')}]; they must lie on one grid`,
    )
  const spacing = affine.spacingMm(truth.affine, truth.shape.length - 1)
  const [p, t] = [batchOf(prediction), batchOf(truth)]
  const [pHot, tHot] = [oneHot(p, classes), oneHot(t, classes)]
  const surfaces = { includeBackground: false, reduction: 'none' } as const
  return {
    name,
    values: {
      Dice: [...computeDice(p, t, { includeBackground: false, numClasses: classes }).data],
      HD95: [...HausdorffDistanceMetric({ ...surfaces, percentile: 95 })(pHot, tHot, { spacing }).data],
      MSD: [...SurfaceDistanceMetric({ ...surfaces, symmetric: true })(pHot, tHot, { spacing }).data],
    },
  }
}

function batchOf({ dtype, shape, data }: Image): Tensor {
  return { dtype, shape: [1, ...shape], data }
}

function oneHot({ shape, data }: Tensor, classes: number): Tensor {
  const out = new Uint8Array(data.length * classes)
  data.forEach((value: number | bigint, i: number) => {
    const label = Number(value)
    if (label >= 0 && label < classes) out[label * data.length + i] = 1
  })
  return { dtype: 'uint8', shape: [1, classes, ...shape.slice(2)], data: out }
}

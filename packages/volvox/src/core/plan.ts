import { multiply, order, resized, type Affine } from './affine.ts'

/** The voxel lattice of an image: its spatial shape and the RAS+ millimetre position of each voxel centre. */
export interface Grid {
  /** Voxels along each spatial axis. */
  readonly shape: readonly number[]
  /** 4x4 voxel-to-world matrix; rows and columns of missing axes are the identity's. */
  readonly affine: Affine
}

/** How values between voxels, and outside of the image, are found. */
export interface Sampling {
  /**
   * `bilinear` is linear along every axis; `nearest` takes the upper of two voxels at the same distance; a number is
   * the order of a scipy.ndimage spline.
   */
  readonly mode: 'bilinear' | 'nearest' | 'bicubic' | number
  /**
   * torch's `zeros | border | reflection`, scipy's names for splines, and NumPy's and torch's names of padding for
   * plans that move whole voxels.
   */
  readonly paddingMode: string
  /** The value outside for constant padding. */
  readonly value?: number
  /** Whether `reflection` mirrors at voxel centres (true) or at voxel borders. */
  readonly alignCorners?: boolean
  /**
   * Given (MONAI's `dtype`) when values are computed: the result is float32. Absent when voxels are only moved: they
   * keep their type.
   */
  readonly dtype?: 'float32' | 'float64'
}

/** For each output voxel, where in the input its value comes from: what a spatial transform decides. */
export type Plan = AffinePlan | ScalePlan | FieldPlan | ChainPlan

/** Output voxel o takes its value at input voxel `matrix`·o. Whole-voxel matrices copy instead of interpolating. */
export interface AffinePlan {
  readonly kind: 'affine'
  /** Spatial shape of the output. */
  readonly shape: readonly number[]
  /** Output voxel to input voxel; (rank + 1) rows, row-major. */
  readonly matrix: Affine
  readonly sampling: Sampling
  /** Voxel-to-world matrix that the result is given, where it is not the input's times `matrix`. */
  readonly affine?: Affine
}

/** Part of an axis, in voxels from the outer face of the first. */
export type Span = readonly [start: number, end: number]

/** torch's modes of `interpolate`, and windows around the place that a value is wanted at, some as wide as the result's voxels. */
export type ScaleMode =
  'nearest' | 'nearest-exact' | 'linear' | 'bilinear' | 'trilinear' | 'bicubic' | 'area' | WindowMode

/** A window by name, and the same widened along axes that shrink, so that every voxel counts. */
export type WindowMode = WindowName | `wide-${WindowName}`
type WindowName = 'triangle' | 'cubic' | 'lanczos3' | 'gaussian'

/** torch's `interpolate`: per-axis scaling of the whole image to a new shape. */
export interface ScalePlan {
  readonly kind: 'scale'
  readonly shape: readonly number[]
  /** Output voxel to input voxel, for the lattice; the values follow `interpolate`'s rules. */
  readonly matrix: Affine
  /** How values are found, along all axes or along each. */
  readonly mode: ScaleMode | readonly ScaleMode[]
  /**
   * What part of each axis the result covers, in voxels from the outer face of the first; the whole unless given. An end before
   * its start reverses the axis; beyond the image its border is repeated. Not with torch's own modes.
   */
  readonly region?: readonly Span[]
  readonly alignCorners: boolean
  /** Standard deviation in input voxels of a Gaussian applied first, per axis; null for none. */
  readonly antiAliasingSigma: readonly number[] | null
  /** Values are classes: the share of each is scaled, and a voxel belongs to the class with the largest. */
  readonly labels?: boolean
}

/** Every output voxel takes its value at an input position of its own. Cannot be joined with others. */
export interface FieldPlan<Positions = Float32Array | Float64Array> {
  readonly kind: 'field'
  readonly shape: readonly number[]
  /** [rank, ...shape] input voxel coordinates of each output voxel, counted from `origin`. */
  readonly coordinates: Positions
  /** One number per axis; the first voxel unless given. */
  readonly origin?: readonly number[]
  readonly sampling: Sampling
}

/** Plans to run one after the other, as one step of a pipeline. */
export interface ChainPlan {
  readonly kind: 'chain'
  readonly plans: readonly Plan[]
}

/** The lattice that a plan leads to. */
export function gridAfter(grid: Grid, plan: Plan | FieldPlan<unknown>): Grid {
  if (plan.kind === 'chain') return plan.plans.reduce(gridAfter, grid)
  if (plan.kind === 'field') return { shape: plan.shape, affine: grid.affine }
  if (plan.kind === 'affine' && plan.affine) return { shape: plan.shape, affine: plan.affine }
  return { shape: plan.shape, affine: multiply(grid.affine, resized(plan.matrix, order(grid.affine) - 1)) }
}

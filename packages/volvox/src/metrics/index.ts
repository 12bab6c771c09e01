import type { Component } from '../core/registry.ts'
import { DiceMetric, MeanIoU } from './dice.ts'
import { HausdorffDistanceMetric, SurfaceDistanceMetric } from './hausdorff.ts'

export * from './dice.ts'
export * from './distanceTransform.ts'
export * from './edges.ts'
export * from './hausdorff.ts'
export * from './masks.ts'
export * from './metric.ts'
export * from './reduction.ts'
export * from './surfaces.ts'

/** Everything of `monai.metrics`. */
export const metrics: Readonly<Record<string, Component>> = {
  DiceMetric,
  HausdorffDistanceMetric,
  MeanIoU,
  SurfaceDistanceMetric,
}

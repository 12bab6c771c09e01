import type { Component } from '../core/registry.ts'
import { DiceMetric, MeanIoU } from './dice.ts'
import { HausdorffDistanceMetric, SurfaceDistanceMetric } from './hausdorff.ts'

/** What configs can name under `monai.metrics`. */
export const metricComponents: Readonly<Record<string, Component>> = {
  DiceMetric,
  HausdorffDistanceMetric,
  MeanIoU,
  SurfaceDistanceMetric,
}

import type { Component } from '../core/registry.ts'
import { ConfusionMatrixMetric, FBetaScore } from './confusionMatrix.ts'
import { DiceMetric, MeanIoU } from './dice.ts'
import { GeneralizedDiceScore } from './generalizedDice.ts'
import { HausdorffDistanceMetric, SurfaceDistanceMetric } from './hausdorff.ts'
import { MAEMetric, MSEMetric, PSNRMetric, RMSEMetric } from './regression.ts'

/** What configs can name under `monai.metrics`. */
export const metricComponents: Readonly<Record<string, Component>> = {
  ConfusionMatrixMetric,
  DiceMetric,
  FBetaScore,
  GeneralizedDiceScore,
  HausdorffDistanceMetric,
  MAEMetric,
  MSEMetric,
  MeanIoU,
  PSNRMetric,
  RMSEMetric,
  SurfaceDistanceMetric,
}

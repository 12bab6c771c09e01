import type { Component } from '../core/registry.ts'
import { LabelQualityScore, VarianceMetric } from './activeLearning.ts'
import { ConfusionMatrixMetric, FBetaScore } from './confusionMatrix.ts'
import { CumulativeAverage } from './cumulativeAverage.ts'
import { DiceMetric, MeanIoU } from './dice.ts'
import { DiceHelper } from './diceHelper.ts'
import { FIDMetric } from './frechet.ts'
import { GeneralizedDiceScore } from './generalizedDice.ts'
import { HausdorffDistanceMetric, SurfaceDistanceMetric } from './hausdorff.ts'
import { LesionFROC } from './lesionFroc.ts'
import { LossMetric } from './lossMetric.ts'
import { MMDMetric } from './mmd.ts'
import { PanopticQualityMetric } from './panoptic.ts'
import { MAEMetric, MSEMetric, PSNRMetric, RMSEMetric } from './regression.ts'
import { MetricsReloadedBinary, MetricsReloadedCategorical } from './reloaded.ts'
import { ROCAUCMetric } from './rocAuc.ts'
import { MultiScaleSSIMMetric, SSIMMetric } from './similarity.ts'
import { SurfaceDiceMetric } from './surfaceDice.ts'

/** What configs can name under `monai.metrics`. */
export const metricComponents: Readonly<Record<string, Component>> = {
  ConfusionMatrixMetric,
  CumulativeAverage,
  DiceHelper,
  DiceMetric,
  FBetaScore,
  FIDMetric,
  GeneralizedDiceScore,
  HausdorffDistanceMetric,
  LabelQualityScore,
  LossMetric,
  MAEMetric,
  MMDMetric,
  MSEMetric,
  MeanIoU,
  MetricsReloadedBinary,
  MetricsReloadedCategorical,
  MultiScaleSSIMMetric,
  PSNRMetric,
  PanopticQualityMetric,
  RMSEMetric,
  ROCAUCMetric,
  SSIMMetric,
  SurfaceDiceMetric,
  SurfaceDistanceMetric,
  VarianceMetric,
}

/** What configs can name under `monai.apps.pathology`. */
export const pathologyMetricComponents: Readonly<Record<string, Component>> = { LesionFROC }

import { convolutionRates } from './conv.ts'
import { slidingWindow } from './inference.ts'
import { metrics } from './metrics.ts'
import { networks } from './networks.ts'
import { pipelines } from './pipelines.ts'
import { startup } from './startup.ts'
import { longRun, trainingStep } from './training.ts'
import { transforms } from './transforms.ts'
import type { Workload } from './workload.ts'

const each = (prefix: string, make: (kind: string) => Workload): [string, Workload][] =>
  Object.keys(networks).map((kind) => [`${prefix}-${kind}`, make(kind)])

/** Workloads by the names of the peer's script and of their parts; `conv`, `memory` and `transforms` are ours. */
export const workloads: Readonly<Record<string, Workload>> = {
  ...Object.fromEntries(each('train', trainingStep)),
  ...Object.fromEntries(each('infer', slidingWindow)),
  preprocess: pipelines('load', 'preprocess', 'augment', 'elastic'),
  load: pipelines('load'),
  augment: pipelines('augment'),
  elastic: pipelines('elastic'),
  metrics: metrics(),
  post: metrics('post-largest-component'),
  transforms: transforms(),
  startup,
  conv: convolutionRates,
  memory: longRun,
}

/** Workloads that the peer's script only runs as parts of another. */
export const partOf: Readonly<Record<string, string>> = {
  load: 'preprocess',
  augment: 'preprocess',
  elastic: 'preprocess',
  post: 'metrics',
}

/** What runs when nothing is named. */
export const usual: readonly string[] = Object.keys(workloads).filter(
  (name) => !['conv', 'memory', 'transforms', ...Object.keys(partOf)].includes(name),
)

export * from './components.ts'
export { DDIMScheduler, type DdimScheduler } from './ddim.ts'
export { DDPMScheduler, type DdpmScheduler } from './ddpm.ts'
export { noiseSchedule, type NoiseSchedule } from './noise.ts'
export { PNDMScheduler } from './pndm.ts'
export { RFlowScheduler, type RectifiedFlowScheduler } from './rflow.ts'
export type {
  Floats,
  NoiseScheduler,
  PredictionType,
  Scheduler,
  SchedulerComponent,
  SchedulerStep,
  StepOptions,
} from './scheduler.ts'

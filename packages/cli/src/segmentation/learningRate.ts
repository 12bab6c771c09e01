import {
  cosineSchedule,
  constantSchedule,
  fromConfigNames,
  isRateComponent,
  isRecord,
  LrRateHandler,
  LrScheduleHandler,
  OptionError,
  polySchedule,
  registry,
  shown,
  type RateSchedule,
  type Schedule,
  type TrainHandler,
} from 'volvox'
import { jsonConfig, type Config } from '../configFile.ts'

/** How the learning rate goes, kept in checkpoints: a word for one over the budget, or the config of a schedule of steps. */
export type LrScheduler = string | Config

const where = 'train --lr-scheduler'
const example = '{"_target_": "StepLR", "step_size": 100}'

/** Over the whole training, however long it is. The cosine does not start from zero: the first step would be one for nothing. */
const schedules: Readonly<Record<string, (warmup: number) => Schedule>> = {
  cosine: (warmup) => cosineSchedule({ warmup, start: 0.02 }),
  poly: () => polySchedule(),
  constant: () => constantSchedule(),
}

/** What `--lr-scheduler` says; null when it says nothing. */
export function lrSchedulerOf(text: string | null): LrScheduler | null {
  if (text === null) return null
  const isWord = Object.hasOwn(schedules, text)
  const scheduler = isWord ? text : text.startsWith('{') ? jsonConfig(text, where, example) : { _target_: text }
  rateHandler(scheduler, 0) // says what is wrong with it before data are read
  return scheduler
}

/** The handler that sets the learning rate; `warmup` is the share of the budget in which that of the recipe rises. */
export function rateHandler(scheduler: LrScheduler | null, warmup: number): TrainHandler {
  if (!isRecord(scheduler)) return LrScheduleHandler(schedules[scheduler ?? 'cosine'](warmup))
  const { epoch_level: epochLevel = false, ...config } = scheduler
  if (typeof epochLevel !== 'boolean')
    throw new OptionError(`${where}.epoch_level`, `${shown(epochLevel)} does not fit; give true or false`)
  return LrRateHandler(rateOf(config), { epochLevel })
}

function rateOf({ _target_: target, ...options }: Config): RateSchedule {
  const words = Object.keys(schedules).join(', ')
  if (typeof target !== 'string')
    throw new OptionError(where, `lacks _target_; give the name of a schedule, e.g. ${example}`)
  const component = registry().find(target, where)
  if (!isRateComponent(component))
    throw new OptionError(where, `"${target}" sets no learning rate; give ${words} or a schedule such as StepLR`)
  return component(fromConfigNames(component.componentName, component.schema, options))
}

import { expect, test } from 'vitest'
import type { SupervisedTrainer } from 'volvox'
import { lrSchedulerOf, rateHandler } from './learningRate.ts'

/** The learning rates of steps, from 1, of a training of 12 steps in epochs of 4. */
function ratesOf(text: string | null, steps: readonly number[]): number[] {
  const listeners: (() => void)[] = []
  const trainer = {
    learningRate: 1,
    iteration: 0,
    epochLength: 4,
    fraction: 0,
    on: (_: string, listener: () => void) => listeners.push(listener),
  }
  rateHandler(lrSchedulerOf(text), 0).attach(trainer as unknown as SupervisedTrainer) // what handlers read of it
  return steps.map((step) => {
    Object.assign(trainer, { iteration: step, fraction: step / 12 })
    listeners.forEach((listener) => listener())
    return Math.round(1e4 * trainer.learningRate) / 1e4
  })
}

test('the learning rate goes as it is told', () => {
  expect(ratesOf(null, [0, 6, 12])).toEqual([1, 0.5, 0])
  expect(ratesOf('cosine', [0, 6, 12])).toEqual([1, 0.5, 0])
  expect(ratesOf('poly', [0, 6])).toEqual([1, 0.5359])
  expect(ratesOf('constant', [0, 6, 12])).toEqual([1, 1, 1])
  expect(ratesOf('{"_target_": "StepLR", "step_size": 2, "gamma": 0.5}', [0, 1, 2, 3, 4])).toEqual([
    1, 1, 0.5, 0.5, 0.25,
  ])
  expect(ratesOf('{"_target_": "StepLR", "step_size": 2, "epoch_level": true}', [0, 7, 8, 12])).toEqual([
    1, 1, 0.1, 0.1,
  ])
  const warmup = '{"_target_": "monai.optimizers.WarmupCosineSchedule", "warmup_steps": 4, "t_total": 12}'
  expect(ratesOf(warmup, [0, 2, 4, 8, 12])).toEqual([0, 0.5, 1, 0.5, 0])
})

test.each([
  ['StepLR', /^StepLR.stepSize: is missing; give /],
  ['StepLr', /^train --lr-scheduler: "StepLr" is unknown; did you mean "StepLR"\?$/],
  [
    'UNet',
    /^train --lr-scheduler: "UNet" sets no learning rate; give cosine, poly, constant or a schedule such as StepLR$/,
  ],
  [
    '{"step_size": 2}',
    /^train --lr-scheduler: lacks _target_; give the name of a schedule, e.g. \{"_target_": "StepLR"/,
  ],
  ['{"_target_"', /^train --lr-scheduler: .* is not JSON; write an object such as \{"_target_": "StepLR"/],
  ['{"_target_": "StepLR", "step_sise": 2}', /^StepLR.step_sise: no such option; did you mean "stepSize"\?$/],
  [
    '{"_target_": "StepLR", "step_size": 2, "epoch_level": 1}',
    /^train --lr-scheduler.epoch_level: 1 does not fit; give true or false$/,
  ],
])('%s is told in a sentence', (text, sentence) => expect(() => lrSchedulerOf(text)).toThrow(sentence))

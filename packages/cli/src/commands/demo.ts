import { positive } from 'volvox/core'
import { command } from '../command.ts'
import { path } from '../kinds.ts'
import { runOptions, seedOption } from './shared.ts'

export const demo = command({
  name: 'demo',
  summary: 'Train on the sample of 20 hippocampus MRIs, evaluate, and show the result in a report',
  args: {},
  options: {
    data: path.opt('Data set; the sample that comes with the repository unless given.', null),
    out: path.opt('Folder for everything; what an earlier demo left there is replaced.', 'demo'),
    minutes: positive.opt('Time for training.', 1.4),
    seed: seedOption.opt('Decides weights, order and augmentation.', 0),
    ...runOptions,
  },
  examples: [
    ['volvox demo', 'About two minutes, report in demo/evaluation/report.html'],
    ['volvox demo --minutes 10', 'The same with more time to learn'],
  ],
  async run(options, io) {
    const { startDemo } = await import('../segmentation/startDemo.ts')
    await startDemo(options, io)
  },
})

import { bool, oneOf, text } from 'volvox/core'
import { command } from '../command.ts'
import { path } from '../kinds.ts'
import { runOptions } from './shared.ts'

export const evaluate = command({
  name: 'evaluate',
  summary: 'Score a trained network on cases with labels, and write a report',
  details:
    'Writes into the output folder: report.html, metrics.csv, metrics.json and segmentations/ (NIfTI, on the grid of each image).',
  args: { model: path.req('Run folder or checkpoint file.') },
  options: {
    data: path.opt('Data set; the one that the network was trained on unless given.', null),
    list: text.opt('List of the data set to score.', 'validation'),
    checkpoint: oneOf('last', 'best').opt('Which checkpoint of a run folder.', 'last'),
    flips: bool.opt('Do not average over the mirror images: 8 times faster, a little worse.', true),
    out: path.opt('Output folder; "evaluation" in the run folder unless given.', null),
    ...runOptions,
    json: bool.opt('Print the scores as JSON.', false),
  },
  examples: [
    ['volvox evaluate runs/full', 'Score the validation cases of the data set that it was trained on'],
    ['volvox evaluate runs/full --data OTHER --list test', 'Score the list "test" of another data set'],
    ['volvox evaluate runs/full --no-flips --json', 'Quickly, and for scripts'],
  ],
  async run(options, io) {
    const { startEvaluation } = await import('../segmentation/startEvaluation.ts')
    const result = await startEvaluation(options, io)
    if (options.json) io.print(JSON.stringify(result))
  },
})

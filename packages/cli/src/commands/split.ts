import { bool, count, int, numbers } from 'volvox/core'
import { command } from '../command.ts'
import { path } from '../kinds.ts'
import { seedOption } from './shared.ts'

export const split = command({
  name: 'split',
  summary: 'Split the cases of a PROMISE12 folder into train.csv and val.csv',
  details:
    'The folder has TrainData/img/CaseNN.mhd and TrainData/gt/CaseNN_segmentation.mhd (.mha and .nii.gz do, too). Each CSV has one file name a line and no header, as the V-Net recipe reads them. Without --random and --val the validation cases are 11, 15, 19, 30, 42, 43, 44, 46, 48 and 49; with --random they are drawn as NumPy draws them for the seed.',
  args: { data: path.req('Folder that holds TrainData.') },
  options: {
    out: path.opt('Folder for train.csv and val.csv; that of the data unless given.', null),
    random: bool.opt('Draw the validation cases.', false),
    seed: seedOption.opt('Seed of the draw.', 0),
    count: count.opt('How many cases are drawn.', 10),
    folds: count.opt('Split into so many folds instead; each case is validated in one of them.', null),
    fold: int.where((n) => n >= 0, 'a whole number of 0 or more').opt('Which of the folds is for validation.', 0),
    val: numbers.opt('Numbers of the validation cases, e.g. 11,15,19.', null),
  },
  examples: [
    ['volvox split promise12', 'The fixed split of the V-Net recipe'],
    ['volvox split promise12 --random --seed 0 --out splits', 'Ten cases drawn for validation'],
    ['volvox split promise12 --folds 5 --fold 2', 'The third of five folds'],
  ],
  async run(options, io) {
    const { splitPromise12 } = await import('../analysis/promise12.ts')
    splitPromise12(options, io)
  },
})

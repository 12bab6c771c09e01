import { bool, int, texts } from 'volvox/core'
import { command } from '../command.ts'
import { path } from '../kinds.ts'

export const analyze = command({
  name: 'analyze',
  summary: 'Tell sizes, spacings, intensities and label balance of a data set, and what is wrong with it',
  details:
    "Writes datastats.yaml and datastats_by_case.yaml (the format of MONAI's DataAnalyzer) and report.html with pictures into the output folder. Cases that cannot be read, labels that do not lie on their image and images that occur twice are listed; the exit code is 0 all the same.",
  args: { data: path.req('File dataset.json, its folder, or a folder of images (with folders below it).') },
  options: {
    lists: texts.opt('Lists of dataset.json; all that have cases unless given.', null),
    labels: path.opt('For a folder of images: folder of label files of the same names.', null),
    out: path.opt('Output folder.', 'analysis'),
    components: bool.opt('Count the connected components of each label (slower).', false),
    workers: int
      .where((n) => n >= 0, 'a whole number of 0 or more')
      .opt('Threads that read cases; one per core unless given, 0 for none.', null),
    json: bool.opt('Print the summary as JSON.', false),
  },
  examples: [
    ['volvox analyze examples/data/hippocampus', 'All lists of a data set; the report goes to analysis/report.html'],
    ['volvox analyze DATA --lists training --out stats', 'One list'],
    ['volvox analyze scans --labels masks', 'Two folders of files with equal names'],
  ],
  async run(options, io) {
    const { startAnalysis } = await import('../analysis/startAnalysis.ts')
    const summary = await startAnalysis(options, io)
    if (options.json) io.print(JSON.stringify(summary))
  },
})

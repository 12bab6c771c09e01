import { bool } from 'volvox/core'
import { command } from '../command.ts'
import { paths } from '../kinds.ts'

export const info = command({
  name: 'info',
  summary: 'Say what is in an image, a data set or a checkpoint',
  details:
    'Images: NIfTI (.nii, .nii.gz) and MetaImage (.mhd, .mha). Data sets: dataset.json or its folder. Checkpoints and weights: .safetensors, .pt, .pth and TorchScript; no code in them is run.',
  args: { files: paths.req('Files or data set folders.') },
  options: { json: bool.opt('Print JSON, one line for each file.', false) },
  examples: [
    ['volvox info scan.nii.gz', 'Shape, spacing, orientation and values of a scan'],
    ['volvox info examples/data/hippocampus', 'Lists and labels of a data set'],
    ['volvox info model.pt', 'Containers, tensors and totals of a checkpoint of PyTorch'],
    ['volvox info run/last.safetensors --json', 'What a checkpoint was trained for, as JSON'],
  ],
  async run({ files, json }, io) {
    const { factsOf } = await import('../facts.ts')
    for (const file of files) {
      const { data, lines } = await factsOf(file)
      for (const line of json ? [JSON.stringify(data)] : lines) io.print(line)
    }
  },
})

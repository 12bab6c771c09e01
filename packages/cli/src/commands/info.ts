import { OptionError, bool, text } from 'volvox/core'
import { command } from '../command.ts'
import type { Facts } from '../facts.ts'
import { anyPaths, path, shapes } from '../kinds.ts'

export const info = command({
  name: 'info',
  summary: 'Say what is in an image, a data set, a checkpoint or a network',
  details:
    'Images: any file that can be read (docs/formats.md), and folders of a DICOM series; names, dates and identifiers of patients are not shown. Data sets: dataset.json or its folder. Checkpoints and weights: .safetensors, .pt, .pth and TorchScript; no code in them is run. Networks (--network, --config): parameters, operations, memory and a picture.',
  args: { files: anyPaths.opt('Files or data set folders.', []) },
  options: {
    json: bool.opt('Print JSON, one line for each file.', false),
    network: text.opt('Network by its name in MONAI, e.g. UNet, in place of files.', null),
    config: path.opt('JSON or YAML file whose network_def is the network, in place of --network.', null),
    options: text.opt('Options of the network as JSON, under their names in MONAI; usual ones unless given.', null),
    input: shapes.opt(
      'Shape of an input, e.g. 1,1,96,96,96; of several with their names, e.g. timesteps=1, or semicolons between. Usual ones unless given.',
      [],
    ),
    png: path.opt('Writes a picture of the image into this file: three planes, or the flat image.', null),
    svg: path.opt('Draws the graph of the network into this file.', null),
  },
  examples: [
    ['volvox info scan.nii.gz', 'Shape, spacing, orientation and values of a scan'],
    ['volvox info dicom/series --png ct.png', 'A DICOM series, and a picture of its middle planes'],
    ['volvox info examples/data/hippocampus', 'Lists and labels of a data set'],
    ['volvox info model.pt', 'Containers, tensors and totals of a checkpoint of PyTorch'],
    ['volvox info run/last.safetensors --json', 'What a checkpoint was trained for, as JSON'],
    ['volvox info --config bundle/configs/train.yaml --input 1,1,96,96,96', 'The network of a bundle'],
    ['volvox info --network UNet --input 1,1,96,96,96 --svg unet.svg', 'What a network has and does, and its graph'],
  ],
  async run({ files, json, network, config, png, ...question }, io) {
    const print = ({ data, lines }: Facts) => {
      for (const line of json ? [JSON.stringify(data)] : lines) io.print(line)
    }
    if (files.length === 0 && network === null && config === null)
      throw new OptionError('info', 'there is nothing to look at; give files, or a network by --network or --config')
    if (network !== null || config !== null) {
      const { describedNetwork } = await import('../networks/described.ts')
      print(describedNetwork({ network, config, ...question }))
    }
    const { factsOf } = await import('../facts.ts')
    if (png !== null && files.length !== 1)
      throw new OptionError('info.png', `is for one image, ${files.length} files are given; name one`)
    for (const file of files) print(await factsOf(file, png))
  },
})

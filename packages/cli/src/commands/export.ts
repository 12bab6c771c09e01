import { count, ints, oneOf } from 'volvox/core'
import { command } from '../command.ts'
import { path } from '../kinds.ts'

export const exportModel = command({
  name: 'export',
  summary: 'Write a trained network as an ONNX model',
  details:
    'The model stands alone: any ONNX Runtime runs it, in browsers too. It takes "input", preprocessed voxels [N, C, ...size] in float32, ' +
    'and gives "output", the probability of each class. The plan of the training travels with it as metadata "volvox.plan".',
  args: { model: path.req('Run folder or checkpoint file.') },
  options: {
    out: path.req('The .onnx file.'),
    checkpoint: oneOf('last', 'best').opt('Which checkpoint of a run folder.', 'last'),
    precision: oneOf('fp32', 'fp16').opt(
      'Type of weights and computation. With fp16 the file is half as large; norms, inputs and outputs stay fp32.',
      'fp32',
    ),
    size: ints.opt('Voxels along each axis of the input; the window of the recipe unless given.', null),
    batch: count.opt('Inputs that the model takes at once.', 1),
  },
  examples: [
    ['volvox export runs/full --out hippocampus.onnx', 'For ONNX Runtime, anywhere'],
    ['volvox export runs/full --out hippocampus.onnx --precision fp16', 'At half the size, for graphics cards'],
  ],
  async run(options, io) {
    const { startExport } = await import('../segmentation/startExport.ts')
    await startExport(options, io)
  },
})

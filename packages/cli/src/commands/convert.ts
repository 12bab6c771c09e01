import { bool, text } from 'volvox/core'
import { command } from '../command.ts'
import { path } from '../kinds.ts'

export const convert = command({
  name: 'convert',
  summary: 'Write the weights of a checkpoint in another format',
  details:
    'From PyTorch (.pt, .pth, TorchScript) and safetensors to PyTorch (.pt, .pth) and safetensors; the extension of the output decides. ' +
    'No code in the file is run. Of a training by volvox, what is written is the state dict that PyTorch loads, of the averaged weights.',
  args: { input: path.req('Checkpoint.'), output: path.req('The file to write: .safetensors, .pt or .pth.') },
  options: {
    key: text.opt(
      'Where in the checkpoint the weights are, e.g. model or ema.state_dict; found by itself unless several are there.',
      null,
    ),
    all: bool.opt(
      'Write every tensor, also those of the optimiser, under names like optimizer.state.0.exp_avg.',
      false,
    ),
  },
  examples: [
    ['volvox convert model.pt model.safetensors', 'Weights of a bundle as safetensors'],
    ['volvox convert model.safetensors model.pt', 'For torch.load(..., weights_only=True)'],
    ['volvox convert runs/full/last.safetensors hippocampus.pt', 'A training, for load_state_dict of MONAI'],
    ['volvox convert checkpoint.pt teacher.pt --key teacher', 'One of several'],
  ],
  async run(options, io) {
    const { convertWeights } = await import('../convertWeights.ts')
    convertWeights(options, io)
  },
})

import { bool, count, ints, oneOf, text } from 'volvox/core'
import { command } from '../command.ts'
import { path, shapes } from '../kinds.ts'

export const exportModel = command({
  name: 'export',
  summary: 'Write a network with its weights as an ONNX model',
  details:
    'Of a training by volvox, or of a network by name (--network, --options) or config (--config) with the weights of a checkpoint of ' +
    'PyTorch or safetensors (--weights). The model stands alone: any ONNX Runtime runs it, in browsers too. It takes "input", ' +
    'preprocessed voxels [N, C, ...size] in float32, and gives "output" (then "output1", ...): of a training the probability of ' +
    'each class, else what the network gives. Several inputs have the names that they have in MONAI, e.g. x, timesteps and context; ' +
    'whole numbers are int64. What a network draws from the normal distribution, such as the noise of an autoencoder, are further ' +
    'inputs random.0, ... The plan of a training travels with the model as metadata "volvox.plan".',
  args: { model: path.opt('Run folder or checkpoint file; with --network or --config, the .onnx file.', null) },
  options: {
    out: path.opt('The .onnx file.', null),
    network: text.opt('Network by its name in MONAI, e.g. UNet.', null),
    options: text.opt('Options of the network as JSON, under their names in MONAI.', null),
    config: path.opt('JSON or YAML file whose network_def is the network, e.g. configs/train.yaml of a bundle.', null),
    weights: path.opt('Weights of the network: .pt, .pth, TorchScript or safetensors.', null),
    key: text.opt('Where in the file the weights are; found by itself unless several are there.', null),
    checkpoint: oneOf('last', 'best').opt('Which checkpoint of a run folder.', 'last'),
    precision: oneOf('fp32', 'fp16').opt(
      'Type of weights and computation. With fp16 the file is half as large; norms, inputs and outputs stay fp32.',
      'fp32',
    ),
    activation: oneOf('none', 'softmax', 'sigmoid').opt(
      'What is applied to the prediction; softmax for a training, else none, unless given.',
      null,
    ),
    size: ints.opt(
      'Voxels along each axis of the input; the window of the recipe or what the network was made for unless given.',
      null,
    ),
    channels: count.opt('Channels of the input, where the network does not say.', null),
    input: shapes.opt(
      'Shape of an input by its name, e.g. context=1,77,768, or without one of the next, e.g. 1,1,96,96,96; once for each. Usual ones beside the first unless given. A bare name adds an input that may be left out.',
      [],
    ),
    batch: count.opt('Inputs that the model takes at once.', 1),
    dynamic: bool.opt(
      'Leave batch and size open; for networks whose operations do not depend on them, which is checked.',
      false,
    ),
  },
  examples: [
    ['volvox export runs/full --out hippocampus.onnx', 'For ONNX Runtime, anywhere'],
    ['volvox export runs/full --out hippocampus.onnx --precision fp16', 'At half the size, for graphics cards'],
    [
      'volvox export --config bundle/configs/train.json --weights bundle/models/model.pt --size 96,96,96 spleen.onnx',
      'The network of a bundle',
    ],
    [
      'volvox export --network BasicUNet --options {"spatial_dims":2} --weights model.pt --size 64,64 --dynamic unet.onnx',
      'A network by name, for images of any size that it takes (quote the JSON as your shell asks)',
    ],
    [
      'volvox export --network DiffusionModelUNet --options {"spatial_dims":2,...} --weights model.pt --input x=1,1,64,64 --input timesteps=1 unet.onnx',
      'A network of several inputs',
    ],
  ],
  async run(options, io) {
    const { startExport } = await import('../export/startExport.ts')
    startExport(options, io)
  },
})

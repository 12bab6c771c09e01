import { bool, oneOf } from 'volvox/core'
import { command } from '../command.ts'
import { path, paths } from '../kinds.ts'
import { runOptions } from './shared.ts'

export const infer = command({
  name: 'infer',
  summary: 'Segment images with a trained network',
  details:
    'Each segmentation lies on the grid of its image: same shape, spacing and orientation. From a folder, all images in it are taken.',
  args: { model: path.req('Run folder or checkpoint file.'), images: paths.req('Image files, or folders of them.') },
  options: {
    out: path.req('Output folder, for NAME_seg.nii.gz; for a single image also a file name.'),
    checkpoint: oneOf('last', 'best').opt('Which checkpoint of a run folder.', 'last'),
    flips: bool.opt('Do not average over the mirror images: 8 times faster, a little worse.', true),
    ...runOptions,
    json: bool.opt('Print JSON, one line for each image.', false),
  },
  examples: [
    ['volvox infer runs/full scan.nii.gz --out scan_seg.nii.gz', 'Segment one scan'],
    ['volvox infer runs/full a.nii.gz b.nii.gz --out segmentations', 'Segment several'],
    ['volvox infer runs/full imagesTs --out segmentations', 'Segment all images of a folder'],
    ['volvox infer runs/full imagesTs --out segmentations --executor ort:cuda', 'On an NVIDIA card, by ONNX Runtime'],
  ],
  async run(options, io) {
    const { startInference } = await import('../segmentation/startInference.ts')
    await startInference(options, io)
  },
})

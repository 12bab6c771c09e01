import { bool, oneOf, text } from 'volvox/core'
import { command } from '../command.ts'
import { path } from '../kinds.ts'

export const convert = command({
  name: 'convert',
  summary: 'Write images or the weights of a checkpoint in another format',
  details:
    'Images: any file, DICOM folder or folder of files that can be read (docs/formats.md); the extension of the output decides. A whole folder ' +
    'goes into a folder, with its folders below, one file for each DICOM series; files that are there already are left, so that a run can be taken up again. ' +
    'Weights: from PyTorch (.pt, .pth, TorchScript) and safetensors to PyTorch (.pt, .pth) and safetensors; the extension of the output decides. ' +
    'No code in the file is run. Of a training by volvox, what is written is the state dict that PyTorch loads, of the averaged weights.',
  args: {
    input: path.req('Image, folder of images or DICOM series, or checkpoint.'),
    output: path.req('The file to write, e.g. out.nii.gz, out.nrrd or model.safetensors; or a folder, for a folder.'),
  },
  options: {
    to: text.opt(
      'Images, into a folder: extension of the files, e.g. nii.gz, nrrd, mha, png; nii.gz unless given.',
      null,
    ),
    dtype: text.opt('Images: element type, e.g. int16 or float32; that of the file unless given.', null),
    window: text.opt(
      'Images, to uint8 as they are shown: auto (the window of a DICOM image, else from the 1st to the 99.5th hundredth), or centre and width, e.g. 40,400.',
      null,
    ),
    series: text.opt('DICOM folder with several series: SeriesInstanceUID or number of the one that is meant.', null),
    reference: path
      .nullable()
      .opt(
        'Segmentations: the DICOM series that was segmented. Labels are written as a DICOM segmentation of it, and such an object is read on its grid.',
        null,
      ),
    names: text.opt('DICOM segmentation to write: names of its labels, e.g. 1=Liver,2=Tumour.', null),
    fractional: oneOf('PROBABILITY', 'OCCUPANCY')
      .nullable()
      .opt(
        'DICOM segmentation to write: the image holds not labels but a channel of fractions from 0 to 1 for each segment.',
        null,
      ),
    force: bool.opt('Images, into a folder: write files anew that are there already.', false),
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
    ['volvox convert scan.mhd scan.nii.gz', 'One image'],
    ['volvox convert dicom/series ct.nii.gz', 'A DICOM series as one volume'],
    ['volvox convert dicom nifti --to nii.gz', 'All series and images below a folder'],
    ['volvox convert slice.dcm slice.png --window auto', 'As a picture, in the gray levels of the file'],
    ['volvox convert labels.nii.gz seg.dcm --reference dicom/series', 'A label map as a DICOM segmentation'],
    ['volvox convert seg.dcm labels.nii.gz --reference dicom/series', 'And back, on the grid of its series'],
    ['volvox convert model.pt model.safetensors', 'Weights of a bundle as safetensors'],
    ['volvox convert model.safetensors model.pt', 'For torch.load(..., weights_only=True)'],
    ['volvox convert runs/full/last.safetensors hippocampus.pt', 'A training, for load_state_dict of MONAI'],
    ['volvox convert checkpoint.pt teacher.pt --key teacher', 'One of several'],
  ],
  async run({ input, output, key, all, ...images }, io) {
    const { convertImages, holdsImages } = await import('../images/convertImages.ts')
    if (!holdsImages(input, output)) {
      const { convertWeights } = await import('../convertWeights.ts')
      convertWeights({ input, output, key, all }, io)
    } else {
      convertImages({ input, output, ...images }, io)
    }
  },
})

import { OptionError } from '../../core/errors.ts'
import { anything, bool, parseOptions, type Given } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import { readerKind } from '../../transforms/io/readers/chooseReader.ts'
import { LoadImage } from '../../transforms/io/index.ts'
import { pipelineKind, stepsOf, type Pipeline, type PipelineStep } from '../pipeline.ts'
import type { Dataset } from './dataset.ts'
import { dtypeKind } from '../../transforms/shared.ts'
import { itemDataset, itemsKind } from './items.ts'
import { zipped } from './zip.ts'

const arraySchema = {
  img: itemsKind.req('The images: paths, tensors, or anything that `imgTransform` takes.'),
  imgTransform: pipelineKind.opt('What is done to each image.', null),
  seg: itemsKind.opt('The segmentations, as many as images.', null),
  segTransform: pipelineKind.opt('What is done to each segmentation.', null),
  labels: itemsKind.opt('The labels, as many as images.', null),
  labelTransform: pipelineKind.opt('What is done to each label.', null),
}

/**
 * Images with their segmentations and labels, each with transforms of its own (MONAI `ArrayDataset`). A sample holds them under 0, 1
 * and 2. Random transforms of the same place in each list draw the same numbers, so images and segmentations move alike.
 */
export const ArrayDataset: Component & ((given: Given<typeof arraySchema>) => Dataset) = Object.assign(
  (given: Given<typeof arraySchema>) => {
    const { img, imgTransform, seg, segTransform, labels, labelTransform } = parseOptions(
      'ArrayDataset',
      arraySchema,
      given,
    )
    return columns('ArrayDataset', [
      ['img', img, stepsOf(imgTransform)],
      ['seg', seg, stepsOf(segTransform)],
      ['labels', labels, stepsOf(labelTransform)],
    ])
  },
  { componentName: 'ArrayDataset', schema: arraySchema },
)

const imageSchema = {
  imageFiles: itemsKind.req('Files of the images.'),
  segFiles: itemsKind.opt('Files of the segmentations, as many as images.', null),
  labels: itemsKind.opt('Labels, as many as images.', null),
  transform: pipelineKind.opt('What is done to each image.', null),
  segTransform: pipelineKind.opt('What is done to each segmentation.', null),
  labelTransform: pipelineKind.opt('What is done to each label.', null),
  imageOnly: bool.opt('False puts the metadata of image and segmentation behind them in the sample.', true),
  transformWithMetadata: anything.opt('Kept for configs of MONAI; images carry their metadata.', false),
  dtype: dtypeKind.nullable().opt('Element type of the voxels; null keeps the one of the file.', 'float32'),
  reader: readerKind.opt('As in LoadImage.', null),
}

/** Image files with segmentation files and labels (MONAI `ImageDataset`); a sample holds them under 0, 1, ... */
export const ImageDataset: Component & ((given: Given<typeof imageSchema>) => Dataset) = Object.assign(
  (given: Given<typeof imageSchema>) => {
    const options = parseOptions('ImageDataset', imageSchema, given)
    const { dtype, reader, imageOnly } = options
    const loaded = (transform: Pipeline) => [LoadImage({ dtype, reader }) as PipelineStep, ...stepsOf(transform)]
    const all: Column[] = [
      ['imageFiles', options.imageFiles, loaded(options.transform)],
      ['segFiles', options.segFiles, loaded(options.segTransform)],
      ['labels', options.labels, stepsOf(options.labelTransform)],
    ]
    return columns('ImageDataset', all, !imageOnly)
  },
  { componentName: 'ImageDataset', schema: imageSchema },
)

type Column = readonly [name: string, items: readonly unknown[] | null, steps: readonly PipelineStep[]]

function columns(owner: string, all: readonly Column[], withMeta = false): Dataset {
  const there = all.flatMap(([name, data, steps]) => (data ? [{ name, data, steps }] : []))
  const [first, ...others] = there
  const odd = others.find(({ data }) => data.length !== first.data.length)
  if (odd)
    throw new OptionError(
      `${owner}.${odd.name}`,
      `has ${odd.data.length} items, ${first.name} has ${first.data.length}; give one for each`,
    )
  return zipped(there.map(itemDataset), [], withMeta)
}

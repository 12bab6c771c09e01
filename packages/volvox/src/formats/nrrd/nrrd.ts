import { bytesOf } from '../../core/dtype.ts'
import { sizeOf } from '../../core/tensor.ts'
import { elementsAt, elementsOfText, voxelsOf } from '../elements.ts'
import { volume, type Format, type Reading, type Volume } from '../format.ts'
import { firstFastest } from '../reorder.ts'
import { binaryData, textData } from './data.ts'
import { geometryOf } from './geometry.ts'
import { parseNrrdHeader } from './header.ts'
import { writeNrrd } from './write.ts'

/**
 * NRRD (.nrrd in one file, .nhdr with its voxels in others), all encodings. Axes of vectors, colours or lists, which may
 * stand first in the file, come last; positions of any anatomical space become RAS. Memory is bounded by the voxels that
 * the header declares, once as stored and once as given back (hexadecimal and packed data once more), and the header is
 * believed only as far as the data are long enough for it.
 */
export const nrrd: Format = {
  name: 'NRRD',
  extensions: ['.nrrd', '.nhdr'],
  sniff: (head) => String.fromCharCode(...head.subarray(0, 7)) === 'NRRD000',
  read,
  write: writeNrrd,
}

function read(bytes: Uint8Array, reading: Reading): Volume {
  const header = parseNrrdHeader(bytes, reading.name)
  const { shape, dtype, littleEndian, fields } = header
  const { spatialAxes, affine, spacing } = geometryOf(header, reading.name)
  const count = sizeOf(shape)
  const data =
    header.encoding === 'ascii'
      ? elementsOfText(textData(bytes, header, reading), dtype, count, reading.name)
      : elementsAt(binaryData(bytes, header, count * bytesOf(dtype), reading), 0, dtype, count, littleEndian)
  const axes = [...spatialAxes, ...shape.map((_, axis) => axis).filter((axis) => !spatialAxes.includes(axis))]
  const steps = firstFastest(shape)
  const layout = { start: 0, shape: axes.map((axis) => shape[axis]), strides: axes.map((axis) => steps[axis]) }
  const voxels = voxelsOf({ dtype, data, layout }, reading.as, reading.later)
  return volume(
    voxels,
    layout.shape,
    spatialAxes.length,
    affine,
    { ...fields, ...(fields.space !== undefined && { stored_space: fields.space }), spacing },
    reading,
  )
}

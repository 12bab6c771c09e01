import { bytesOf } from '../../core/dtype.ts'
import { identity } from '../../core/affine.ts'
import { FormatError, shown } from '../../core/errors.ts'
import { joinedBytes } from '../../core/lists.ts'
import { sizeOf, stridesOf, type Tensor } from '../../core/tensor.ts'
import { elementsAt, orderedBytes, voxelsOf, type FileVoxels } from '../elements.ts'
import { volume, type Format, type Reading, type ReadOptions, type Volume, type Writing } from '../format.ts'
import { firstFastestLayout } from '../reorder.ts'
import { descrOf, npyMagic, parseNpyHeader } from './header.ts'

/**
 * NumPy's .npy: one array, in either order of axes and bytes. All its axes count as space (as in MONAI's NumpyReader),
 * and there is no affine. Complex numbers get a last axis of 2. Object arrays are refused: nothing is unpickled. Memory is
 * bounded by the file, once more for what is given back.
 */
export const npy: Format = {
  name: 'NumPy',
  extensions: ['.npy'],
  sniff: (head) => String.fromCharCode(...head.subarray(0, 6)) === npyMagic,
  read: (bytes, reading) => arrayVolume(readNpy(bytes, reading.name, reading), reading),
  write: (given, { name }: Writing) => [{ name, bytes: writeNpy(given, name) }],
}

/** An array as a volume without a place in the world. */
export function arrayVolume({ shape, complex, ...voxels }: NpyArray, reading: Reading): Volume {
  return volume(voxels, shape, shape.length - (complex ? 1 : 0), identity(), {}, reading)
}

/** An array; where `stored` is given, `data` is still to be made from that. Complex ones have a last axis of 2. */
export type NpyArray = FileVoxels & Pick<Tensor, 'shape'> & { readonly complex: boolean }

export function readNpy(bytes: Uint8Array, where: string, options: ReadOptions = {}): NpyArray {
  const { dtype, components, littleEndian, fortranOrder, shape, offset } = parseNpyHeader(bytes, where)
  const count = sizeOf(shape) * components
  const needed = count * bytesOf(dtype)
  if (!(bytes.length - offset >= needed))
    throw new FormatError(
      where,
      `${bytes.length - offset} bytes of elements are there, the shape ${shown(shape)} needs ${needed}; the file is cut short`,
    )
  if (count === 0) throw new FormatError(where, `the shape is ${shown(shape)}; an image needs 1 element or more`)
  const found = elementsAt({ bytes, own: false }, offset, dtype, count, littleEndian)
  // NumPy takes any byte but 0 as true, and Pillow's arrays hold 255.
  const data = dtype === 'bool' ? Uint8Array.from(found as Uint8Array, (value) => (value === 0 ? 0 : 1)) : found
  const fullShape = components > 1 ? [...shape, components] : shape
  const layout = fortranOrder
    ? firstFastestLayout(shape, components)
    : { start: 0, shape: fullShape, strides: stridesOf(fullShape) }
  return {
    ...voxelsOf({ dtype, data, layout }, options.as, options.later),
    shape: fullShape,
    complex: components === 2,
  }
}

/** The bytes of a .npy file: little-endian, last axis fastest. */
export function writeNpy(array: Tensor, where: string): Uint8Array {
  const { dtype, shape } = array
  const descr = descrOf(dtype)
  if (!descr) throw new FormatError(where, `NumPy has no ${dtype} elements; convert to float32 first`)
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`
  const padded = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11) + '\n' // elements begin at a multiple of 64
  const lead = Uint8Array.from(`${npyMagic}\x01\0\0\0${padded}`, (c) => c.charCodeAt(0))
  new DataView(lead.buffer).setUint16(8, padded.length, true)
  return joinedBytes([
    lead,
    orderedBytes(
      array,
      shape.map((_, axis) => axis),
    ),
  ])
}

import { allocate } from '../../core/dtype.ts'
import { FormatError, ShapeError, shown } from '../../core/errors.ts'
import { sameShape } from '../../core/tensor.ts'
import { type Format, type Reading, type Volume } from '../format.ts'
import { largestRatio } from '../gzip.ts'
import { isZip, openZip, type ZipArchive } from '../zip/openZip.ts'
import { writeZip } from '../zip/writeZip.ts'
import { arrayVolume, readNpy, writeNpy, type NpyArray } from './npy.ts'

/**
 * NumPy's .npz: arrays in a zip archive. One array is read as .npy is; several (all, or those that `keys` names) must be of
 * equal shape and type and become one array with a new first axis, as in MONAI's NumpyReader. What an array takes is
 * bounded by what the archive declares, and that by 1032 times its packed bytes, as far as DEFLATE can go.
 */
export const npz: Format = {
  name: 'NumPy archive',
  extensions: ['.npz'],
  sniff: isZip,
  read,
  write: (given, { name }) => [{ name, bytes: writeZip([{ name: 'arr_0.npy', bytes: writeNpy(given, name) }], name) }],
}

function read(bytes: Uint8Array, reading: Reading): Volume {
  const all = readNpz(bytes, reading)
  const keys = Object.keys(all)
  const arrays = Object.values(all)
  const [first, ...others] = arrays
  if (others.length === 0) return arrayVolume(first, reading)
  const other = others.find(({ shape, dtype }) => !sameShape(shape, first.shape) || dtype !== first.dtype)
  if (other)
    throw new ShapeError(
      reading.name,
      `its arrays differ: ${first.dtype} ${shown(first.shape)} and ${other.dtype} ${shown(other.shape)}; name those to be stacked as keys (npz_keys)`,
    )
  const data = allocate(first.dtype, arrays.length * first.data.length)
  arrays.forEach((array, i) => data.set(array.data as never, i * first.data.length))
  const stacked = arrayVolume({ ...first, data, shape: [arrays.length, ...first.shape] }, reading)
  return {
    ...stacked,
    meta: { ...stacked.meta, spatial_shape: first.shape, original_channel_dim: 0, keys },
  }
}

/** The arrays of an archive by name: those under `keys`, or all. */
export function readNpz(
  bytes: Uint8Array,
  reading: Pick<Reading, 'name' | 'keys' | 'as' | 'inflate'>,
): Readonly<Record<string, NpyArray>> {
  const archive = openZip(bytes, reading.name, { least: 0, ratio: largestRatio }, reading.inflate)
  return Object.fromEntries(
    keysOf(archive, reading).map((key) => [
      key,
      readNpy(archive.read(`${key}.npy`), `${reading.name} (${key})`, { as: reading.as }),
    ]),
  )
}

function keysOf({ names }: ZipArchive, { keys, name }: Pick<Reading, 'keys' | 'name'>): readonly string[] {
  const there = names.filter((entry) => entry.endsWith('.npy')).map((entry) => entry.slice(0, -4))
  if (there.length === 0)
    throw new FormatError(name, `the archive holds ${shown(names)} and no array (.npy); it is no .npz file`)
  const missing = keys?.find((key) => !there.includes(key))
  if (missing !== undefined)
    throw new FormatError(name, `it holds no array ${shown(missing)}; there are ${shown(there)}`)
  return keys && keys.length > 0 ? keys : there
}

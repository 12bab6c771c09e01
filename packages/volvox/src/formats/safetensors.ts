import { z } from 'zod'
import { identity } from '../core/affine.ts'
import { FormatError, shown } from '../core/errors.ts'
import { readSafetensors, writeSafetensors } from '../core/safetensors.ts'
import { stridesOf } from '../core/tensor.ts'
import { checkAffine } from './affine.ts'
import { voxelsOf } from './elements.ts'
import { volume, type Format, type Part, type Reading, type Volume, type Writing } from './format.ts'

const tensorName = 'image'
const placeKind = z.object({ affine: z.array(z.number()).length(16), spatialDims: z.int().min(0) })

/**
 * One tensor of a .safetensors file as an image: the one that `keys` names, or the only one. What Volvox writes has its place
 * in the metadata ("volvox.image": affine and number of axes of space); in other files all axes are space, at no place.
 * Nothing is copied but to make other types, and nothing is allocated that the file does not hold.
 */
export const safetensors: Format = {
  name: 'safetensors',
  extensions: ['.safetensors'],
  sniff: (head) => head.length > 9 && head[8] === 0x7b && head.subarray(4, 8).every((byte) => byte === 0),
  read,
  write,
}

function read(bytes: Uint8Array, reading: Reading): Volume {
  const { name, keys } = reading
  const { tensors, metadata } = readSafetensors(bytes, name)
  const there = Object.keys(tensors)
  if (keys ? keys.length !== 1 : there.length !== 1)
    throw new FormatError(name, `it holds ${there.length} tensors; name one of ${shown(there)} as the image (keys)`)
  const key = keys?.[0] ?? there[0]
  if (!there.includes(key)) throw new FormatError(name, `it holds no tensor ${shown(key)}; there are ${shown(there)}`)
  const { dtype, shape, data } = tensors[key]
  if (data.length === 0)
    throw new FormatError(name, `${shown(key)} has the shape ${shown(shape)}; an image needs 1 element or more`)
  const place = placeOf(metadata['volvox.image'], shape.length, name)
  const voxels = voxelsOf({ dtype, data, layout: { start: 0, shape, strides: stridesOf(shape) } }, reading.as)
  return volume(voxels, shape, place.spatialDims, place.affine, { tensor: key }, reading)
}

function placeOf(text: string | undefined, axes: number, where: string): z.infer<typeof placeKind> {
  if (text === undefined) return { affine: identity(), spatialDims: axes }
  let value: unknown = null
  try {
    value = JSON.parse(text)
  } catch {
    // told below
  }
  const place = placeKind.safeParse(value).data
  if (!place || place.spatialDims > axes)
    throw new FormatError(
      where,
      `its metadata "volvox.image" are ${shown(text)}; they must be an affine and spatialDims`,
    )
  checkAffine(place.affine, 'the affine in its metadata', where)
  return place
}

function write({ dtype, shape, data, affine, spatialDims }: Volume, { name }: Writing): Part[] {
  const metadata = { 'volvox.image': JSON.stringify({ affine, spatialDims }) }
  return [{ name, bytes: writeSafetensors({ [tensorName]: { dtype, shape, data } }, metadata) }]
}

import { memoryFiles, writeVolume, type Volume, type WriteOptions } from 'volvox'
import { dataSetOf, encodeFile } from '../../packages/volvox/src/formats/dicom/encode.ts'
import { image, slice } from '../../packages/volvox/src/formats/dicom/testing.ts'
import { codedFiles } from '../codestreams.ts'
import { madeElsewhere } from './madeElsewhere.ts'

/** A sound file with its companions, to be damaged. */
export interface Seed {
  readonly format: string
  /** The file that is opened. */
  readonly name: string
  readonly files: ReadonlyMap<string, Uint8Array>
}

const affine = [-0.8, 0.1, 0, 12, 0, 1.2, 0, -7, 0, 0, 2.5, 3, 0, 0, 0, 1]

function counted(dtype: 'uint8' | 'int16' | 'uint16' | 'float32', shape: readonly number[], spatialDims = 3): Volume {
  const length = shape.reduce((a, b) => a * b, 1)
  const Type = { uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, float32: Float32Array }[dtype]
  return { dtype, shape, data: Type.from({ length }, (_, i) => (i * 37) % 251), spatialDims, affine, meta: {} }
}

const [volume, vectors] = [counted('int16', [7, 6, 5]), counted('float32', [4, 3, 3, 2])]
const [flat, colours, deep] = [
  counted('uint8', [13, 9], 2),
  counted('uint8', [11, 7, 3], 2),
  counted('uint16', [9, 5], 2),
]

/** What our writers make, by format: names decide between variants. */
const written: readonly [format: string, name: string, volume: Volume, options?: WriteOptions][] = [
  ['NIfTI', 'a.nii', volume],
  ['NIfTI', 'b.nii', vectors, { nifti2: true }],
  ['NIfTI', 'c.nii.gz', volume],
  ['NIfTI', 'd.hdr', volume],
  ['MetaImage', 'a.mha', volume],
  ['MetaImage', 'b.mha', vectors, { compress: true }],
  ['MetaImage', 'c.mhd', volume],
  ['NRRD', 'a.nrrd', volume],
  ['NRRD', 'b.nrrd', vectors, { compress: true }],
  ['NRRD', 'c.nhdr', volume, { compress: true }],
  ['MGH', 'a.mgh', volume],
  ['MGH', 'b.mgz', vectors],
  ['NumPy', 'a.npy', vectors],
  ['NumPy archive', 'a.npz', vectors],
  ['safetensors', 'a.safetensors', vectors],
  ['PNG', 'a.png', flat],
  ['PNG', 'b.png', colours],
  ['PNG', 'c.png', deep],
  ['TIFF', 'a.tif', counted('int16', [9, 7, 3])],
  ['TIFF', 'b.tif', colours, { compress: true }],
  ['BMP', 'a.bmp', flat],
  ['BMP', 'b.bmp', colours],
]

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const nrrdHead = 'NRRD0004\ntype: short\ndimension: 3\nsizes: 2 2 2\n'
const metaHead = 'ObjectType = Image\nNDims = 2\nDimSize = 2 2\nElementType = MET_SHORT\n'

/** Variants that no writer of ours makes. */
const texts: readonly [format: string, name: string, content: string, companions?: readonly string[]][] = [
  ['NRRD', 'ascii.nrrd', `${nrrdHead}encoding: ascii\n\n1 2 3 4 5 6 7 -8\n`],
  ['NRRD', 'hex.nrrd', `${nrrdHead}encoding: hex\n\n0102030405060708090a0b0c0d0e0f10\n`],
  ['NRRD', 'list.nhdr', `${nrrdHead}encoding: raw\ndata file: LIST\nx.raw\ny.raw\n`, ['x.raw', 'y.raw']],
  ['NRRD', 'numbered.nhdr', `${nrrdHead}encoding: raw\ndata file: %d.raw 1 2 1\n`, ['1.raw', '2.raw']],
  ['MetaImage', 'ascii.mha', `${metaHead}BinaryData = False\nElementDataFile = LOCAL\n1 2 3 4\n`],
  ['MetaImage', 'list.mhd', `${metaHead}ElementDataFile = LIST\nx.raw\ny.raw\n`, ['x.raw', 'y.raw']],
]

const formatOf: Readonly<Record<string, string>> = { jpg: 'JPEG', png: 'PNG', bmp: 'BMP', tif: 'TIFF', nrrd: 'NRRD' }

/** The seeds of all formats; whoever adds a format adds its seeds here. */
export function seeds(): Seed[] {
  const ours = written.map(([format, name, content, options]): Seed => {
    const files = new Map<string, Uint8Array>()
    writeVolume(name, content, options, memoryFiles(files))
    return { format, name, files }
  })
  const variants = texts.map(([format, name, content, companions = []]): Seed => {
    const raw = companions.map((companion): [string, Uint8Array] => [companion, new Uint8Array(8).fill(5)])
    return { format, name, files: new Map([[name, text(content)], ...raw]) }
  })
  const others = Object.entries(madeElsewhere).map(([name, base64]): Seed => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
    return { format: formatOf[name.slice(name.lastIndexOf('.') + 1)], name, files: new Map([[name, bytes]]) }
  })
  const scans = [image(), slice(3), image(0, { NumberOfFrames: 2, PixelData: new Uint8Array(24) })].map(
    (one, i): Seed => {
      const name = `${i}.dcm`
      return { format: 'DICOM', name, files: new Map([[name, encodeFile(dataSetOf(one))]]) }
    },
  )
  const coded = [...codedFiles()].map(([name, bytes]): Seed => ({
    format: 'DICOM, coded',
    name,
    files: new Map([[name, bytes]]),
  }))
  return [...ours, ...variants, ...others, ...scans, ...coded]
}

import { expect, test } from 'vitest'
import { useFiles } from '../../core/files.ts'
import { image, type Image } from '../../core/image.ts'
import { memoryFiles, readVolume } from '../../formats/index.ts'
import { registry } from '../../registry.ts'
import { FolderLayout } from './folderLayout.ts'
import { SaveImage, SaveImaged } from './index.ts'

const layout = (options: object, ...naming: Parameters<ReturnType<typeof FolderLayout>['filename']>) =>
  FolderLayout({ outputDir: 'out', ...options }).filename(...naming)

/** Every expected name was given by MONAI 1.4. */
test('FolderLayout names files as MONAI does', () => {
  expect(
    layout(
      { postfix: 'seg', extension: 'nii', parent: true, dataRootDir: '/foo/bar' },
      { subject: '/foo/bar/t1/image.nii.gz', idx: 3, modality: 'T1' },
    ),
  ).toBe('out/t1/image/image_seg_3_modality-T1.nii')
  expect(layout({ extension: '.nii' }, { subject: '/a/.hidden' })).toBe('out/.hidden.nii')
  expect(layout({}, { subject: 'a..b' })).toBe('out/a.')
  expect(layout({}, { subject: 'x.tar.GZ' })).toBe('out/x.tar')
  expect(layout({ postfix: 'p' }, { subject: 'dir/', idx: 0 })).toBe('out/_p_0')
  expect(layout({ parent: true, dataRootDir: '/foo/bar' }, { subject: '/foo/t/im.nii' })).toBe('t/im/im')
  expect(layout({ dataRootDir: 'data/' }, { subject: 'im.nii' })).toBe('out/im')
  expect(() => layout({ dataRootDir: '/foo' }, { subject: 'data/im.nii' })).toThrow(
    'FolderLayout.dataRootDir: "/foo" does not lead to "data/"; give both from the top of the file system, or both from the same folder',
  )
})

function counted(shape: readonly number[], meta: object = {}): Image {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i)
  return image('float32', shape, data, { meta: { filename_or_obj: 'a/im.nii.gz', ...meta } })
}

/** Shape of the array and its first six values in the files that MONAI 1.4 writes. */
test.each([
  [[1, 4, 3, 1], {}, {}, [4, 3], [0, 1, 2, 3, 4, 5]],
  [[1, 4, 3, 1], { squeezeEndDims: false }, {}, [4, 3, 1, 1], [0, 1, 2, 3, 4, 5]],
  [[1, 4, 3, 2], { squeezeEndDims: false }, {}, [4, 3, 2, 1], [0, 1, 2, 3, 4, 5]],
  [[2, 4, 3], {}, {}, [4, 3, 1, 2], [0, 12, 1, 13, 2, 14]],
  [[4, 3, 2], { channelDim: null }, {}, [4, 3, 2], [0, 1, 2, 3, 4, 5]],
  [[4, 3, 2], {}, { spatial_shape: [4, 3, 2] }, [4, 3, 2], [0, 1, 2, 3, 4, 5]],
  [[4, 3, 2, 5], { channelDim: -1 }, {}, [4, 3, 2, 5], [0, 1, 2, 3, 4, 5]],
  [[4, 3], { channelDim: null }, {}, [4, 3], [0, 1, 2, 3, 4, 5]],
])('SaveImage writes an image of %j with %j, %j as %j', (shape, options, meta, expected, first) => {
  const files = memoryFiles(new Map())
  useFiles(files)
  SaveImage(options)(counted(shape, meta))
  const { shape: written, data } = readVolume('im/im_trans.nii.gz', {}, files)
  expect(written).toEqual(expected)
  expect(Array.from(data as Float32Array).slice(0, 6)).toEqual(first)
})

test('SaveImage numbers patches, asks a formatter and a layout, and takes the extension from outputFormat', () => {
  useFiles(memoryFiles(new Map()))
  const savedTo = (options: object, meta: object = {}) => SaveImage(options)(counted([1, 2, 2, 2], meta)).meta.saved_to
  expect(savedTo({}, { patch_index: 4 })).toBe('im/im_trans_4.nii.gz')
  expect(savedTo({ outputExt: '', outputFormat: 'mha' })).toBe('im/im_trans.mha')
  expect(savedTo({ outputNameFormatter: () => ({ subject: 'case', run: 2 }) })).toBe('case/case_trans_run-2.nii.gz')
  const folderLayout = registry().create({ _target_: 'FolderLayout', output_dir: 'o', extension: 'nii' })
  expect(savedTo({ folderLayout })).toBe('o/im.nii')
  expect(() => savedTo({ folderLayout: { filename: () => 5 } })).toThrow(
    'SaveImage.folderLayout: its filename gave 5; it must give a path',
  )
  expect(() => savedTo({ writer: 'monai.data.PILWriter' })).toThrow(
    'SaveImage.writer: "monai.data.PILWriter" does not write ".nii.gz" files; use .png as outputExt, or another writer',
  )
  expect(() => savedTo({ writer: 'Nibabel' })).toThrow(
    'SaveImage.writer: "Nibabel" is unknown; give NibabelWriter, ITKWriter, PILWriter, or null to choose by the extension',
  )
  SaveImaged({ keys: 'image', writer: 'ITKWriter', scale: 255, metaKeyPostfix: 'meta' })({ image: counted([1, 2, 2]) })
})

test('SaveImage writes flat images as PNG, scaled on demand', () => {
  const files = memoryFiles(new Map())
  useFiles(files)
  const flat = image('float32', [1, 2, 3], Float32Array.of(0.1, 0.5, 1.2, -1, 0.999, 3.7))
  SaveImage({ outputExt: 'png', scale: 255 })(flat)
  const bytes = files.read('0/0_trans.png')
  expect(Array.from(bytes.subarray(16, 24))).toEqual([0, 0, 0, 2, 0, 0, 0, 3]) // width, height
  expect(Array.from(pixelsOf(bytes, files))).toEqual([25, 0, 127, 254, 255, 255]) // PIL's rows of MONAI's file
  expect(() => SaveImage({ outputExt: 'png' })(counted([1, 2, 2, 2]))).toThrow(
    'SaveImage: an image of shape [1, 2, 2, 2] is not flat; PNG holds two spatial axes, use .nii.gz or cut a slice',
  )
  expect(() => SaveImage({ outputExt: 'png', scale: 65535 })(flat)).toThrow(
    'SaveImage.scale: 65535 needs 16 bits a pixel, PNGs are written with 8; use 255 or null',
  )
  expect(() => SaveImage({ scale: 3 })).toThrow('SaveImage.scale: 3 does not fit; give 255 or 65535 or null')
})

/** The gray values of a PNG of two columns, whose rows are filtered by "left" (1) or "up" (2). */
function pixelsOf(bytes: Uint8Array, { inflate }: ReturnType<typeof memoryFiles>): Uint8Array {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(33)
  const rows = inflate(bytes.subarray(41, 41 + length), 9)
  const out = new Uint8Array(6)
  for (let row = 0; row < 3; row++)
    for (let x = 0; x < 2; x++) {
      const up = row > 0 ? out[2 * (row - 1) + x] : 0
      out[2 * row + x] = rows[3 * row + 1 + x] + (rows[3 * row] === 2 ? up : x > 0 ? out[2 * row] : 0)
    }
  return out
}

import { beforeAll, expect, test, vi } from 'vitest'
import { useFiles } from '../../core/files.ts'
import { image, type Image } from '../../core/image.ts'
import { memoryFiles, readVolume } from '../../formats/index.ts'
import { registry } from '../../registry.ts'
import { FolderLayout } from './folderLayout.ts'
import { SaveImage, SaveImaged } from './index.ts'

beforeAll(() => void vi.spyOn(console, 'info').mockImplementation(() => {})) // where images are written

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
    'SaveImage.writer: "monai.data.PILWriter" does not write ".nii.gz" files; use .png, .jpg, .jpeg, .tif, .tiff, .bmp as outputExt, or another writer',
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
  const pixels = (options: object, img = flat, path = '0/0_trans.png') => {
    SaveImage({ outputExt: 'png', ...options })(img)
    const { dtype, shape, data } = readVolume(path, {}, files)
    return [dtype, shape, Array.from(data as Uint8Array)]
  }
  // Columns of MONAI's files.
  expect(pixels({ scale: 255 })).toEqual(['uint8', [2, 3], [25, 127, 255, 0, 254, 255]])
  expect(pixels({ scale: 65535, outputDtype: 'uint16' })).toEqual([
    'uint16',
    [2, 3],
    [6553, 32767, 65535, 0, 65469, 65535],
  ])
  expect(pixels({ scale: 65535 })[2]).toEqual([153, 255, 255, 0, 189, 255])
  expect(() => SaveImage({ outputExt: 'png' })(counted([1, 2, 2, 2]))).toThrow(
    'an image of shape [2, 2, 2, 1] is not flat; PNG holds two axes of space and one of samples',
  )
  expect(() => SaveImage({ scale: 3 })).toThrow('SaveImage.scale: 3 does not fit; give 255 or 65535 or null')
})

/** As MONAI 1.4 does. */
test('SaveImage numbers images without a name in the order of writing, those of all keys together', () => {
  const files = new Map<string, Uint8Array>()
  useFiles(memoryFiles(files))
  const img = image('float32', [1, 2, 2, 2], new Float32Array(8))
  const save = SaveImage()
  save(img)
  save(counted([1, 2, 2, 2]))
  save(img)
  SaveImaged({ keys: ['a', 'b'], outputPostfix: 'd' })({ a: img, b: img })
  expect([...files.keys()].sort()).toEqual(['0/0_d.nii.gz', '0/0_trans.nii.gz', '1/1_d.nii.gz', '2/2_trans.nii.gz', 'im/im_trans.nii.gz']) // prettier-ignore
  expect(() => SaveImage({ counter: 1 } as never)).not.toThrow()
  expect(Object.keys(SaveImage.schema)).not.toContain('counter')
})

/** Values of MONAI 1.4. */
test('SaveImage brings images back to the grid of their file', () => {
  const files = memoryFiles(new Map())
  useFiles(files)
  const affine = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]
  const original_affine = [1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]
  const img = { ...counted([1, 3, 2, 2], { original_affine, spatial_shape: [5, 2, 2] }), affine }
  const written = (options: object) => {
    SaveImage({ resample: true, ...options })(img)
    const { shape, affine, data } = readVolume('im/im_trans.nii.gz', {}, files)
    return [shape, affine[0], Array.from(data as Float32Array)]
  }
  expect(written({ mode: 'bilinear' })).toEqual([
    [5, 2, 2],
    1,
    [0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7, 8, 9, 8, 9, 10, 11],
  ])
  expect(written({ mode: 1, paddingMode: 'nearest' })).toEqual([
    [5, 2, 2],
    1,
    [0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7, 8, 9, 8, 9, 10, 11],
  ])
  const flat = { ...counted([1, 2, 2], { spatial_shape: [4, 4] }) }
  SaveImage({ resample: true, mode: 'bicubic', outputExt: '.png' })({
    ...flat,
    data: flat.data.map((x: number) => 50 * x) as Float32Array,
  })
  expect(Array.from(readVolume('im/im_trans.png', {}, files).data as Uint8Array)).toEqual([0, 0, 28, 44, 17, 33, 61, 77, 72, 88, 116, 132, 105, 121, 149, 150]) // prettier-ignore
})

test('SaveImage writes TIFF of any type, BMP, and medical formats by their extension', () => {
  const files = memoryFiles(new Map())
  useFiles(files)
  const plane = image('float32', [1, 2, 2], Float32Array.of(0.25, 1, 0, 2))
  const written = (options: object, img: Image) => readVolume(String(SaveImage(options)(img).meta.saved_to), {}, files)
  expect(written({ outputExt: '.tif' }, plane)).toMatchObject({ dtype: 'float32', data: plane.data })
  expect(written({ outputExt: '.bmp', scale: 255 }, plane)).toMatchObject({ data: Uint8Array.of(63, 255, 0, 255) })
  expect(written({ outputExt: '.jpg', scale: 255 }, plane)).toMatchObject({ dtype: 'uint8', shape: [2, 2] })
  const deep = counted([2, 3, 4, 2])
  for (const outputExt of ['.nrrd', '.mha', '.mgz', '.nii'])
    expect(written({ outputExt }, deep)).toMatchObject({ shape: [3, 4, 2, 2], meta: { original_channel_dim: -1 } })
  expect(written({ writer: 'ITKWriter' }, deep)).toMatchObject({ shape: [3, 4, 2, 1, 2], meta: { intent_code: 1007 } })
})

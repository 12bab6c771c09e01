import { expect, test } from 'vitest'
import { useFiles } from '../../core/files.ts'
import { image, type Image } from '../../core/image.ts'
import { memoryFiles, readImage, writeImage } from '../../formats/index.ts'
import { registry } from '../../registry.ts'
import type { Sample } from '../sample.ts'
import { LoadImage, LoadImaged, SaveImage } from './index.ts'

const affine = [2, 0, 0, -5, 0, 1.5, 0, 3, 0, 0, 1, 0, 0, 0, 0, 1]
const scan = image(
  'int16',
  [1, 4, 3, 2],
  Int16Array.from({ length: 24 }, (_, i) => i * 3 - 20),
  { affine },
)

function folderWith(images: Record<string, Image>) {
  const files = memoryFiles(new Map())
  for (const [path, img] of Object.entries(images)) writeImage(path, img, {}, files)
  useFiles(files)
  return files
}

test('LoadImage gives the array of the file, with MONAI metadata, as float32', () => {
  folderWith({ 'a/scan.nii.gz': scan })
  const loaded = LoadImage()('a/scan.nii.gz')
  expect(loaded.shape).toEqual([4, 3, 2])
  expect(loaded.dtype).toBe('float32')
  expect(Array.from(loaded.data as Float32Array)).toEqual(Array.from(scan.data as Int16Array))
  expect(loaded.meta).toMatchObject({
    filename_or_obj: 'a/scan.nii.gz',
    original_channel_dim: 'no_channel',
    spatial_shape: [4, 3, 2],
  })
  expect(LoadImage({ ensureChannelFirst: true })('a/scan.nii.gz').shape).toEqual([1, 4, 3, 2])
})

test('LoadImage makes channels of several files, and refuses files of different shapes', () => {
  folderWith({ 't1.nii': scan, 't2.nii': scan, 'small.nii': image('int16', [1, 2, 2, 2], new Int16Array(8)) })
  expect(LoadImage({ ensureChannelFirst: true })(['t1.nii', 't2.nii']).shape).toEqual([2, 4, 3, 2])
  expect(() => LoadImage()(['t1.nii', 'small.nii'])).toThrow(
    'LoadImage: files of one case have the shapes [4, 3, 2] and [2, 2, 2]; all must be equal',
  )
})

test('LoadImaged names the key that holds no path', () => {
  folderWith({ 'scan.nii': scan })
  expect(() => LoadImaged({ keys: 'image' })({ image: 5 })).toThrow(
    'LoadImaged: "image" holds 5; give a path, or a list of paths',
  )
  expect(() => LoadImaged({ keys: 'label' })({ image: 'scan.nii' })).toThrow(
    'LoadImaged: no "label" in the sample (it has "image"); fix keys or set allowMissingKeys',
  )
  const configured = registry().create({ _target_: 'LoadImaged', keys: ['image'], ensure_channel_first: true }) as (
    sample: Sample,
  ) => Sample
  expect((configured({ image: 'scan.nii' }).image as Image).shape).toEqual([1, 4, 3, 2])
})

test('LoadImage leaves out metadata on demand, and knows the folder of the user', () => {
  const files = memoryFiles(new Map())
  writeImage('/home/ada/scan.nii', scan, {}, files)
  useFiles({ ...files, home: '/home/ada' })
  const keys = (options: object) => Object.keys(LoadImage(options)('~/scan.nii').meta)
  const all = keys({})
  expect(LoadImage()('~/scan.nii').meta.filename_or_obj).toBe('/home/ada/scan.nii')
  // What MONAI 1.4 leaves out of a NIfTI file's metadata.
  const simple = all.filter((key) => !/^(dim|pixdim|quatern_.|qoffset_.|srow_.)$/.test(key))
  expect(keys({ simpleKeys: true })).toEqual(simple)
  expect(simple.length).toBeLessThan(all.length)
  expect(keys({ pruneMetaPattern: '.*_code$', pruneMetaSep: ' ' })).toEqual(all.filter((key) => !key.endsWith('_code')))
  expect(() => keys({ pruneMetaPattern: '.*_code$' })).toThrow(
    'LoadImage: "" holds undefined, which has no "*_code$"; fix pruneMetaPattern',
  )
  expect(() => keys({ pruneMetaPattern: '(' })).toThrow(
    'LoadImage.pruneMetaPattern: "(" is no regular expression; fix it, or give names as they are',
  )
  expect(() => keys({ expanduser: false })).toThrow('~/scan.nii')
})

test('LoadImaged stores metadata under a key of its own where imageOnly is false', () => {
  folderWith({ 'scan.nii': scan })
  const paths = { image: 'scan.nii', label: 'scan.nii' }
  const named = LoadImaged({ keys: ['image', 'label'], imageOnly: false })(paths)
  expect(Object.keys(named)).toEqual(['image', 'label', 'image_meta_dict', 'label_meta_dict'])
  expect(named.label_meta_dict).toMatchObject({ spatial_shape: [4, 3, 2] })
  const clash = { keys: 'image', imageOnly: false, metaKeys: 'label' }
  expect(() => LoadImaged(clash)(paths)).toThrow(
    'LoadImaged: the sample has a "label" already; set overwriting or other metaKeys',
  )
  expect(LoadImaged({ ...clash, overwriting: true })(paths).label).toMatchObject({ spatial_shape: [4, 3, 2] })
  expect(() => LoadImaged({ ...clash, keys: ['image', 'label'] })(paths)).toThrow(
    'LoadImaged.metaKeys: has 1 value for 2 keys; give one per key',
  )
})

test('SaveImage names files as MONAI does, and brings images back to the original grid', () => {
  const files = folderWith({ 'data/site/case7.nii.gz': scan })
  const loaded = LoadImage({ ensureChannelFirst: true })('data/site/case7.nii.gz')
  const saved = SaveImage({ outputDir: 'out', outputPostfix: 'seg', dataRootDir: 'data' })(loaded)
  expect(saved.meta.saved_to).toBe('out/site/case7/case7_seg.nii.gz')
  expect(readImage('out/site/case7/case7_seg.nii.gz', {}, files).affine).toEqual(affine)

  const cropped: Image = {
    ...loaded,
    shape: [1, 2, 3, 2],
    data: loaded.data.slice(12),
    affine: [2, 0, 0, -1, 0, 1.5, 0, 3, 0, 0, 1, 0, 0, 0, 0, 1],
  }
  SaveImage({ outputDir: 'out', separateFolder: false, resample: true, outputExt: '.nii' })(cropped)
  const back = readImage('out/case7_trans.nii', {}, files)
  expect(back.shape).toEqual([1, 4, 3, 2])
  expect(Array.from(back.data as Float32Array).slice(12)).toEqual(Array.from(loaded.data as Float32Array).slice(12))
})

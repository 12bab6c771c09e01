import { AsDiscrete, GaussianSmooth, image, memoryFiles, readImage, toFloats, withVoxels, type Image } from 'volvox'
import { nodeFiles } from '@volvox/node'
import { join } from 'node:path'
import { changed } from './voxels.ts'

/** What the examples of the pages are tried on: parts of examples/data. */
export interface Subjects {
  /** MR, [1, 35, 52, 33]. */
  readonly scan: Image
  /** Its label: 1 the head, 2 the body of the hippocampus. */
  readonly label: Image
  /** Numbers of the cells of a grid over the scan, to see where voxels go. */
  readonly grid: Image
  /** The same, seen from the side. */
  readonly sagittalGrid: Image
  /** A slice of the scan, of its label, and a grid, [1, 35, 52]. */
  readonly slice: Image
  readonly sliceLabel: Image
  readonly sliceGrid: Image
  /** What a network might say about the classes of the scan: logits [3, 35, 52, 33]. */
  readonly scores: Image
  /** Stained tissue, [3, 128, 128], and its numbered nuclei. */
  readonly tissue: Image
  readonly nuclei: Image
  /** Rows of the scan one after the other, [1, 312], about zero. */
  readonly signal: Image
}

/** Where the examples find the scan as a file. */
export function exampleFiles(root: string): ReturnType<typeof memoryFiles> {
  const scan = nodeFiles.read(join(root, 'examples/data/hippocampus/imagesTr/hippocampus_332.nii.gz'))
  return memoryFiles(new Map([['scan.nii.gz', scan]]))
}

/** Reads the subjects from a checkout of Volvox at `root`. */
export function readSubjects(root: string): Subjects {
  const scan = read(root, 'hippocampus/imagesTr/hippocampus_332.nii.gz')
  const label = read(root, 'hippocampus/labelsTr/hippocampus_332.nii.gz')
  const tissue = read(root, 'nuclei/tissue.mha')
  const nuclei = read(root, 'nuclei/nuclei.mha')
  const grid = cells(scan, 'x')
  const onehot = GaussianSmooth({ sigma: 1 })(AsDiscrete({ toOnehot: 3 })(label))
  return {
    scan,
    label,
    grid,
    sagittalGrid: cells(scan, 'z'),
    slice: sliceOf(scan),
    sliceLabel: sliceOf(label),
    sliceGrid: sliceOf(grid),
    scores: changed(onehot, (x) => 8 * x - 4),
    tissue,
    nuclei,
    signal: signalOf(scan),
  }
}

/** An image of examples/data, with the metadata that do not depend on where the checkout is. */
function read(root: string, name: string): Image {
  const found = readImage(join(root, 'examples/data', name), {}, nodeFiles)
  const { original_affine, spatial_shape, space, original_channel_dim } = found.meta
  return { ...found, meta: { filename_or_obj: name, original_affine, spatial_shape, space, original_channel_dim } }
}

/** Numbers of the cells of a grid, 8 voxels wide, of planes that y and another axis span. */
function cells(img: Image, across: 'x' | 'z'): Image {
  const [, sx, sy, sz] = img.shape
  const data = Float32Array.from({ length: sx * sy * sz }, (_, i) => {
    const [x, y, z] = [Math.floor(i / (sy * sz)), Math.floor(i / sz) % sy, i % sz]
    return 1 + Math.floor(y / 8) + 8 * Math.floor((across === 'x' ? x : z) / 8)
  })
  return withVoxels(img, { dtype: 'float32', data })
}

/** The slice through the head of the hippocampus, [channels, 35, 52]. */
function sliceOf(img: Image): Image {
  const [channels, sx, sy, sz] = img.shape
  const values = toFloats(img.dtype, img.data)
  const data = Float32Array.from({ length: channels * sx * sy }, (_, i) => values[i * sz + Math.floor(0.38 * sz)])
  return image('float32', [channels, sx, sy], data, { affine: img.affine, meta: img.meta })
}

function signalOf(scan: Image): Image {
  const [, sx, sy, sz] = scan.shape
  const rows = 6
  const data = Float32Array.from({ length: rows * sy }, (_, i) => {
    const x = Math.floor(sx / 2) + Math.floor(i / sy) - rows / 2
    return Number(scan.data[(x * sy + (i % sy)) * sz + Math.floor(sz / 2)]) / 400 - 1
  })
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length
  return image(
    'float32',
    [1, rows * sy],
    data.map((x) => x - mean),
  )
}

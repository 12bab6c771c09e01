import type { Affine } from '../core/affine.ts'
import type { Files } from '../core/files.ts'
import type { Meta } from '../core/image.ts'
import type { StoredVoxels } from '../core/stored.ts'
import type { Tensor } from '../core/tensor.ts'
import type { FileVoxels } from './elements.ts'

/**
 * What a file holds, axes as the file names them: the first `spatialDims` are space, the rest time, channels or colour.
 * In memory it is in C order (the last axis runs fastest), whatever the file does. MONAI's LoadImage, before
 * EnsureChannelFirst, gives the same array.
 */
export interface Volume extends Tensor {
  readonly spatialDims: number
  /** 4x4, voxel to RAS+ millimetres; rows and columns of missing axes are the identity's. */
  readonly affine: Affine
  /**
   * MONAI's keys (`affine`, `original_affine`, `spatial_shape`, `space`, `original_channel_dim` as 'no_channel' or -1)
   * beside the header fields of the format.
   */
  readonly meta: Meta
  /** Where the voxels are still to be made from what the file holds (`ReadOptions.later`); `data` is then empty. */
  readonly stored?: StoredVoxels
}

export interface ReadOptions {
  /** Converts while reading, after scaling in float64; the stored type (float64 where the file scales) unless given. */
  readonly as?: 'float32' | 'float64'
  /** Float32 voxels may be left to be made when somebody looks at them; see `imageFromStored`. */
  readonly later?: boolean
  /** Which matrix a NIfTI file means; see `niftiAffine`. */
  readonly affineRule?: AffineRule
  /** The arrays to read, of files that hold several by name (.npz, .safetensors); all unless given. */
  readonly keys?: readonly string[]
  /**
   * Pictures as MONAI's PILReader gives them, NumPy's array of a Pillow image: palettes stay numbers of their entries, and
   * pixels of 1 bit are bool. Else palettes become colours, and black and white 0 and 255.
   */
  readonly asPillow?: boolean
  /** The page of a TIFF file, from 0; unless given, the first one and all others like it. */
  readonly page?: number
  /**
   * Of a folder with several DICOM series, the one to read: its SeriesInstanceUID (MONAI's and ITK's names of series begin with
   * it) or its number.
   */
  readonly seriesName?: string
  /** Of a folder, the files whose path matches from its beginning; all unless given. */
  readonly filePattern?: RegExp
  /** DICOM segmentations: a label map where no segments overlap (the default), or a channel for each segment. */
  readonly segments?: 'labels' | 'channels'
  /** DICOM: stored values as they are, neither rescaled nor made colours. */
  readonly raw?: boolean
  /** Drops axes of size 1 after the spatial ones, as MONAI's `squeeze_non_spatial_dims`. */
  readonly squeezeNonSpatialDims?: boolean
}

/**
 * How NIfTI's matrices are chosen. `nibabel`: sform if coded, else qform if coded, else voxel sizes with the centre as
 * origin and the first axis to the left. `standard`: the same, but voxel sizes alone, from the first voxel, to the right.
 * `monai`: as NiBabel, but where the sform's voxel sizes contradict `pixdim` and the qform's do not, the qform.
 */
export type AffineRule = 'nibabel' | 'standard' | 'monai'

/** What a reader needs besides the bytes: all of it given by the caller, so that readers are pure. */
export interface Reading extends ReadOptions, Pick<Files, 'inflate' | 'imageDecoder'> {
  /** The file's name, for error sentences and for finding companions. */
  readonly name: string
  /** The whole companion file of this name in the same folder (or below); refuses names that lead elsewhere. */
  sidecar(name: string): Uint8Array
}

export interface WriteOptions {
  /** NIfTI version 2 instead of 1; version 2 is also used where an axis is longer than 32767. */
  readonly nifti2?: boolean
  /** Compress the voxels of MetaImage (.mha, .mhd). NIfTI is compressed exactly when the name ends in .gz. */
  readonly compress?: boolean
  /** Of JPEG: 1 (small) to 100 (good); 75 unless given. */
  readonly quality?: number
  /** zlib's 1 (fast) to 9 (small). */
  readonly level?: number
}

export interface Writing extends WriteOptions, Pick<Files, 'deflate'> {
  /** The name of the main file, without its folder; decides between variants, e.g. .nii and .nii.gz. */
  readonly name: string
}

/** A file to be written, beside the others of the same volume. */
export interface Part {
  readonly name: string
  readonly bytes: Uint8Array
}

/** One file format: bytes in, volume out, and back. Never touches a file system. */
export interface Format {
  readonly name: string
  /** In lower case, with the dot, e.g. `.nii.gz`. */
  readonly extensions: readonly string[]
  /** Whether a file begins like one of this format; `head` holds at least `sniffBytes` bytes, inflated, of longer files. */
  sniff(head: Uint8Array): boolean
  read(bytes: Uint8Array, reading: Reading): Volume
  /** The files of a volume, companions first, so that a main file never names a companion that is not there. */
  write?(volume: Volume, writing: Writing): readonly Part[]
}

/** How much of a file (after inflating) `sniff` is given. */
export const sniffBytes = 544

/** Builds a volume and MONAI's part of its meta. */
export function volume(
  voxels: FileVoxels,
  shape: readonly number[],
  spatialDims: number,
  affine: Affine,
  header: Meta,
  options: ReadOptions,
): Volume {
  const kept = options.squeezeNonSpatialDims ? shape.filter((size, i) => i < spatialDims || size !== 1) : shape
  const meta = {
    ...header,
    affine,
    original_affine: affine,
    spatial_shape: kept.slice(0, spatialDims),
    space: 'RAS',
    original_channel_dim: kept.length === spatialDims ? 'no_channel' : -1,
  }
  return { ...voxels, shape: kept, spatialDims, affine, meta }
}

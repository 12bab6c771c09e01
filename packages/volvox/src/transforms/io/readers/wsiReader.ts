import { z } from 'zod'
import { int, Kind, nonNegative, oneOf, positive, text } from '../../../core/options.ts'
import { levelAt, movedVoxels, openSlide } from '../../../formats/index.ts'
import { imageReader, placeOf } from './imageReader.ts'

const positiveOrPair: Kind<number | readonly number[]> = new Kind(
  'a number above 0, or two of them, down and across',
  () => z.union([z.number().positive(), z.array(z.number().positive()).length(2).readonly()]),
)

/** Which level of a slide is read, and as what. */
export const slideOptions = {
  level: int
    .where((n) => n >= 0, 'a whole number of 0 or more')
    .nullable()
    .opt('Number of the level, 0 the largest; that one too when none of level, mpp and power is given.', null),
  mpp: positiveOrPair.nullable().opt('Choose the level by its micrometres a pixel.', null),
  mppRtol: nonNegative.opt('What mpp of the level may differ by, as a share of mpp.', 0.05),
  mppAtol: nonNegative.opt('What mpp of the level may differ by more, in micrometres.', 0),
  power: positive.nullable().opt('Choose the level by the magnification of the objective.', null),
  powerRtol: nonNegative.opt('What the power of the level may differ by, as a share of power.', 0.05),
  powerAtol: nonNegative.opt('What the power of the level may differ by more.', 0),
  mode: oneOf('RGB', 'RGBA').opt('Colours, or colours with opacity.', 'RGB'),
}

/**
 * Reads one level of a whole-slide image (MONAI `WSIReader`): tiled TIFF or BigTIFF with levels as pages, such as Aperio's
 * .svs. Only that level is read from the disk. Rows come before columns, unlike in pictures.
 */
export const WSIReader = imageReader(
  'WSIReader',
  [], // It takes what it is named for.
  {
    ...slideOptions,
    channelDim: int.opt('Axis of the colours.', 0),
    backend: text.opt("Kept for MONAI's configs; Volvox reads the files itself.", 'cucim'),
    device: text.nullable().opt("Kept for MONAI's configs.", null),
    numWorkers: int.opt("Kept for MONAI's configs.", 0),
  },
  ({ channelDim, mode, backend, mpp, ...choice }) => ({
    reading: {},
    open(path, files) {
      const slide = openSlide(path, files)
      try {
        const pair = typeof mpp === 'number' ? [mpp, mpp] : mpp
        const level = levelAt(slide, { ...choice, mpp: pair }, 'WSIReader')
        const { dtype, shape, data, affine, meta } = slide.readRegion({ level, mode })
        return {
          dtype,
          shape,
          data,
          affine,
          spatialDims: 2,
          meta: { ...meta, format: 'TIFF', backend, count: 1 },
        }
      } finally {
        slide.close()
      }
    },
    arrange(volume) {
      const place = placeOf(channelDim, volume.shape, 'WSIReader')
      const moved = place === 0 ? volume : movedVoxels(volume, [1, 2].toSpliced(place, 0, 0))
      return { ...moved, meta: { ...moved.meta, original_channel_dim: place } }
    },
  }),
)

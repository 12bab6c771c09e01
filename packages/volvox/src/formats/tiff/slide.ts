import { identity } from '../../core/affine.ts'
import { roundEven } from '../../core/convert.ts'
import { allocate } from '../../core/dtype.ts'
import { FormatError, OptionError, shown } from '../../core/errors.ts'
import { currentFiles, type Files } from '../../core/files.ts'
import { image, type Image } from '../../core/image.ts'
import { numbersOf, readDirectories, tag, type Tags } from './directory.ts'
import { pageOf, type TiffPage } from './page.ts'
import { ratioOf, readRegion } from './pixels.ts'

/** One level of a whole-slide image. */
export interface SlideLevel {
  readonly width: number
  readonly height: number
  /** How much smaller than the largest level, along the height and the width on average. */
  readonly downsample: number
}

/** A part of a level. */
export interface SlideRegion {
  /** Row and column of the upper left pixel, counted in pixels of level 0. */
  readonly location?: readonly [row: number, column: number]
  /** Height and width, in pixels of the level; the whole level unless given. */
  readonly size?: readonly [height: number, width: number]
  readonly level?: number
  /** RGBA adds the opacity: that of the file, else 255 inside of the image; it is 0 outside. */
  readonly mode?: SlideMode
}

export type SlideMode = 'RGB' | 'RGBA'

/** A whole-slide image: a pyramid of tiled images in one file, of which only what is looked at is read. */
export interface Slide {
  readonly path: string
  /** Largest first. */
  readonly levels: readonly SlideLevel[]
  /** Micrometres a pixel of level 0, down and across; null where the file does not tell. */
  readonly mpp: readonly [down: number, across: number] | null
  /** Magnification of the objective of level 0; null where the file does not tell. */
  readonly power: number | null
  /**
   * Pixels [3 or 4, height, width] of type uint8 (MONAI `WSIReader.get_data`); what lies outside of the image is 0. In `meta`:
   * `path`, `location`, `size`, `level`, `spatial_shape`, `original_channel_dim`.
   */
  readRegion(region?: SlideRegion): Image
  close(): void
}

/** Opens a whole-slide image: tiled or stripped TIFF or BigTIFF with levels as pages (generic, Aperio SVS). */
export function openSlide(path: string, files: Files = currentFiles()): Slide {
  const file = files.open?.(path)
  const { reader, directories } = readDirectories(file ?? files.read(path), path)
  const pages = levelsOf(directories, path)
  const [first] = pages
  const levels = pages.map(({ width, height }): SlideLevel => ({
    width,
    height,
    downsample: (first.height / height + first.width / width) / 2,
  }))
  const reading = {
    name: path,
    inflate: (...given: Parameters<Files['inflate']>) => files.inflate(...given),
    sidecar: () => {
      throw new FormatError(path, 'names another file, as a slide does not')
    },
  }
  return {
    path,
    levels,
    mpp: micrometresOf(first.tags),
    power: powerOf(first.tags),
    close: () => file?.close(),
    readRegion({ location = [0, 0], size, level = 0, mode = 'RGB' } = {}) {
      const page = pages[level]
      if (!page)
        throw new OptionError(`${path}: level`, `there is no level ${level}; the slide has 0 to ${pages.length - 1}`)
      const [height, width] = size ?? [page.height, page.width]
      if (![height, width].every((n) => Number.isInteger(n) && n >= 1))
        throw new OptionError(
          `${path}: size`,
          `${shown([height, width])} is no size; give two whole numbers of 1 or more`,
        )
      if (location[0] > first.height || location[1] > first.width)
        throw new OptionError(
          `${path}: location`,
          `${shown(location)} lies outside of the image of ${first.height} x ${first.width} pixels; give row and column in pixels of level 0`,
        )
      const { downsample } = levels[level]
      const [top, left] = location.map((at) => roundEven(at / downsample))
      const inside = {
        x: Math.max(0, left),
        y: Math.max(0, top),
        width: Math.max(0, Math.min(left + width, page.width) - Math.max(0, left)),
        height: Math.max(0, Math.min(top + height, page.height) - Math.max(0, top)),
      }
      const channels = mode.length
      const data = allocate('uint8', channels * width * height)
      if (inside.width > 0 && inside.height > 0) {
        const pixels = readRegion(page, inside, reader, reading)
        for (let y = 0; y < inside.height; y++)
          for (let x = 0; x < inside.width; x++)
            for (let c = 0; c < channels; c++)
              data[c * width * height + (inside.y - top + y) * width + inside.x - left + x] =
                c === 3 && page.samples < 4
                  ? 255
                  : pixels[(y * inside.width + x) * page.samples + (page.samples >= 3 ? c : 0)]
      }
      return image('uint8', [channels, height, width], data, {
        affine: identity(),
        meta: {
          path,
          filename_or_obj: path,
          location,
          size: [height, width],
          level,
          spatial_shape: [height, width],
          original_channel_dim: 0,
        },
      })
    },
  }
}

/** The pages that show the same as the largest one, smaller and smaller; labels, maps and thumbnails are left out. */
function levelsOf(directories: readonly Tags[], path: string): TiffPage[] {
  const pages = directories.map((tags) => pageOf(tags, path)).sort((a, b) => b.width - a.width)
  const [first] = pages
  if (first.dtype !== 'uint8' || first.bits !== 8)
    throw new FormatError(path, `its pixels are ${first.dtype} of ${first.bits} bits; slides have 8 bits a colour`)
  ratioOf(first, path)
  const alike = (page: TiffPage) =>
    page === first ||
    (page.tiled === first.tiled &&
      page.samples === first.samples &&
      page.dtype === first.dtype &&
      page.width < first.width &&
      Math.abs(page.height - first.height / (first.width / page.width)) < 2)
  return pages.filter(alike)
}

/** From the text of Aperio's scanners, else from the resolution tags. */
function micrometresOf(tags: Tags): readonly [number, number] | null {
  const told = /MPP\s*=\s*([\d.]+)/.exec(String(tags.get(tag.description) ?? ''))
  if (told) return [Number(told[1]), Number(told[1])]
  const unit = { 2: 25_400, 3: 10_000 }[numbersOf(tags, tag.resolutionUnit)[0] ?? 2]
  const [across] = numbersOf(tags, tag.xResolution)
  const [down] = numbersOf(tags, tag.yResolution)
  return unit !== undefined && across > 0 && down > 0 ? [unit / down, unit / across] : null
}

function powerOf(tags: Tags): number | null {
  const told = /AppMag\s*=\s*([\d.]+)/.exec(String(tags.get(tag.description) ?? ''))
  return told ? Number(told[1]) : null
}

import { toFloats } from '../core/convert.ts'
import { OptionError, shown } from '../core/errors.ts'
import type { Image } from '../core/image.ts'
import { isRecord } from '../core/json.ts'
import { grayWindow } from '../core/views.ts'

/** Which values are black and white on a screen (PS3.3, C.11.2). */
export interface DisplayWindow {
  readonly centre: number
  /** From black to white. */
  readonly width: number
  readonly shape: 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID'
  /** Small values are white. */
  readonly inverted?: boolean
}

/** The window that a DICOM image declares; else from the 1st to the 99.5th hundredth of the values. */
export function displayWindowOf({ dtype, data, meta }: Image): DisplayWindow {
  const first = (key: string): unknown => {
    const attribute = meta[key]
    return isRecord(attribute) && Array.isArray(attribute.Value) ? (attribute.Value as unknown[])[0] : undefined
  }
  const [centre, width, declared] = ['00281050', '00281051', '00281056'].map(first)
  const inverted = first('00280004') === 'MONOCHROME1'
  const shape = declared === 'SIGMOID' || declared === 'LINEAR_EXACT' ? declared : 'LINEAR'
  if (Number.isFinite(centre) && Number(width) >= 1)
    return { centre: Number(centre), width: Number(width), shape, inverted }
  const [black, white] = grayWindow(toFloats(dtype, data))
  return { centre: (black + white) / 2, width: white - black, shape: 'LINEAR_EXACT', inverted }
}

/** The image in uint8, 0 for black to 255 for white; what is not a number is black. */
export function windowed(img: Image, window: DisplayWindow = displayWindowOf(img)): Image {
  const { centre, width, shape, inverted } = window
  if (!(width > 0) || (shape === 'LINEAR' && width < 1))
    throw new OptionError('windowed.width', `is ${shown(width)}; give 1 or more from black to white`)
  const level = {
    LINEAR: (x: number) => (width === 1 ? Number(x > centre - 0.5) : (x - (centre - 0.5)) / (width - 1) + 0.5),
    LINEAR_EXACT: (x: number) => (x - centre) / width + 0.5,
    SIGMOID: (x: number) => 1 / (1 + Math.exp((-4 * (x - centre)) / width)),
  }[shape]
  const values = toFloats(img.dtype, img.data)
  const data = new Uint8Array(values.length)
  for (let i = 0; i < data.length; i++) {
    const gray = Math.min(1, Math.max(0, level(values[i])))
    data[i] = Math.round(255 * (inverted ? 1 - gray : gray)) // NaN becomes 0
  }
  return { ...img, dtype: 'uint8', data }
}

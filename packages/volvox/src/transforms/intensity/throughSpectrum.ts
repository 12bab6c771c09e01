import { toFloats } from '../../core/convert.ts'
import { uncleared } from '../../core/dtype.ts'
import { withVoxels, type Image } from '../../core/image.ts'
import { withSpectrum, type Floats, type HalfSpectrum } from '../../kernels/index.ts'
import { checkSound } from '../checks.ts'
import { cast, floatsOf, voxelsPerChannel } from '../shared.ts'

/** The voxels in the precision of their spectrum: float32, as MONAI's, unless they are float64. */
export function valuesOf(img: Image): Floats {
  return img.dtype === 'float64' ? (img.data as Float64Array) : floatsOf(img) // as the element type says
}

/** The voxels as float64. */
export function doublesOf({ dtype, data }: Image): Float64Array {
  const numbers = toFloats(dtype, data)
  return numbers instanceof Float64Array ? numbers : new Float64Array(numbers)
}

/** The image that the changed spectrum of `values` is of, in `dtype`. */
export function throughSpectrum(
  name: string,
  img: Image,
  values: Floats,
  dtype: Image['dtype'],
  change: (spectrum: HalfSpectrum) => void,
): Image {
  return withSpectrum(values, img.shape, (spectrum) => {
    change(spectrum)
    const type = values instanceof Float64Array ? 'float64' : 'float32'
    const data = uncleared(type, values.length) as Floats
    spectrum.back(data)
    for (let c = 0, size = voxelsPerChannel(img); c < data.length / size; c++) checkSound(name, img, data[c * size])
    return cast(withVoxels(img, { dtype: type, data }), dtype)
  })
}

/** Where MONAI's shifted order of frequencies has its index `at`: frequency 0 is in the middle there. */
export function unshifted(at: number, length: number): number {
  return (at + Math.ceil(length / 2)) % length
}

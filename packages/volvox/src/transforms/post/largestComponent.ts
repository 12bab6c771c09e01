import { uncleared, type TypedArray } from '../../core/dtype.ts'
import { spatialShape, withVoxels, type Image } from '../../core/image.ts'
import { bool, count, intOrInts } from '../../core/options.ts'
import { clearComponents } from '../../kernels/index.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'
import { resultArray } from '../handover.ts'
import { checkChannels, connectivityOf } from './limits.ts'
import { voxelsPerChannel, distinctValues } from '../shared.ts'
import { argsort } from './argsort.ts'

/**
 * Keep only the largest connected parts of labels, and set the rest of them to 0 (MONAI `KeepLargestConnectedComponent`).
 * Of parts of equal size the one that NumPy sorts last is kept: mostly the one that comes last in scan order.
 */
export const KeepLargestConnectedComponent = voxels({
  name: 'KeepLargestConnectedComponent',
  options: {
    appliedLabels: intOrInts.opt('Labels (or channels, when one-hot) to look at; all but 0 when null.', null),
    isOnehot: bool.opt('Whether channels are classes; true for more than one channel when null.', null),
    independent: bool.opt('Treat each label by itself instead of their union.', true),
    connectivity: count.opt('How many axes neighbours may differ in; all when null.', null),
    numComponents: count.opt('How many parts to keep.', 1),
  },
  handsOver: true,
  apply(img, { appliedLabels, isOnehot, independent, connectivity, numComponents }) {
    const onehot = isOnehot ?? img.shape[0] > 1
    const size = voxelsPerChannel(img)
    const labels = appliedLabels === null ? labelsOf(img, onehot) : [appliedLabels].flat()
    if (onehot) checkChannels('KeepLargestConnectedComponent', labels, img.shape[0])
    const shape = spatialShape(img)
    const rank = connectivityOf('KeepLargestConnectedComponent', connectivity, shape.length)
    // Not over the image itself where labels are looked up in it one after the other.
    const data = onehot && img.dtype === 'float32' ? resultArray(img) : uncleared(img.dtype, img.data.length)
    const part = (array: TypedArray, channel: number) => array.subarray(channel * size, (channel + 1) * size)
    const written = new Set<number>()
    const others = Array.from({ length: img.shape[0] }, (_, channel) => channel).filter((channel) =>
      onehot ? !labels.includes(channel) : channel > 0 || labels.length === 0,
    )
    const copyOthers = () => {
      if (data !== img.data)
        for (const channel of others.splice(0)) part(data, channel).set(part(img.data, channel) as never) // of one type
    }
    const soFar = (channel: number) => part(written.has(channel) ? data : img.data, channel)
    const keepIn = (foreground: Uint8Array | Float32Array, channels: readonly number[]) => {
      const pairs = channels.map((channel) => ({ from: soFar(channel), to: part(data, channel) }))
      clearComponents(foreground, shape, rank, (sizes) => largest(sizes, numComponents), pairs, copyOthers)
      for (const channel of channels) written.add(channel)
    }
    if (independent)
      for (const label of labels)
        if (onehot) keepIn(positive(soFar(label)), [label])
        else
          keepIn(
            mask(size, (i) => Number(img.data[i]) === label),
            [0],
          )
    else if (onehot)
      keepIn(
        mask(size, (i) => labels.some((label) => Number(img.data[label * size + i]) === 1)),
        labels,
      )
    else
      keepIn(
        mask(size, (i) => labels.includes(Number(img.data[i]))),
        [0],
      )
    copyOthers() // where no label was looked at
    return withVoxels(img, { data })
  },
})

export const KeepLargestConnectedComponentd = dictionary(KeepLargestConnectedComponent)

/** The numbers of the `keep` largest components. */
function largest(sizes: Int32Array, keep: number): ReadonlySet<number> {
  return new Set(argsort([0, ...sizes]).slice(-keep)) // NumPy counts the background too, without voxels
}

/** The labels of one channel but 0; or the channels but the first that hold anything. */
export function labelsOf(img: Image, onehot: boolean): number[] {
  if (!onehot) return distinctValues(img.data).filter((label) => label !== 0)
  const size = voxelsPerChannel(img)
  return Array.from({ length: img.shape[0] }, (_, channel) => channel).filter(
    (channel) => channel > 0 && img.data.subarray(channel * size, (channel + 1) * size).some((x) => Number(x) !== 0),
  )
}

/** What is above 0; float32 is looked at as it is. */
function positive(values: TypedArray): Uint8Array | Float32Array {
  if (values instanceof Float32Array) return values
  const out = new Uint8Array(values.length)
  for (let i = 0; i < out.length; i++) out[i] = values[i] > 0 ? 1 : 0
  return out
}

function mask(length: number, test: (i: number) => boolean): Uint8Array {
  const out = new Uint8Array(length)
  for (let i = 0; i < length; i++) if (test(i)) out[i] = 1
  return out
}

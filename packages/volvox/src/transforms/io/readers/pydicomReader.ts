import { allocate } from '../../../core/dtype.ts'
import { DataError, OptionError, shown } from '../../../core/errors.ts'
import { bool, instance, text } from '../../../core/options.ts'
import { isRecord } from '../../../core/json.ts'
import { movedVoxels, turnedSpace, type Segment, type Volume } from '../../../formats/index.ts'
import { channelDim, imageReader, lpsToRas, withAffine, withChannelDim } from './imageReader.ts'

type LabelDict = Readonly<Record<string, number>>
const labelDictKind = instance<LabelDict>(
  'a record of names and channels from 0',
  (value) =>
    isRecord(value) &&
    Object.values(value).every((n) => Number.isInteger(n) && Number(n) >= 0 && Number(n) < Object.keys(value).length),
)

/** Reads DICOM files and folders (MONAI `PydicomReader`). */
export const PydicomReader = imageReader(
  'PydicomReader',
  ['DICOM'],
  {
    channelDim,
    affineLpsToRas: lpsToRas,
    swapIj: bool.opt('Let the first axis run along rows, as all readers do; false has rows first.', true),
    pruneMetadata: bool.opt("Kept for MONAI's configs; metadata are those of the reader of DICOM.", true),
    labelDict: labelDictKind.opt('Of segmentations: the channel of each segment, by its description or label.', null),
    fnameRegex: text
      .nullable()
      .opt(
        'Of a folder, the files to read: matched from the beginning of their paths; all that are DICOM when empty or null.',
        '',
      ),
  },
  ({ channelDim, affineLpsToRas, swapIj, labelDict, fnameRegex }) => ({
    reading: {
      ...(labelDict && { segments: 'channels' as const }),
      ...(fnameRegex && { filePattern: patternOf(fnameRegex) }),
    },
    arrange(volume) {
      const named = labelDict && volume.meta.segments ? withChannels(volume, labelDict) : volume
      const told = withChannelDim(named, channelDim, 'PydicomReader')
      const spaced = affineLpsToRas ? told : withAffine(told, turnedSpace(told.affine), 'LPS')
      const axes = spaced.shape.map((_, axis) => axis)
      return swapIj ? spaced : movedVoxels(spaced, [1, 0, ...axes.slice(2)])
    },
  }),
)

function patternOf(source: string): RegExp {
  try {
    return new RegExp(source)
  } catch (error) {
    throw new OptionError('PydicomReader.fnameRegex', `${shown(source)} is no regular expression (${String(error)})`)
  }
}

/** The segments at the places that the dictionary gives them; zeros where the file has none of that name. */
function withChannels(volume: Volume, labelDict: LabelDict): Volume {
  const segments = volume.meta.segments as readonly Segment[] // the reader of DICOM puts them there
  const places = segments.map(({ label, description }) => {
    const name = [description, label].find((one) => one !== undefined && one in labelDict)
    if (name !== undefined) return labelDict[name]
    throw new DataError('PydicomReader.labelDict', `the file has a segment ${shown(description ?? label)}; give its channel, too`) // prettier-ignore
  })
  const count = Object.keys(labelDict).length
  const voxels = volume.data.length / segments.length
  const data = allocate(volume.dtype, voxels * count)
  for (let i = 0; i < voxels; i++)
    for (let s = 0; s < places.length; s++) data[i * count + places[s]] = volume.data[i * places.length + s]
  const shape = [...volume.shape.slice(0, 3), count]
  return { ...volume, shape, data, meta: { ...volume.meta, labels: labelDict } }
}

import { DataError, FormatError, MissingError } from '../../core/errors.ts'
import { currentFiles, type Files } from '../../core/files.ts'
import { text } from '../../core/options.ts'
import { voxels } from '../define.ts'
import { dictionary } from '../dictionary.ts'

/** Note where an image came from and where SaveImage put it, in a list in a JSON file (MONAI `WriteFileMapping`). */
export const WriteFileMapping = voxels({
  name: 'WriteFileMapping',
  options: { mappingFilePath: text.opt('The file; made when missing, else added to.', 'mapping.json') },
  apply(img, { mappingFilePath }) {
    const { filename_or_obj: input, saved_to: output } = img.meta
    if (typeof output !== 'string')
      throw new DataError('WriteFileMapping', 'the image has not been saved (no meta.saved_to); put SaveImage before')
    const files = currentFiles()
    const entries = [...existing(mappingFilePath, files), { input, output }]
    files.write(mappingFilePath, new TextEncoder().encode(JSON.stringify(entries, null, 4)))
    return img
  },
})

export const WriteFileMappingd = dictionary(WriteFileMapping)

function existing(path: string, files: Files): unknown[] {
  try {
    const found: unknown = JSON.parse(new TextDecoder().decode(files.read(path)))
    if (Array.isArray(found)) return found
  } catch (error) {
    if (error instanceof MissingError) return []
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new FormatError(path, 'is no list in JSON; name another file for the mapping, or delete it')
}

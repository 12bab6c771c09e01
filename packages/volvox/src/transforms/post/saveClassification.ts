import { MissingError, OptionError, shown, DataError } from '../../core/errors.ts'
import { toFloats } from '../../core/convert.ts'
import { currentFiles, type Files } from '../../core/files.ts'
import { isImage } from '../../core/image.ts'
import { anything, bool, text, parseOptions, type Given } from '../../core/options.ts'
import type { Component } from '../../core/registry.ts'
import type { Tensor } from '../../core/tensor.ts'
import { present, sampleOptions, type Sample, type SampleTransform } from '../sample.ts'

const schema = {
  ...sampleOptions,
  outputDir: text.opt('Folder to write into; made when missing.', './'),
  filename: text.opt('Name of the table.', 'predictions.csv'),
  delimiter: text.opt('Between the cells of a row.', ','),
  overwrite: bool.opt('Start anew; otherwise rows are added to the table that is there.', true),
  metaKeys: text.opt('Key of the metadata with the name of the row; that of the image when null.', null),
  metaKeyPostfix: text.opt(
    'Without metaKeys, metadata is looked for under the key, an underscore and this.',
    'meta_dict',
  ),
  flush: bool.opt('Kept for configs of MONAI; every row is written at once.', true),
  saver: anything.opt('Kept for configs of MONAI; no effect.', null),
}

/** Writes a row for each sample, name and values, to a table (MONAI `SaveClassificationd`). */
export const SaveClassificationd: Component & ((given: Given<typeof schema>) => SampleTransform) = Object.assign(
  (given: Given<typeof schema>): SampleTransform => {
    const options = parseOptions('SaveClassificationd', schema, given)
    const { keys, allowMissingKeys, outputDir, filename, delimiter, overwrite, metaKeys, metaKeyPostfix } = options
    if (keys.length !== 1)
      throw new OptionError('SaveClassificationd.keys', `has ${keys.length} keys; one table takes one`)
    const path = `${outputDir.replace(/\/$/, '')}/${filename}`
    let table: string | null = overwrite ? '' : null
    let rows = 0
    const run = (sample: Sample): Sample => {
      for (const [key] of present('SaveClassificationd', sample, keys, allowMissingKeys)) {
        const value = sample[key]
        const meta = sample[metaKeys ?? `${key}_${metaKeyPostfix}`] ?? (isImage(value) ? value.meta : {})
        const name = (meta as Readonly<Record<string, unknown>>).filename_or_obj
        const cells = [typeof name === 'string' ? name : String(rows), ...numbersIn(key, value).map(written)]
        table = `${table ?? existing(path, currentFiles())}${cells.join(delimiter)}\n`
        rows++
        currentFiles().write(path, new TextEncoder().encode(table))
      }
      return sample
    }
    return Object.assign((sample: Sample) => run(sample), {
      kind: 'sample' as const,
      transformName: 'SaveClassificationd',
      options,
      keys,
      lazy: false,
      run,
      inverse: (sample: Sample) => sample,
    })
  },
  { componentName: 'SaveClassificationd', schema },
)

function existing(path: string, files: Files): string {
  try {
    return new TextDecoder().decode(files.read(path))
  } catch (error) {
    if (error instanceof MissingError) return ''
    throw error
  }
}

function numbersIn(key: string, value: unknown): number[] {
  if (typeof value === 'number') return [value]
  if (Array.isArray(value) && value.every((x) => typeof x === 'number')) return value
  if (typeof value === 'object' && value !== null && 'data' in value && 'dtype' in value) {
    const { dtype, data } = value as Tensor
    return Array.from(toFloats(dtype, data))
  }
  throw new DataError('SaveClassificationd', `"${key}" holds ${shown(value)}; give a number, numbers or a tensor`)
}

/** As Python writes a float. */
function written(x: number): string {
  if (Number.isNaN(x)) return 'nan'
  if (!Number.isFinite(x)) return x > 0 ? 'inf' : '-inf'
  const size = Math.abs(x)
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) return x.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  return Number.isInteger(x) ? `${x}.0` : String(x)
}

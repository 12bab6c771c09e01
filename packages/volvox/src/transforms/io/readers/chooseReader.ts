import { z } from 'zod'
import { OptionError, didYouMean } from '../../../core/errors.ts'
import { isList } from '../../../core/lists.ts'
import { Kind, type Option } from '../../../core/options.ts'
import { isImageReader, optionsFor, refuseUntaken, type ImageReader } from './imageReader.ts'
import { makeReader, readerForFormat, readerForName, readerNames, readers, type ReaderName } from './readers.ts'

/** How a reader may be given: by its name, as a component that makes one, or made. */
export type ReaderChoice = string | ImageReader | ((given?: never) => ImageReader)

const oneReader = z.union([
  z.string(),
  z.custom<ImageReader>(isImageReader),
  z.custom<(given?: never) => ImageReader>((value) => typeof value === 'function'),
])
/** A reader, or several. */
export const readerKind: Kind<ReaderChoice | readonly ReaderChoice[]> = new Kind<
  ReaderChoice | readonly ReaderChoice[]
>("the name of one of MONAI's readers, a reader, or a list of them", () =>
  z.union([oneReader, z.array(oneReader).readonly()]),
)

/** The options of all readers as options of LoadImage, which hands them on; null where they are not given. */
export function readerOptions(): Readonly<Record<string, Option<unknown>>> {
  const all = readerNames.flatMap((name) =>
    Object.entries(readers[name].schema).map(([key, option]) => ({ name, key, option })),
  )
  const keys = [...new Set(all.map(({ key }) => key))].filter((key) => key !== 'dtype') // LoadImage has one of its own
  return Object.fromEntries(
    keys.map((key) => {
      const takers = all.filter((one) => one.key === key)
      const doc = `Of ${takers.map(({ name }) => name).join(', ')}: ${takers[0].option.doc}`
      return [key, takers[0].option.kind.nullable().opt(doc, null)]
    }),
  )
}

/** Which reader takes a file: first by its name, then, once its format is known, another one if the first does not read that. */
export interface ReaderFor {
  name(path: string): ImageReader
  format(format: string, first: ImageReader): ImageReader
}

export function chooseReader(
  chosen: ReaderChoice | readonly ReaderChoice[] | null,
  given: Readonly<Record<string, unknown>>,
  where: string,
): ReaderFor {
  const handed = optionsFor(readerOptions(), given)
  const make = (name: ReaderName): ImageReader => makeReader(name, optionsFor(readers[name].schema, handed))
  const choices = chosen === null ? [] : isList(chosen) ? chosen : [chosen]
  const named = choices.filter((choice) => typeof choice === 'string').map((choice) => nameOf(choice, where))
  if (choices.length > 0 && named.length === choices.length)
    refuseUntaken(
      named.map((name) => readers[name]),
      handed,
      where,
    )
  const preferred = choices.toReversed().map((choice) => {
    if (typeof choice === 'string') return make(nameOf(choice, where))
    const reader = typeof choice === 'function' ? choice() : choice
    if (isImageReader(reader)) return reader
    throw new OptionError(`${where}.reader`, `it gave ${typeof reader}; give a reader such as ITKReader`)
  })
  return {
    name: (path) => preferred[0] ?? make(readerForName(path)),
    format: (format, first) =>
      [first, ...preferred].find(({ formats }) => formats.includes(format)) ?? make(readerForFormat(format)),
  }
}

/** `ITKReader` for `monai.data.ITKReader` and `itkreader`. */
function nameOf(given: string, where: string): ReaderName {
  const bare = given.slice(given.lastIndexOf('.') + 1).toLowerCase()
  const found = readerNames.find((name) => name.toLowerCase() === bare)
  if (found) return found
  const hint = didYouMean(given, readerNames)
  throw new OptionError(
    `${where}.reader`,
    `"${given}" is unknown; ${hint ? `did you mean "${hint}"?` : `give one of ${readerNames.join(', ')}`}`,
  )
}

import type { View } from '../pictures/planes.ts'
import type { Subjects } from '../subjects.ts'

export type Options = Readonly<Record<string, unknown>>

/**
 * How a page shows what a transform does.
 * - `moves`: the image with the outline of its label and a grid, before and after
 * - `crops`: the image with the box that is cut out, and what is cut out
 * - `values`: before, after and the difference
 * - `curve`: before, after and which value became which
 * - `channels`: before, and every channel after
 * - `classes`: labels in colours, before and after
 * - `photograph`: RGB images
 * - `parts`: before, and each of the images that come out
 * - `boxes`: boxes over the image, before and after
 * - `lines`: signals
 * - `entries`: no picture says anything: what goes in and what comes out
 */
export type Show =
  | 'moves'
  | 'crops'
  | 'values'
  | 'curve'
  | 'channels'
  | 'classes'
  | 'photograph'
  | 'parts'
  | 'boxes'
  | 'lines'
  | 'entries'

/** What a page is made of beside the code. */
export interface Example {
  readonly show: Show
  /** Options that do something to be seen; keys and what follows from the form are left out. */
  readonly options: Options | ((subjects: Subjects) => Options)
  /** What goes in: an image, or a sample for transforms that only have a dictionary form; the scan unless given. */
  readonly of?: (subjects: Subjects) => unknown
  /** Further arguments of the call: mostly an object of further inputs. */
  readonly also?: (subjects: Subjects) => readonly unknown[]
  /** The entry of a sample that is shown, where it is not `image`; of what comes out where that is another. */
  readonly key?: string
  readonly outKey?: string
  readonly view?: Partial<View>
  /** What goes in and how it is used, in a sentence, where it is not the scan. */
  readonly note?: string
}

export type Examples = Readonly<Record<string, Example>>

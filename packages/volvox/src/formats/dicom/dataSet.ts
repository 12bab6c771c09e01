import type { Representation } from './tags.ts'

/** One attribute of a data set. Exactly one of `bytes`, `items`, `fragments` and `outside` is there. */
export interface DataElement {
  readonly tag: number
  readonly representation: Representation
  /** Where the element begins in the (inflated) file. */
  readonly at: number
  /** The value, in the byte order of the data set. */
  readonly bytes?: Uint8Array
  /** The items of a sequence. */
  readonly items?: readonly DataSet[]
  /** Encapsulated pixel data: the offset table, then the fragments. */
  readonly fragments?: readonly Uint8Array[]
  /** Pixels behind the part of the file that was read: what bytes they take, coded ones with what else follows. */
  readonly outside?: { readonly at: number; readonly length: number }
}

/** Attributes by tag, in the order of the file. */
export interface DataSet {
  readonly elements: ReadonlyMap<number, DataElement>
  readonly littleEndian: boolean
}

/** How a data set is encoded. */
export interface Encoding {
  readonly explicit: boolean
  readonly littleEndian: boolean
}

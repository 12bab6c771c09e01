import { instance, Kind, text } from 'volvox/core'

/** A file or folder; relative ones are meant from where the command is run. */
export const path: Kind<string> = new Kind('a path', () => text.type)

/** One or more files or folders. */
export const paths: Kind<readonly string[]> = instance(
  'one or more paths',
  (value) => Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string'),
)

/** What may be given several times, word by word. */
export class RepeatedKind extends Kind<readonly string[]> {}

export const patterns: RepeatedKind = new RepeatedKind('a pattern', () => paths.type)

/** Files or folders, or none. */
export const anyPaths: Kind<readonly string[]> = instance(
  'paths',
  (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
)

/** Shapes of inputs, one a word. */
export const shapes: RepeatedKind = new RepeatedKind('a shape', () => anyPaths.type)

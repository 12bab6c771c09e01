import { OptionError, type Kind, type Option, type Schema, type Values } from 'volvox/core'
import type { Io } from './io.ts'
import { RepeatedKind } from './kinds.ts'

/** A subcommand: what it takes, what it is for, and what it does. Everything that `--help` shows is here. */
export interface Command<A extends Schema = Schema, O extends Schema = Schema> {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** Paragraphs for the command's own help. */
  readonly details?: string
  /** Positional arguments, in order. */
  readonly args: A
  readonly options: O
  /** Whole command lines, with what each does. */
  readonly examples: readonly (readonly [line: string, does: string])[]
  run(values: Values<A> & Values<O>, io: Io): Promise<void>
}

/** Defines a subcommand. */
export function command<A extends Schema, O extends Schema>(definition: Command<A, O>): Command {
  return definition as unknown as Command // run gets exactly the values of its own schemas, see program.ts
}

/** Thrown by a command that was interrupted and has saved what there was to save; it has said so itself. */
export class Interrupted extends Error {}

/** How an option of this kind looks on a command line. */
export function shapeOf({ kind }: Option<unknown>): 'flag' | 'number' | 'list' | 'repeated' | 'text' {
  if (kind instanceof RepeatedKind) return 'repeated'
  const takes = (value: unknown) => kind.type.safeParse(value).success
  if (takes(true) && !takes('x')) return 'flag'
  if (takes(['x']) || takes([1])) return 'list'
  return takes('x') || !(takes(1) || takes(0.5)) ? 'text' : 'number'
}

/** The value that a word of the command line stands for: itself, a number, or a comma-separated list of either. */
export function fromWord(word: string | boolean | readonly string[], kind: Kind<unknown>, where: string): unknown {
  if (typeof word !== 'string') return kind.parse(word, where)
  const asNumber = (part: string): unknown =>
    part.trim() !== '' && Number.isFinite(Number(part)) ? Number(part) : part
  const readings = [word, asNumber(word), word.split(',').map(asNumber), word.split(','), word === 'null' ? null : word]
  const fitting = readings.find((value) => kind.type.safeParse(value).success)
  if (fitting !== undefined) return kind.parse(fitting, where)
  throw new OptionError(where, `${JSON.stringify(word)} does not fit; give ${kind.noun.replace(/ or null$/, '')}`)
}

/** `maxEpochs` as `--max-epochs`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

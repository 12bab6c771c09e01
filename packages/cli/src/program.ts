import { Argument, Command as Program, CommanderError, Option as Flag } from 'commander'
import { didYouMean, OptionError, VolvoxError, type Option, type Schema, type Values } from 'volvox/core'
import { flagOf, fromWord, Interrupted, shapeOf, type Command } from './command.ts'
import { commands } from './commands/index.ts'
import type { Io } from './io.ts'
import { version } from './version.ts'

/** 0 when all went well, 2 when what the user gave was wrong, 1 when Volvox is, 130 (as shells do) after Ctrl-C. */
export type ExitCode = 0 | 1 | 2 | 130

/** Runs a command line (without `node` and the script's name). */
export async function runCommandLine(given: readonly string[], io: Io): Promise<ExitCode> {
  // `help` and `help COMMAND` are other words for --help.
  const words = given[0] === 'help' ? [...given.slice(1), '--help'] : given
  const debug = words.includes('--debug')
  try {
    const program = await programFor(words, io)
    await program.parseAsync([...words], { from: 'user' })
    return 0
  } catch (error) {
    io.settle()
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2 // it has said what is wrong itself
    if (error instanceof Interrupted) return 130
    if (error instanceof VolvoxError) {
      io.note(debug && error.stack ? error.stack : `volvox: ${error.message}`)
      return 2
    }
    const message = error instanceof Error ? error.message : String(error)
    io.note(
      debug && error instanceof Error
        ? String(error.stack)
        : `volvox: ${message}\nThis is a defect of Volvox. Run again with --debug and report what it prints.`,
    )
    return 1
  }
}

/** Only the command that was named is loaded; all of them for the general help. */
async function programFor(words: readonly string[], io: Io): Promise<Program> {
  const name = words.find((word) => !word.startsWith('-'))
  const load = name === undefined ? Object.values(commands) : [commands[name]]
  if (name !== undefined && !(name in commands)) {
    const hint = didYouMean(name, Object.keys(commands))
    throw new OptionError(
      name,
      `there is no such command; ${hint ? `did you mean "${hint}"?` : `use one of ${Object.keys(commands).join(', ')}`}`,
    )
  }
  const program = new Program('volvox')
    .description('AI on medical images: train, evaluate and run networks on 3-D scans.')
    .version(version, '-V, --version', 'Print the version.')
    .helpOption('-h, --help', 'Print this help.')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .configureOutput({
      writeErr: (text) => io.note(text.trimEnd().replace(/^error: /, 'volvox: ')),
      writeOut: (text) => io.print(text.trimEnd()),
    })
    .exitOverride()
    .addHelpText('after', '\nvolvox COMMAND --help tells more, with examples.')
  for (const one of load) addCommand(program, await one(), io)
  if (words.length === 0) program.action(() => program.outputHelp())
  return program
}

function addCommand(program: Program, definition: Command, io: Io): void {
  const { name, summary, details, args, options, examples } = definition
  const sub = program
    .command(name)
    .summary(summary)
    .description(details ? `${summary}.\n\n${details}` : `${summary}.`)
    .helpOption('-h, --help', 'Print this help.')
    .exitOverride()
  for (const [key, option] of Object.entries(args)) sub.addArgument(argumentOf(key, option))
  for (const [key, option] of Object.entries(options)) sub.addOption(flagFor(key, option))
  sub.addOption(new Flag('--debug', 'Print the stack of errors.'))
  sub.addHelpText('after', `\nExamples:\n${examples.map(([line, does]) => `  ${line}\n      ${does}`).join('\n')}`)
  sub.action(async (...given: unknown[]) => {
    const words = given.slice(0, Object.keys(args).length)
    const flags = sub.opts<Record<string, string | boolean>>()
    const values = {
      ...valuesOf(name, args, (_, i) => words[i]),
      ...valuesOf(name, options, (key) => flags[key]),
    }
    await definition.run(values as Values<Schema>, io)
  })
}

/** Checked values of a schema, from the words of the command line or from the defaults. */
function valuesOf(
  owner: string,
  schema: Schema,
  wordOf: (key: string, index: number) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(schema).map(([key, option], i) => {
      const word = wordOf(key, i)
      if (word !== undefined)
        return [key, fromWord(word as string | boolean | string[], option.kind, `${owner} ${flagOf(key)}`)] // commander gives no other
      if (option.required) throw new OptionError(`${owner} ${flagOf(key)}`, `is missing; give ${option.kind.noun}`)
      return [key, option.fallback]
    }),
  )
}

function argumentOf(key: string, option: Option<unknown>): Argument {
  const name = `${key}${shapeOf(option) === 'list' ? '...' : ''}`
  return new Argument(option.required ? `<${name}>` : `[${name}]`, option.doc)
}

function flagFor(key: string, option: Option<unknown>): Flag {
  const shape = shapeOf(option)
  // A flag that is on unless told otherwise is given as --no-flag.
  const name = shape === 'flag' && option.fallback === true ? flagOf(key).replace('--', '--no-') : flagOf(key)
  const placeholder = {
    flag: '',
    number: ' <number>',
    list: ' <a,b,...>',
    repeated: ` <${placeholderOf(option)}>`,
    text: ` <${placeholderOf(option)}>`,
  }[shape]
  const fallback = option.required
    ? ' (required)'
    : option.fallback === null || shape === 'flag' || shape === 'repeated'
      ? ''
      : ` (default: ${String(option.fallback)})`
  const flag = new Flag(`${name}${placeholder}`, `${option.doc}${fallback}`)
  return shape === 'repeated' ? flag.argParser((word, before: readonly string[] = []) => [...before, word]) : flag
}

function placeholderOf({ kind }: Option<unknown>): string {
  const words = [...kind.noun.matchAll(/"([^"]+)"/g)].map(([, word]) => word)
  return words.length > 0 ? words.join('|') : kind.noun.replace(/^an? /, '').replace(/ or null$/, '')
}

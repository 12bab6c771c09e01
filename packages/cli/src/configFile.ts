import { ConfigError, isRecord, shown } from 'volvox'
import { nodeFiles } from '@volvox/node'
import { parseDocument } from 'yaml'

/** What a config says: names and values. */
export type Config = Readonly<Record<string, unknown>>

/** A config in a JSON file, or in a YAML one (.yaml, .yml); nothing in it is run. */
export function readConfig(path: string): Config {
  const text = new TextDecoder().decode(nodeFiles.read(path))
  return /\.ya?ml$/i.test(path) ? yamlConfig(text, path) : jsonConfig(text, path)
}

/** A config as JSON; `where` is named in errors, which show an `example`. */
export function jsonConfig(text: string, where: string, example = '{"spatial_dims": 3}'): Config {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ConfigError(where, `${shown(text)} is not JSON; write an object such as ${example}`)
  }
  if (!isRecord(value)) throw new ConfigError(where, `${shown(text)} is not an object; write ${example}`)
  return value
}

/** YAML 1.2 with merge keys. Tags of other languages, keys that come twice and aliases that explode are errors. */
function yamlConfig(text: string, where: string): Config {
  const document = parseDocument(text, { merge: true })
  const problem = document.errors.at(0) ?? document.warnings.at(0)
  if (problem) throw broken(where, problem.message)
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw broken(where, error instanceof Error ? error.message : String(error))
  }
  if (!isRecord(value)) throw new ConfigError(where, 'holds no names and values; write lines such as "spatial_dims: 3"')
  return value
}

/** What the parser says, of which the first sentence tells it. */
function broken(where: string, message: string): ConfigError {
  return new ConfigError(
    where,
    `is no YAML that can be read: ${message.split('\n')[0].replace(/:$/, '')}; mend the file`,
  )
}

import { ConfigError, isRecord, OptionError, registry, shown, type Network } from 'volvox'
import { jsonConfig, readConfig, type Config } from '../configFile.ts'

/** Where configs define their network; MONAI's bundles have the first. */
const usualKeys = ['network_def', 'network', 'net', 'model']

/** The network called `name` with options, or their JSON, under MONAI's names or ours; `command` is named in errors. */
export function namedNetwork(name: string, options: string | Config | null, command = 'export'): Network {
  const given = typeof options === 'string' ? jsonConfig(options, `${command} --options`) : options
  return created({ ...given, _target_: name }, `${command} --network`)
}

/** The network that a config defines, e.g. `configs/train.json` or `.yaml` of a bundle. */
export function configuredNetwork(path: string): Network {
  const config = readConfig(path)
  const key = '_target_' in config ? null : usualKeys.find((one) => isRecord(config[one]))
  if (key === undefined)
    throw new ConfigError(
      path,
      `defines no network: it has ${shown(Object.keys(config).join(', '))}; give one with ${usualKeys[0]}`,
    )
  const where = key === null ? path : `${path}, ${key}`
  return created(resolved(key === null ? config : config[key], config, where) as Config, where) // an object stays one
}

function created(config: Config, where: string): Network {
  const network = registry().create(config, where)
  if (!isNetwork(network))
    throw new OptionError(where, `${shown(config._target_)} is no network; give one of monai.networks.nets`)
  return network
}

/** The value with references (`@name`, `@group::name`) put in. Expressions are code, and are not run. */
function resolved(value: unknown, config: Config, where: string, depth = 0): unknown {
  if (depth > 50) throw new ConfigError(where, 'refers to itself; give its values')
  const inner = (part: unknown, key: string) => resolved(part, config, `${where}.${key}`, depth + 1)
  if (Array.isArray(value)) return value.map((part, i) => inner(part, String(i)))
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inner(part, key)]))
  if (typeof value !== 'string') return value
  if (/^[$%]/.test(value))
    throw new ConfigError(
      where,
      `is the expression ${shown(value)}, which is not run here; write its value, or give --network and --options`,
    )
  return value.startsWith('@') ? resolved(looked(value, config, where), config, where, depth + 1) : value
}

function looked(reference: string, config: Config, where: string): unknown {
  const found = reference
    .slice(1)
    .split(/::|#/)
    .reduce<unknown>((at, key) => (isRecord(at) || Array.isArray(at) ? (at as Config)[key] : undefined), config)
  if (found === undefined) throw new ConfigError(where, `refers to ${shown(reference)}, which is not in the file`)
  return found
}

function isNetwork(value: unknown): value is Network {
  return typeof value === 'object' && value !== null && 'weights' in value && 'forward' in value
}

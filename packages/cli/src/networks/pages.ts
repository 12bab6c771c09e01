import {
  DataError,
  networkComponents,
  networkFacts,
  networkSvg,
  maisiComponents,
  reconstructionComponents,
  shortCount,
  toConfigNames,
  traceNetwork,
  typicalNetworks,
  type Component,
  type Network,
  type NetworkFacts,
} from 'volvox'
import { optionRow, optionTitles, table } from '../docs/markdown.ts'
import { describedIn, firstSentence, type Source } from '../docs/sources.ts'
import { blockRows, blockTitles, factTable, plainOptions } from './described.ts'

/** The files of docs/networks, by name: a page and a picture for every registered network, and an index. */
export function networkPages(sources: readonly Source[]): ReadonlyMap<string, string> {
  const pages = new Map<string, string>()
  const entries: string[][] = []
  for (const [component, names] of componentNames()) {
    const { componentName: name } = component
    const typical = typicalNetworks[name]
    if (!typical)
      throw new DataError(
        name,
        'has no entry in networks/typical.ts, from which its page is made; add usual options and inputs',
      )
    const network = (component as (options: never) => Network)(typical.options as never)
    const facts = networkFacts(network, typical.inputs)
    const { about } = describedIn(name, sources)
    pages.set(`${name}.svg`, networkSvg(traceNetwork(network, typical.inputs)))
    pages.set(`${name}.md`, pageOf(component, names, about, facts, typical.options))
    entries.push([`[${name}](${name}.md)`, firstSentence(about), shortCount(facts.parameters), shortCount(facts.flops)])
  }
  entries.sort(([a], [b]) => a.localeCompare(b, 'en', { sensitivity: 'base' }))
  pages.set('README.md', indexOf(entries))
  return pages
}

/** Every kind of network once, with the other names that configs may give it. */
function componentNames(): ReadonlyMap<Component, readonly string[]> {
  const names = new Map<Component, string[]>()
  for (const [name, component] of Object.entries({
    ...networkComponents,
    ...maisiComponents,
    ...reconstructionComponents,
  })) {
    if (!('layer' in component)) continue // parts of networks
    const known = names.get(component) ?? []
    names.set(component, name === component.componentName ? known : [...known, name])
  }
  return names
}

function pageOf(
  component: Component,
  names: readonly string[],
  about: string,
  facts: NetworkFacts,
  options: Readonly<Record<string, unknown>>,
): string {
  const { componentName: name, schema } = component
  const given = JSON.stringify(plainOptions(toConfigNames(schema, options)))
  const shape = facts.inputs.map((input) => input.join(',')).join(';')
  return [
    `# ${name}`,
    '',
    about,
    ...(names.length > 0 ? ['', `Configs may also call it ${names.map((one) => `\`${one}\``).join(', ')}.`] : []),
    '',
    `[![Graph of ${name}](${name}.svg)](${name}.svg)`,
    '',
    'With usual options, as told by',
    '',
    '```sh',
    `volvox info --network ${name} --input '${shape}' --options '${given}'`,
    '```',
    '',
    ...table(['', ''], factTable(facts)),
    '',
    '## Blocks',
    '',
    ...table(blockTitles, blockRows(facts.blocks)),
    '',
    '## Options',
    '',
    ...(Object.keys(schema).length === 0
      ? ['None.']
      : table(
          optionTitles,
          Object.entries(schema).map(([key, option]) => optionRow(key, option)),
        )),
    '',
    '[All networks](README.md)',
    '',
  ].join('\n')
}

function indexOf(entries: readonly string[][]): string {
  return [
    '# Networks',
    '',
    'Made by `npm run docs` from the code. Every page draws a network, counts what it has and does with usual options, and',
    'lists its options; `volvox info --network NAME` tells the same of any options. FLOPs count a multiplication and an',
    'addition as two.',
    '',
    ...table(['network', '', 'parameters', 'FLOPs'], entries),
    '',
  ].join('\n')
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeFiles } from '@volvox/node'
import { afterAll, expect, test } from 'vitest'
import { readConfig } from './configFile.ts'
import { runCommandLine } from './program.ts'
import { recordedIo } from './testing.ts'

const root = mkdtempSync(join(tmpdir(), 'volvox-config-'))
afterAll(() => rmSync(root, { recursive: true }))
const written = (name: string, text: string) => {
  const path = join(root, name)
  nodeFiles.write(path, new TextEncoder().encode(text))
  return path
}
const yaml = (text: string) => readConfig(written('config.yaml', text))

test('YAML says what JSON says', () => {
  const text = `
# a network
network_def: &net
  _target_: UNet
  spatial_dims: 2
  channels: [4, 8]
  act: !!str relu
other:
  <<: *net
  spatial_dims: 3
lr: 1e-4
ok: true
none: null
`
  const net = { _target_: 'UNet', spatial_dims: 2, channels: [4, 8], act: 'relu' }
  const want = { network_def: net, other: { ...net, spatial_dims: 3 }, lr: 1e-4, ok: true, none: null }
  expect(yaml(text)).toEqual(want)
  expect(readConfig(written('config.json', JSON.stringify(want)))).toEqual(want)
})

const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]']
for (const [name, of] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf', 'hg', 'ih'])
  bomb.push(`${name}: &${name} [${new Array(9).fill(`*${of}`).join(',')}]`)

test.each([
  [
    'a: 1\na: 2',
    /config\.yaml: is no YAML that can be read: Map keys must be unique at line 2, column 1; mend the file/,
  ],
  ['a: [1', /config\.yaml: is no YAML that can be read: Flow sequence .* must .* with a \]/],
  ['a: !!python/object/apply:os.system ["x"]', /config\.yaml: is no YAML that can be read: Unresolved tag: .*python/],
  [bomb.join('\n'), /config\.yaml: is no YAML that can be read: Excessive alias count/],
  ['- a', /config\.yaml: holds no names and values; write lines such as "spatial_dims: 3"/],
  ['', /config\.yaml: holds no names and values/],
])('%j is refused in one sentence', (text, message) => expect(() => yaml(text)).toThrow(message))

test('info tells of the network of a config', async () => {
  const io = recordedIo()
  const def = '_target_: UNet\nspatial_dims: 2\nin_channels: 1\nout_channels: 2\nchannels: [4, 8]\nstrides: [2]\n'
  const path = written('train.yml', `network_def:\n  ${def.replaceAll('\n', '\n  ')}`)
  expect(await runCommandLine(['info', '--config', path, '--input', '1,1,16,16'], io)).toBe(0)
  expect(io.printed[0]).toBe('UNet')
  expect(await runCommandLine(['info', '--config', path, '--network', 'UNet'], io)).toBe(2)
  expect(io.noted.at(-1)).toContain('info --config: says which network; leave out --network and --options')
  const code = written('code.yaml', 'network_def: {_target_: UNet, channels: "$[4] * 2"}')
  expect(await runCommandLine(['info', '--config', code], io)).toBe(2)
  expect(io.noted.at(-1)).toContain('is the expression "$[4] * 2", which is not run here')
})

// Fails on an import that points the wrong way. Layers are folders of packages/volvox/src, then packages, lowest first;
// a file may import from its own layer's folder and from layers below. See style: "Imports point one way".
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = resolve(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), '..')

const layers = [
  ['volvox/core', 'volvox/rng'],
  ['volvox/boxes', 'volvox/kernels'],
  ['volvox/formats', 'volvox/graph'],
  [
    'volvox/checkpoints',
    'volvox/transforms',
    'volvox/networks',
    'volvox/losses',
    'volvox/metrics',
    'volvox/optimizers',
    'volvox/schedulers',
  ],
  ['volvox/data', 'volvox/inferers'],
  ['volvox/detection', 'volvox/engines', 'volvox/visualize'],
  ['volvox/bundle', 'volvox/registry.ts'],
  ['volvox/index.ts'],
  ['onednn', 'ort', 'node'],
  ['cli'],
  ['goldens'],
]
/** Imports inside one layer, from and to, that are allowed: everything else in a layer stands side by side. */
const sideways = new Set([
  'volvox/rng > volvox/core',
  // PerceptualLoss compares what networks with published weights see.
  'volvox/losses > volvox/networks',
  'volvox/losses > volvox/checkpoints',
])

const packages = {
  volvox: 'volvox',
  '@volvox/node': 'node',
  '@volvox/onednn': 'onednn',
  '@volvox/ort': 'ort',
  '@volvox/cli': 'cli',
}

function placeOf(path) {
  const [pkg, , ...rest] = relative(join(root, 'packages'), path).split('/')
  return pkg === 'volvox' ? `volvox/${rest[0]}` : pkg
}

const levelOf = (place) => layers.findIndex((layer) => layer.includes(place))

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!['node_modules', 'dist', 'assembly'].includes(entry.name)) yield* sources(path)
    } else if (/(?<!\.test|\.d)\.ts$/.test(entry.name)) yield path
  }
}

let wrong = 0
for (const path of sources(join(root, 'packages'))) {
  if (!path.includes('/src/')) continue
  const from = placeOf(path)
  for (const [, target] of readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*\(?'([^']+)'/g)) {
    const to = target.startsWith('.') ? placeOf(resolve(dirname(path), target)) : placeOfPackage(target)
    if (!to || to === from || sideways.has(`${from} > ${to}`)) continue
    const [a, b] = [levelOf(from), levelOf(to)]
    if (a >= 0 && b >= 0 && b < a) continue
    wrong++
    console.error(
      `${relative(root, path)}: imports ${target} (${to}); ${a < 0 ? `${from} has no layer` : `${from} may only use what is below it`}`,
    )
  }
}

function placeOfPackage(name) {
  const match = /^(volvox|@volvox\/[a-z]+)(?:\/([a-z]+))?/.exec(name)
  if (!match || !(match[1] in packages)) return null
  const pkg = packages[match[1]]
  return pkg === 'volvox' ? `volvox/${match[2] ?? 'core'}` : pkg
}

if (wrong > 0) process.exit(1)
console.log('arrows: imports point one way')

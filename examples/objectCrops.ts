// What crops around objects bring where objects are rare: the same small U-Net, trained on uniform crops and on RandObjectCrop.
// Run it: npm run example:objects -- [steps] [seeds] [folder of a Decathlon data set; made up when there is none]
import { mkdirSync, writeFileSync } from 'node:fs'
import { fastestExecutor } from '@volvox/cli'
import { nodeFiles, nodeWorkers } from '@volvox/node'
import * as v from 'volvox'

v.useFiles(nodeFiles)
const [steps, seeds] = [Number(process.argv[2] ?? 160), Number(process.argv[3] ?? 4)]
const folder = process.argv[4] ?? null
const goals = folder === null ? [0.3, 0.5, 0.7] : [0.1, 0.2, 0.25]
const keys = ['image', 'label']
const size = [32, 32, 32]
const evaluations = Math.min(steps, folder === null ? 10 : 16)

const ways = {
  'uniform crops': () => v.RandSpatialCropd({ keys, roiSize: size }),
  RandObjectCrop: () =>
    v.RandObjectCropd({ keys, labelKey: 'label', spatialSize: size, foregroundProb: 0.4, cacheObjects: true }),
}
type Way = keyof typeof ways
const names = Object.keys(ways) as Way[]
type Curve = readonly (readonly [step: number, dice: number])[]

/** A noisy volume with one to three bright blobs of 3 to 12 voxels across, and five dark ones that are no objects. */
function madeUp(seed: number): v.Sample {
  const rng = new v.RandomState(seed)
  const n = 80
  const data = Float32Array.from(rng.normal(0, 1, n ** 3))
  const label = new Uint8Array(n ** 3)
  const blob = (brightness: number, value: number) => {
    const radii = [0, 1, 2].map(() => rng.uniform(1.5, 6))
    const centre = radii.map((r) => Math.floor(rng.uniform(r, n - r)))
    const [rz, ry, rx] = radii
    const [z, y, x] = centre
    for (let dz = -Math.floor(rz); dz <= rz; dz++)
      for (let dy = -Math.floor(ry); dy <= ry; dy++)
        for (let dx = -Math.floor(rx); dx <= rx; dx++) {
          if (Math.hypot(dz / rz, dy / ry, dx / rx) > 1) continue
          const at = ((z + dz) * n + y + dy) * n + x + dx
          data[at] += brightness
          label[at] = value
        }
  }
  for (let i = 0; i < 5; i++) blob(-1.8, 0)
  for (let i = rng.randint(1, 4); i > 0; i--) blob(1.8, 1)
  const shape = [1, n, n, n]
  return { image: v.image('float32', shape, data), label: v.image('uint8', shape, label) }
}

const load = v.LoadImaged({ keys, ensureChannelFirst: true })
const normalize = v.NormalizeIntensityd({ keys: ['image'] })
const cases = (list: 'training' | 'validation', first: number, count: number): v.Sample[] =>
  folder
    ? v.loadDecathlonDatalist({ dataListFilePath: folder, dataListKey: list }).map((item) => load(item))
    : Array.from({ length: count }, (_, i) => madeUp(first + i))
const training = cases('training', 0, 16)
const validation = cases('validation', 1000, 3)
const executor = await fastestExecutor()

async function learn(way: Way, seed: number): Promise<Curve> {
  const flips = v.RandAxisFlipd({ keys, prob: 0.5 })
  const dataset = await v.CacheDataset({ data: training, transform: [normalize, ways[way](), flips] })
  const workers = nodeWorkers(1)
  const trainDataLoader = v.DataLoader({ dataset, batchSize: 4, shuffle: true, seed, workers })
  const valDataLoader = v.DataLoader({
    dataset: await v.CacheDataset({ data: validation, transform: normalize }),
  })
  const channels = { inChannels: 1, outChannels: 2, channels: [8, 16, 32], strides: [2, 2] }
  const model = await v.openModel({
    executor,
    threads: 1,
    seed,
    network: v.UNet({ spatialDims: 3, ...channels, numResUnits: 1, norm: 'instance' }),
    training: {
      lossFunction: v.DiceCELoss({ toOnehotY: true, softmax: true, batch: true }),
      optimizer: v.AdamW({ lr: 2e-3 }),
      inputShape: [4, 1, ...size],
    },
    inferenceShape: [1, 1, 48, 48, 48],
    activation: 'softmax',
  })
  const evaluator = new v.SupervisedEvaluator({
    predictor: model.predictor,
    valDataLoader,
    inferer: v.SlidingWindowInferer({ roiSize: [48, 48, 48], overlap: 0.25, mode: 'gaussian' }),
    postprocessing: v.AsDiscreted({ keys: ['pred'], argmax: true }),
    metrics: { Dice: v.DiceMetric({ includeBackground: false, numClasses: 2 }) },
  })
  const curve: [number, number][] = []
  const trainer: v.SupervisedTrainer = new v.SupervisedTrainer({
    learner: model.learner,
    trainDataLoader,
    maxSteps: steps,
    seed,
    trainHandlers: [
      v.ValidationHandler({ interval: 1 / evaluations, unit: 'budget', validate: () => evaluator.run() }),
    ],
  })
  trainer.on('validated', () => void curve.push([trainer.iteration, trainer.metrics.Dice]))
  await trainer.run()
  await trainDataLoader.dispose()
  await model.dispose()
  return curve
}

const curves: Record<Way, Curve[]> = { 'uniform crops': [], RandObjectCrop: [] }
for (let seed = 0; seed < seeds; seed++)
  for (const way of names) {
    const curve = await learn(way, seed)
    curves[way].push(curve)
    console.error(`seed ${seed}, ${way}: ${curve.map(([step, dice]) => `${step} ${dice.toFixed(3)}`).join('  ')}`)
  }

/** The first step at which a curve is at the goal, between evaluations by the straight line; Infinity where it never is. */
function stepsTo(goal: number, curve: Curve): number {
  const i = curve.findIndex(([, dice]) => dice >= goal)
  if (i < 0) return Infinity
  const [[x0, y0], [x1, y1]] = [curve[i - 1] ?? [0, 0], curve[i]]
  return Math.round(x0 + ((goal - y0) / (y1 - y0)) * (x1 - x0))
}

const range = (values: readonly number[], text: (x: number) => string) => {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, high] = [(sorted.length - 1) / 2, sorted.length / 2].map((middle) => sorted[Math.floor(middle)])
  return `${text((low + high) / 2)} (${text(sorted[0])} to ${text(sorted.at(-1) ?? NaN)})`
}
const asSteps = (x: number) => (Number.isFinite(x) ? x.toFixed(0) : 'never')
for (const goal of goals)
  for (const way of names)
    console.log(`steps to Dice ${goal}, ${way}: ${range(curves[way].map((curve) => stepsTo(goal, curve)), asSteps)}`) // prettier-ignore
for (const way of names) {
  const last = curves[way].map((curve) => curve.at(-1)?.[1] ?? NaN)
  console.log(`Dice after ${steps} steps, ${way}: ${range(last, (x) => x.toFixed(3))}`)
}
mkdirSync('runs', { recursive: true })
writeFileSync('runs/objectCrops.svg', picture())
console.log('curves: runs/objectCrops.svg')

/** Each seed's curve thin, their mean thick. */
function picture(): string {
  const [width, height, left, bottom] = [560, 300, 48, 40]
  const most = Math.max(0.1, ...Object.values(curves).flat(2).map(([, dice]) => dice)) // prettier-ignore
  const x = (step: number) => left + (step / steps) * (width - left - 16)
  const y = (dice: number) => height - bottom - (dice / most) * (height - bottom - 28)
  const path = (curve: Curve, style: string) =>
    `<path d="${curve.map(([step, dice], i) => `${i ? 'L' : 'M'}${x(step).toFixed(1)} ${y(dice).toFixed(1)}`).join('')}" fill="none" ${style}/>`
  const text = (px: number, py: number, words: string, more = '') =>
    `<text x="${px}" y="${py}" font-family="sans-serif" font-size="12" ${more}>${words}</text>`
  const colours = { 'uniform crops': '#b0502c', RandObjectCrop: '#1d6f8f' }
  const lines = names.flatMap((way, i) => {
    const mean = curves[way][0].map(([step], j): [number, number] => [
      step,
      curves[way].reduce((sum, curve) => sum + curve[j][1], 0) / curves[way].length,
    ])
    return [
      ...curves[way].map((curve) => path(curve, `stroke="${colours[way]}" stroke-opacity="0.3"`)),
      path(mean, `stroke="${colours[way]}" stroke-width="2.5"`),
      text(left + 12 + 150 * i, 18, way, `fill="${colours[way]}" font-weight="bold"`),
    ]
  })
  const marks = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    `<path d="M${left} ${y(share * most)}H${width - 16}" stroke="#ddd"/>`,
    text(left - 6, y(share * most) + 4, (share * most).toFixed(2), 'text-anchor="end" fill="#555"'),
    text(x(share * steps), height - bottom + 18, String(Math.round(share * steps)), 'text-anchor="middle" fill="#555"'),
  ])
  const axes = text((left + width) / 2, height - 6, 'training steps; above: mean Dice on the validation cases', 'text-anchor="middle" fill="#555"') // prettier-ignore
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" style="background:#fff">${[...marks, ...lines, axes].join('\n')}</svg>\n`
}

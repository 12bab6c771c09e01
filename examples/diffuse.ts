// Trains a small diffusion network on slices of MRIs of the hippocampus, and draws slices anew: npm run example:diffuse
import { mkdirSync, writeFileSync } from 'node:fs'
import { fastestExecutor, terminal } from '@volvox/cli'
import { nodeFiles } from '@volvox/node'
import * as v from 'volvox'

v.useFiles(nodeFiles)
const steps = Number(process.argv[2] ?? 300)
const [batch, size, depth] = [4, 32, 16]
const shape = [batch, 1, size, size]
const keys = ['image']
const cases = await v.CacheDataset({
  data: v.loadDecathlonDatalist({ dataListFilePath: 'examples/data/hippocampus', dataListKey: 'training' }),
  transform: [
    v.LoadImaged({ keys, ensureChannelFirst: true }),
    v.ScaleIntensityd({ keys, minv: -1, maxv: 1 }),
    v.ResizeWithPadOrCropd({ keys, spatialSize: [size, size, depth] }),
  ],
})
const volumes = Array.from({ length: cases.length }, (_, i) => (cases.get(i) as v.Sample).image as v.Image)
const rng = new v.TorchGenerator(0)

// The network, and a training step: the mean square of what it misses of the noise.
const network = v.DiffusionModelUNet({
  spatialDims: 2,
  inChannels: 1,
  outChannels: 1,
  channels: [16, 32, 32],
  attentionLevels: [false, false, true],
  numResBlocks: 1,
  normNumGroups: 8,
})
const given = (name: string, shape: readonly number[]) => v.graph.input(name, { dtype: 'float32', shape })
const [noisy, times, noise] = [given('noisy', shape), given('times', [batch]), given('noise', shape)]
const optimizer = v.Adam({ lr: 1e-3 })
const pass = v.forwardPass({ training: true })
const loss = v.MSELoss().forward(network.forward(pass, noisy, times), noise)
const names = [...pass.states.keys()]
const grads = v.graph.gradients(loss, [...pass.states.values()])
const updates = optimizer.update(pass.states, new Map(names.map((name, i) => [name, grads[i]])))
const train = v.graph.program('train', { loss }, updates)
const predict = v.graph.program('predict', { output: network.forward(v.forwardPass(), noisy, times) })
const session = await (
  await fastestExecutor()
).open([train, predict], { ...network.init(rng), ...v.initialMoments(train.states) })

const noising = { numTrainTimesteps: 200, betaEnd: 0.06 }
const scheduler = v.DDPMScheduler(noising)
const io = terminal()
for (let step = 1; step <= steps; step++) {
  const images = slices()
  const noise = normal()
  const chosen = rng.randint(0, scheduler.numTrainTimesteps, batch)
  const noisy = scheduler.addNoise(images, noise, chosen)
  const feeds = { noisy, noise, times: v.floats([batch], chosen), ...optimizer.scalars(step) }
  const { loss } = await session.run('train', feeds)
  if (step % 20 === 0) io.progress(`step ${step}  loss ${Number(loss.data[0]).toFixed(3)}`)
}

// Slices from noise: DDIM needs fewer steps than DDPM, which has to go through all of them.
const sampler = v.DDIMScheduler(noising)
sampler.setTimesteps(Math.min(steps, 50))
const drawn = await v.DiffusionInferer({ scheduler }).sample(
  normal(),
  async (noisy, times) => {
    const { output } = await session.run('predict', { noisy, times: v.floats([batch], times) })
    return output as v.Floats
  },
  { scheduler: sampler },
)
io.settle()
const file = 'runs/diffuse.png'
const pixels = Uint8Array.from(drawn.data, (x) => Math.round(127.5 * (1 + Math.min(Math.max(x, -1), 1))))
mkdirSync('runs', { recursive: true })
writeFileSync(file, v.writePng(pixels, size, batch * size, 1, nodeFiles))
io.print(`${batch} slices drawn in ${sampler.timesteps.length} steps: ${file}`)
await session.dispose()

function normal(): v.Floats {
  return { dtype: 'float32', shape, data: rng.randn(batch * size * size) }
}

/** A slice of each of some volumes. */
function slices(): v.Floats {
  const data = new Float32Array(batch * size * size)
  for (let n = 0; n < batch; n++) {
    const [which] = rng.randint(0, volumes.length, 1)
    const [slice] = rng.randint(0, depth, 1)
    const { data: voxels } = volumes[which]
    for (let i = 0; i < size * size; i++) data[n * size * size + i] = Number(voxels[i * depth + slice])
  }
  return { dtype: 'float32', shape, data }
}

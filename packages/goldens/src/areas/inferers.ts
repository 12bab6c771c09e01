import {
  densePatchStarts,
  importanceMap,
  outputList,
  scanInterval,
  slidingWindowInference,
  type BlendMode,
  type FloatTensor,
  type Inferer,
  type Outputs,
  type Predictor,
  type SlidingWindowOptions,
  type Splitter,
  type Tensor,
  type WindowPlace,
} from 'volvox'
import { NotImplemented, type Area, type Results, type World } from '../area.ts'
import { tensorOf, type Golden } from '../golden.ts'
import { doubles } from '../numbers.ts'
import { camelCase, componentOf, create, resolvedArgs } from '../values.ts'

/** Inferers around a small convolution, and the functions that place and weigh windows. */
export const inferers: Area = {
  async run(golden, world) {
    if (golden.target === 'dense_patch_slices') return patchSlices(golden)
    if (golden.target === 'compute_importance_map') return { 'out.map': mapOf(golden) }
    return inference(golden, world)
  },
}

async function inference(golden: Golden, world: World): Promise<Results> {
  const seen: WindowPlace[] = []
  const network = networkOf(golden)
  const predictor: Predictor = (batch, places = []) => {
    seen.push(...places)
    return network(batch)
  }
  const outputs = await infererOf(golden, world)(floatsAt(golden, 'in.image'), predictor)
  const list = outputList(outputs)
  return {
    'out.image': list[0],
    'out.locations': locations(golden, world),
    ...Object.fromEntries(list.map((output, i) => [`out.${i}`, output])),
    'out.coords': doubles(seen.flatMap(coordinates), [seen.length, list[0].shape.length ?? 0, 2]),
  }
}

function infererOf(golden: Golden, world: World): (inputs: FloatTensor, predictor: Predictor) => Promise<Outputs> {
  if (golden.target !== 'sliding_window_inference')
    return created(golden.target, argsOf(golden, world), world) as Inferer
  const args = Object.fromEntries(
    Object.entries(golden.args).map(([name, value]) => [camelCase(name), value]),
  ) as unknown as SlidingWindowOptions
  const roiWeightMap = golden.tensors['in.roi_weight_map'] as FloatTensor | undefined
  return (inputs, predictor) => slidingWindowInference(inputs, predictor, { ...args, roiWeightMap })
}

function argsOf(golden: Golden, world: World): Record<string, unknown> {
  return resolvedArgs(golden.args, {
    tensor: (key) => floatsAt(golden, key),
    create: (target, args) => created(target, args, world),
    fn: (text) => text,
  })
}

function created(target: string, args: Readonly<Record<string, unknown>>, world: World): unknown {
  return create(componentOf(world.registry, target, 'monai.inferers'), args)
}

/** Where the patches of a splitter begin, if the case has one. */
function locations(golden: Golden, world: World): Tensor | undefined {
  const { splitter } = argsOf(golden, world)
  if (!splitter) return undefined
  const places = Array.from((splitter as Splitter)(floatsAt(golden, 'in.image')), ({ location }) => location)
  return doubles(places.flat(), [places.length, places[0].length])
}

/** As MONAI slices: the item, all channels (-1 for None), then each axis. */
function coordinates({ item, start, stop }: WindowPlace): number[] {
  return [item, item + 1, -1, -1, ...start.flatMap((from, axis) => [from, stop[axis]])]
}

/** The network that the text describes: one convolution, the identity, or a convolution and its pooled output. */
function networkOf(golden: Golden): (batch: FloatTensor) => Outputs {
  const text = String(golden.call.network)
  if (text === 'identity') return (x) => x
  const padding = Number(/padding=(\d+)/.exec(text)?.[1] ?? Math.floor(tensorOf(golden, 'w.weight').shape[2] / 2))
  const conv = (x: FloatTensor) => convolved(x, floatsAt(golden, 'w.weight'), floatsAt(golden, 'w.bias'), padding)
  if (/^Conv[23]d\(/.test(text)) return conv
  const pool = /^x -> \(conv\(x\), avg_pool\dd\(conv\(x\), (\d+)\)\)$/.exec(text)
  if (pool) return (x) => [conv(x), averaged(conv(x), Number(pool[1]))]
  throw new NotImplemented(`the network ${text}`)
}

function floatsAt(golden: Golden, key: string): FloatTensor {
  return tensorOf(golden, key) as FloatTensor
}

/** A plain convolution with stride 1, written out, so that it judges nothing but the inferer. */
function convolved(x: FloatTensor, weight: FloatTensor, bias: FloatTensor, padding: number): FloatTensor {
  const [batch, inChannels, ...size] = x.shape
  const [outChannels, , ...kernel] = weight.shape
  const places = allPlaces(size)
  const taps = allPlaces(kernel)
  const data = new Float32Array(batch * outChannels * places.length)
  taps.forEach((offset, tap) => {
    places.forEach((place, to) => {
      let from = 0
      for (let axis = 0; axis < size.length; axis++) {
        const n = place[axis] + offset[axis] - padding
        if (n < 0 || n >= size[axis]) return
        from = from * size[axis] + n
      }
      for (let item = 0; item < batch; item++)
        for (let o = 0; o < outChannels; o++)
          for (let i = 0; i < inChannels; i++)
            data[(item * outChannels + o) * places.length + to] +=
              weight.data[(o * inChannels + i) * taps.length + tap] *
              x.data[(item * inChannels + i) * places.length + from]
    })
  })
  for (let at = 0; at < data.length; at++) data[at] += bias.data[Math.floor(at / places.length) % outChannels]
  return { dtype: 'float32', shape: [batch, outChannels, ...size], data }
}

/** Means of blocks of `factor` voxels along every axis. */
function averaged({ shape, data }: FloatTensor, factor: number): FloatTensor {
  const [batch, channels, ...size] = shape
  const small = size.map((n) => Math.floor(n / factor))
  const places = allPlaces(size)
  const blocks = small.reduce((a, b) => a * b, 1)
  const out = new Float32Array(batch * channels * blocks)
  places.forEach((place, from) => {
    const block = place.map((n) => Math.floor(n / factor))
    if (block.some((n, axis) => n >= small[axis])) return
    const to = block.reduce((flat, n, axis) => flat * small[axis] + n, 0)
    for (let c = 0; c < batch * channels; c++)
      out[c * blocks + to] += data[c * places.length + from] / factor ** size.length
  })
  return { dtype: 'float32', shape: [batch, channels, ...small], data: out }
}

/** The places of a lattice in row-major order. */
function allPlaces(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, n) => all.flatMap((place) => Array.from({ length: n }, (_, i) => [...place, i])),
    [[]],
  )
}

function patchSlices({ args }: Golden): Results {
  const { image_size: image, patch_size: patch, overlap } = args as Record<string, number[]>
  const interval = scanInterval(image, patch, overlap)
  const starts = densePatchStarts(image, patch, interval)
  const slices = starts.flatMap((start) => start.flatMap((from, axis) => [from, from + patch[axis]]))
  return { 'out.scan_interval': doubles(interval), 'out.slices': doubles(slices, [starts.length, image.length, 2]) }
}

function mapOf({ args }: Golden): Tensor {
  return importanceMap(args.patch_size as number[], args.mode as BlendMode, args.sigma_scale as number)
}

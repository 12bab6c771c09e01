import { loadLibrary, openInThread } from '@volvox/onednn/internal'
import { RandomState, sizeOf, type Tensor } from 'volvox'
import * as g from 'volvox/graph'
import { convolutions, directionsOf, flopsOfConvolution, type Convolution, type Direction } from './convolutions.ts'
import { rawConvolution } from './rawConv.ts'
import { checkPrecision, median, rounded, type Measured, type Settings } from './workload.ts'

const opOf: Readonly<Record<Direction, string>> = {
  forward: 'conv',
  backwardData: 'convInputGrad',
  backwardWeights: 'convWeightGrad',
}

/** Calls for each of `--reps`: single convolutions take milliseconds. */
const callsPerRep = 4

/**
 * oneDNN's bare primitive against the same convolution in a program of ours, between norms and activations: GFLOP/s of
 * both, their ratio (1: nothing is lost), and what reorders before and after it cost.
 */
export async function convolutionRates(settings: Settings): Promise<readonly Measured[]> {
  return convolutions.flatMap((c) => {
    const runs = profiledRuns(c, settings)
    return directionsOf(c).map((direction) => compared(c, direction, runs, settings))
  })
}

function compared(
  c: Convolution,
  direction: Direction,
  runs: readonly (readonly g.TraceEvent[])[],
  { threads, precision, reps }: Settings,
): Measured {
  const library = loadLibrary()
  library.setThreads(threads)
  const raw = rawConvolution(library, c, direction, precision, callsPerRep * reps)
  const own = runs.map((events) => events.filter(({ op, scope }) => scope === c.name && op === opOf[direction]))
  const sums = (isReorder: boolean) =>
    own.map((events) => events.reduce((sum, event) => sum + (event.isReorder === isReorder ? event.ms : 0), 0))
  const times = sums(false)
  const rate = (list: readonly number[]) => Math.round(flopsOfConvolution(c) / (median(list) * 1e6))
  return {
    part: `${c.name} ${direction}`,
    times,
    gflops: rate(times),
    raw_gflops: raw && rate(raw.times),
    ratio: raw && rounded(median(raw.times) / median(times)),
    reorder_ms: rounded(median(sums(true))),
    kernel: own[0].find(({ isReorder }) => !isReorder)?.kernel,
    raw_kernel: raw && raw.kernel,
  }
}

/**
 * Timed runs of a small network with the gradients of all weights: a convolution of the image, norm, activation, the
 * convolution, norm, activation.
 */
function profiledRuns(c: Convolution, settings: Settings): readonly (readonly g.TraceEvent[])[] {
  const type = (shape: readonly number[]) => ({ dtype: 'float32', shape }) as const
  const states: Record<string, Tensor> = {}
  const numbers = new RandomState(0)
  const state = (name: string, shape: readonly number[]) => {
    const data = Float32Array.from(numbers.standardNormal(sizeOf(shape)))
    states[name] = { dtype: 'float32', shape, data }
    return g.state(name, type(shape))
  }
  const block = (x: g.Value, name: string) => {
    const [gamma, beta] = ['gamma', 'beta'].map((part) => state(`${name}.${part}`, [x.shape[1]]))
    return { y: g.leakyRelu(g.instanceNorm(x, gamma, beta), 0.01), weights: [gamma, beta] }
  }
  const [items, channels, ...size] = c.x
  const x = g.input('x', type([items, 1, ...size]))
  const stem = state('stem', [channels, 1, 3, 3, 3])
  const before = channels === 1 ? { y: x, weights: [] } : block(g.conv(x, stem, null, { pads: 1 }), 'before')
  const w = state('w', c.w)
  const y = g.scoped(c.name, () => g.conv(before.y, w, null, { strides: c.stride, pads: c.pad }))
  const after = block(y, 'after')
  const weights = [w, ...(channels === 1 ? [] : [stem]), ...before.weights, ...after.weights]
  const loss = g.mean(g.square(after.y))
  const grads = g.gradients(loss, weights)
  const updates = new Map(weights.map((weight, i) => [g.nameOf(weight), g.sub(weight, g.mul(1e-3, grads[i]))]))
  const step = g.program('step', { loss }, updates)
  const { threads, precision, reps } = settings
  const session = openInThread([step], states, { threads, precision, profile: true })
  checkPrecision(session, settings)
  const input: Tensor = { ...type(x.shape), data: Float32Array.from(numbers.standardNormal(sizeOf(x.shape))) }
  const runs = Array.from({ length: callsPerRep * reps + 1 }, () => {
    session.run('step', { x: input })
    return session.trace()
  }).slice(1)
  session.dispose()
  return runs
}
